import { X509Certificate } from 'node:crypto';

/** What a process proves itself with to the other parts, and whom it believes. PEM. */
export type LinkIdentity = {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The only authority that counts. */
  readonly ca: string | Buffer;
  /** DNS names, of which a peer's certificate must hold one. */
  readonly peers: readonly string[];
};

/**
 * The first of the names that a certificate holds, exactly: no wildcard and no common name counts (RFC 9525, 6.3).
 * Says nothing of who signed it: the handshake did.
 */
export const peerNameIn = (certificate: X509Certificate, names: readonly string[]): string | undefined =>
  names.find((name) => certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined);

/** For the end that calls: a refusal ends the handshake before anything is sent. @param raw the certificate in DER */
export const refusalOfServer = (raw: Buffer, names: readonly string[]): Error | undefined =>
  peerNameIn(new X509Certificate(raw), names) === undefined
    ? new Error('The certificate holds none of the names that this process talks to.')
    : undefined;
