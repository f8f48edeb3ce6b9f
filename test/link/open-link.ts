import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { issueAuthority, issueCertificate } from '../../src/cli/certs/issue-certificate.ts';
import { buildLinkListener } from '../../src/http/link-listener.ts';
import { openLinkAgent } from '../../src/link/link-agent.ts';
import { linkGreeting, linkGreetingHeader } from '../../src/link/link-greeting.ts';
import { type LinkPeer, openLinkPeer } from '../../src/link/link-peer.ts';
import { type LinkIdentity, peerNameIn } from '../../src/link/peer-identity.ts';
import { openSystemRandomness } from '../../src/platform/system-randomness.ts';
import type { LogFields, Logger } from '../../src/ports/logger.ts';
import { containsCardNumber } from '../../vault/index.ts';

const random = openSystemRandomness();
const day = 24 * 60 * 60 * 1000;

/** An authority in memory. `issue` gives what one part proves itself with. */
export const openAuthority = () => {
  const validity = { from: Date.now() - 2 * day, to: Date.now() + day };
  const authority = issueAuthority(random, validity);
  const ca = authority.pem.certificate;
  return {
    ca,
    issue: (name: string, peers: readonly string[], ends = validity.to): LinkIdentity => {
      const { certificate, privateKey } = issueCertificate(authority, random, { ...validity, to: ends }, [name]);
      return { cert: certificate, key: privateKey, ca, peers };
    },
  };
};

export type Logged = { readonly level: string; readonly fields: LogFields; readonly message: string }[];

export const openLog = (): { readonly logger: Logger; readonly logged: Logged } => {
  const logged: Logged = [];
  const note = (level: string) => (fields: LogFields, message: string) => void logged.push({ level, fields, message });
  return {
    logged,
    logger: { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') },
  };
};

/** A private listener on a free port of the loopback. */
export const listenOnLink = async (
  { cert, key, ca, peers }: LinkIdentity,
  addCalls: (listener: FastifyInstance) => void,
  logger: Logger = openLog().logger,
): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const callerOn = (socket: TLSSocket): string | undefined => {
    const certificate = socket.getPeerX509Certificate();
    return certificate === undefined ? undefined : peerNameIn(certificate, peers);
  };
  const listener = await buildLinkListener(
    { random, logger, containsCardNumber, notReady: () => Promise.resolve(undefined) },
    { tls: { cert, key, callersAuthority: ca }, callerOn, greeting: [linkGreetingHeader, linkGreeting('sandbox')] },
    addCalls,
  );
  await listener.listen({ host: '127.0.0.1', port: 0 });
  const { port } = listener.server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    close: async () => {
      listener.server.closeAllConnections();
      await listener.close();
    },
  };
};

/** The calling end, without pauses between tries. */
export const openCaller = (
  identity: LinkIdentity,
  clock: { now(): number } = { now: () => Date.now() },
  logger: Logger = openLog().logger,
): { peerAt(origin: string): LinkPeer; close(): Promise<void> } => {
  const agent = openLinkAgent(identity);
  const pause = (): Promise<void> => Promise.resolve();
  return {
    peerAt: (origin) => openLinkPeer({ agent, origin, environment: 'sandbox', clock, pause, logger }),
    close: () => agent.close(),
  };
};
