import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { LinkConfig } from '../config/config.ts';
import type { LinkIdentity } from '../link/peer-identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { StartRefused } from './start-refused.ts';

type LinkFiles = Pick<LinkConfig, 'certFile' | 'keyFile' | 'caFile' | 'peers'>;

export type OpenLinkIdentity = {
  readonly identity: LinkIdentity;
  /** Says in the log what is about to end, or has. */
  readonly lookAtEnds: () => void;
};

/** Time for somebody to renew it, whose next start may be the one that fails. */
const renewalMs = 14 * 24 * 60 * 60 * 1000;

/**
 * Reads by what this part proves itself, and says what is wrong with it in words: later, nobody learns more of it than that
 * the parts do not reach each other. Throws `StartRefused`.
 */
export const readLinkIdentity = (files: LinkFiles, clock: Clock, logger: Logger): OpenLinkIdentity => {
  const { identity, own, authorities } = readFiles(files);
  const [leaf] = own;
  if (leaf === undefined) throw new StartRefused(`There is no certificate in ${files.certFile}.`);
  // TLS would start without any, and then believe nobody.
  if (authorities.length === 0) throw new StartRefused(`There is no certificate of an authority in ${files.caFile}.`);
  const signer = authorities.find((authority) => own.some((each) => isSignedBy(each, authority)));
  const watched = [
    { what: 'certificate', certificate: leaf },
    ...(signer === undefined ? [] : [{ what: 'authority', certificate: signer }]),
  ] as const;
  for (const { what, certificate } of watched) {
    const { validFrom, validTo } = certificate;
    const name = what === 'certificate' ? 'certificate' : 'authority of the certificate';
    if (Date.parse(validTo) <= clock.now())
      throw new StartRefused(`The ${name} for the other parts was good until ${validTo}. Renew it.`);
    if (Date.parse(validFrom) > clock.now())
      throw new StartRefused(`The ${name} for the other parts is good from ${validFrom} on. Is this clock right?`);
  }
  // No refusal: the others may believe an authority that this part does not.
  if (signer === undefined) logger.warn({}, 'link: the certificate is of no authority that this part believes');
  const lookAtEnds = (): void => {
    for (const { what, certificate } of watched) {
      const fields = { what, goodUntil: certificate.validTo };
      const leftMs = Date.parse(certificate.validTo) - clock.now();
      if (leftMs <= 0) logger.error(fields, 'link: the certificate is out of date, and the other parts refuse it');
      else if (leftMs < renewalMs) logger.warn(fields, 'link: the certificate is to be renewed soon');
    }
  };
  lookAtEnds();
  return { identity, lookAtEnds };
};

const isSignedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  certificate.checkIssued(authority) && certificate.verify(authority.publicKey);

/** A file may hold a chain, or several authorities while one takes over from another. */
const certificatesIn = (pem: Buffer): readonly X509Certificate[] =>
  (pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []).map(
    (each) => new X509Certificate(each),
  );

const readFiles = ({ certFile, keyFile, caFile, peers }: LinkFiles) => {
  try {
    const files = { cert: readFileSync(certFile), key: readFileSync(keyFile), ca: readFileSync(caFile) };
    // Whether all are PEM and belong together, before anything listens.
    createSecureContext(files);
    const identity: LinkIdentity = { ...files, peers };
    return { identity, own: certificatesIn(files.cert), authorities: certificatesIn(files.ca) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    throw new StartRefused(`The certificate for the other parts, its key or its authority cannot be used: ${why}`);
  }
};
