import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { LinkConfig } from '../config/config.ts';
import { buildLinkListener } from '../http/link-listener.ts';
import type { ListenerBasis } from '../http/server.ts';
import { openLinkAgent } from '../link/link-agent.ts';
import { linkGreeting, linkGreetingHeader } from '../link/link-greeting.ts';
import { type LinkPeer, openLinkPeer } from '../link/link-peer.ts';
import { peerNameIn } from '../link/peer-identity.ts';
import { systemClock } from '../platform/system-clock.ts';
import { openSystemScheduler } from '../platform/system-scheduler.ts';
import type { Base } from './base.ts';
import { readLinkIdentity } from './link-identity.ts';

/** One part's connections to the others, in both directions. */
export type LinkParts = {
  /** The part, or the several of a kind, that the configuration names. */
  readonly peer: LinkPeer;
  readonly peerAt: (origin: string) => LinkPeer;
  /** Builds the private listener. */
  readonly buildListener: (
    basis: ListenerBasis,
    addCalls: (listener: FastifyInstance) => void,
  ) => Promise<FastifyInstance>;
  readonly config: LinkConfig;
  close(): Promise<void>;
};

/** One for each address, so that each has its breaker and its lines; vaults that are gone for good must not add up. */
const peersMax = 64;
/** A part may run for longer than its certificate is good: a line a day, from two weeks before. */
const lookIntervalMs = 24 * 60 * 60 * 1000;

/** Reads this part's certificate; opens no connection yet. Throws `StartRefused`. */
export const openLinkParts = ({ config, logger, pause, onFault }: Base): LinkParts => {
  const { link, environment, role } = config;
  if (link === null) throw new Error(`the role ${role} has no other parts`);
  const { identity, lookAtEnds } = readLinkIdentity(link, systemClock, logger);
  const looking = openSystemScheduler((error) => onFault(error, 'link: the certificate cannot be looked at')).every(
    lookIntervalMs,
    async () => lookAtEnds(),
  );
  const agent = openLinkAgent(identity);
  const peers = new Map<string, LinkPeer>();
  const peerAt = (origin: string): LinkPeer => {
    const known = peers.get(origin);
    if (known !== undefined) return known;
    const peer = openLinkPeer({ agent, origin, environment, clock: systemClock, pause, logger });
    const [oldest] = peers.keys();
    if (peers.size >= peersMax && oldest !== undefined) peers.delete(oldest);
    peers.set(origin, peer);
    return peer;
  };
  const { cert, key, ca } = identity;
  const callerOn = (socket: TLSSocket): string | undefined => {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    return certificate === undefined ? undefined : peerNameIn(certificate, identity.peers);
  };
  return {
    peer: peerAt(link.peerUrl),
    peerAt,
    buildListener: (basis, addCalls) =>
      buildLinkListener(
        basis,
        {
          tls: { cert, key, callersAuthority: ca },
          callerOn,
          greeting: [linkGreetingHeader, linkGreeting(environment)],
        },
        addCalls,
      ),
    config: link,
    close: async () => {
      await looking.stop();
      await agent.close();
    },
  };
};
