import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { LinkConfig } from '../config/config.ts';
import { buildLinkListener } from '../http/link-listener.ts';
import type { ListenerBasis } from '../http/server.ts';
import { openLinkAgent } from '../link/link-agent.ts';
import { linkGreeting, linkGreetingHeader } from '../link/link-greeting.ts';
import { type LinkPeer, openLinkPeer } from '../link/link-peer.ts';
import { type LinkIdentity, peerNameIn } from '../link/peer-identity.ts';
import { systemClock } from '../platform/system-clock.ts';
import type { Base } from './base.ts';
import { StartRefused } from './start-refused.ts';

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

/** Reads this part's certificate; opens no connection yet. Throws `StartRefused`. */
export const openLinkParts = ({ config, logger, pause }: Base): LinkParts => {
  const { link, environment, role } = config;
  if (link === null) throw new Error(`the role ${role} has no other parts`);
  const identity = readIdentity(link);
  lookAtEnd(identity, logger);
  const agent = openLinkAgent(identity);
  const peerAt = (origin: string): LinkPeer =>
    openLinkPeer({ agent, origin, environment, clock: systemClock, pause, logger });
  const { cert, key, ca, peers } = identity;
  const callerOn = (socket: TLSSocket): string | undefined => {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    return certificate === undefined ? undefined : peerNameIn(certificate, peers);
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
    close: () => agent.close(),
  };
};

/** Time for somebody to renew it, whose next start may be the one that fails. */
const renewalMs = 14 * 24 * 60 * 60 * 1000;

/** Said here, in words: later, nobody learns more of it than that the parts do not reach each other. */
const lookAtEnd = ({ cert }: LinkIdentity, logger: Base['logger']): void => {
  const { validTo } = new X509Certificate(cert);
  const leftMs = Date.parse(validTo) - systemClock.now();
  if (leftMs <= 0) throw new StartRefused(`The certificate for the other parts was good until ${validTo}. Renew it.`);
  if (leftMs < renewalMs) logger.warn({ goodUntil: validTo }, 'link: the certificate is to be renewed soon');
};

const readIdentity = ({ certFile, keyFile, caFile, peers }: LinkConfig): LinkIdentity => {
  try {
    const files = { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) };
    // Whether all are PEM and belong together, before anything listens.
    createSecureContext(files);
    return { ...files, peers };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw new StartRefused(`The certificate for the other parts, its key or its authority cannot be used: ${why}`);
  }
};
