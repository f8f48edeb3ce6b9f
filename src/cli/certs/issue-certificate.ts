import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { Randomness } from '../../ports/randomness.ts';
import { bits, type Der, explicit, implicit, integer, octets, oid, sequence, setOf, time, utf8, yes } from './der.ts';

/** A certificate and its key, as PEM. */
export type Issued = { readonly certificate: string; readonly privateKey: string };

export type Validity = {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
};

/** Who signs. Its name is always the same, so that the key alone makes an authority. */
export type Authority = { readonly privateKey: KeyObject };

const authorityName = 'Strongroom private authority';

const nameOf = (commonName: string): Der => sequence(setOf(sequence(oid('2.5.4.3'), utf8(commonName))));

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

/** RFC 7093, 2, method 4: any hash of the key that both sides take as an opaque name. */
const keyIdOf = (publicKey: Der): Uint8Array => hash('sha256', publicKey, 'buffer').subarray(0, 20);

const extension = (id: string, isCritical: boolean, value: Der): Der =>
  sequence(oid(id), ...(isCritical ? [yes] : []), octets(value));

const basicConstraints = (isAuthority: boolean): Der =>
  // A path length of 0: this authority signs certificates of processes and no further authority.
  extension('2.5.29.19', true, isAuthority ? sequence(yes, integer(Uint8Array.of(0))) : sequence());

/** The bits of RFC 5280, 4.2.1.3: an authority signs certificates and lists, a process signs its handshakes. */
const keyUsage = (isAuthority: boolean): Der =>
  extension('2.5.29.15', true, isAuthority ? bits(Uint8Array.of(0b0000_0110), 1) : bits(Uint8Array.of(0b1000_0000), 7));

const forServersAndClients = extension(
  '2.5.29.37',
  false,
  sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2')),
);

const alternativeNames = (names: readonly string[]): Der =>
  extension(
    '2.5.29.17',
    false,
    sequence(
      ...names.map((name) =>
        isIPv4(name) ? implicit(7, Uint8Array.from(name.split('.').map(Number))) : implicit(2, Buffer.from(name)),
      ),
    ),
  );

const pemOf = (certificate: Der): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(certificate)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END CERTIFICATE-----\n`;

const spkiOf = (key: KeyObject): Der => key.export({ type: 'spki', format: 'der' });

const issue = (
  signer: KeyObject,
  random: Randomness,
  { from, to }: Validity,
  subject: { readonly name: string; readonly publicKey: Der; readonly extensions: readonly Der[] },
): string => {
  // Positive and of full length, whatever was drawn (RFC 5280, 4.1.2.2).
  const [first = 0, ...serial] = random.bytes(16);
  const body = sequence(
    explicit(0, integer(Uint8Array.of(2))),
    integer(Uint8Array.of((first & 0x3f) | 0x40, ...serial)),
    ecdsaWithSha256,
    nameOf(authorityName),
    sequence(time(from), time(to)),
    nameOf(subject.name),
    subject.publicKey,
    explicit(3, sequence(...subject.extensions)),
  );
  return pemOf(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer))));
};

const newKeyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

const pemOfKey = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** Makes an authority: an EC P-256 key and the certificate that it signs itself. */
export const issueAuthority = (random: Randomness, validity: Validity): { readonly pem: Issued } & Authority => {
  const { privateKey, publicKey } = newKeyPair();
  const spki = spkiOf(publicKey);
  const extensions = [basicConstraints(true), keyUsage(true), extension('2.5.29.14', false, octets(keyIdOf(spki)))];
  const certificate = issue(privateKey, random, validity, { name: authorityName, publicKey: spki, extensions });
  return { privateKey, pem: { certificate, privateKey: pemOfKey(privateKey) } };
};

/** Makes a certificate with a key of its own, good for both ends of a connection. @param names DNS names and IPv4 addresses, the first of them its subject */
export const issueCertificate = (
  { privateKey: signer }: Authority,
  random: Randomness,
  validity: Validity,
  names: readonly [string, ...string[]],
): Issued => {
  const { privateKey, publicKey } = newKeyPair();
  const spki = spkiOf(publicKey);
  const extensions = [
    basicConstraints(false),
    keyUsage(false),
    forServersAndClients,
    extension('2.5.29.14', false, octets(keyIdOf(spki))),
    extension('2.5.29.35', false, sequence(implicit(0, keyIdOf(spkiOf(createPublicKey(signer)))))),
    alternativeNames(names),
  ];
  const certificate = issue(signer, random, validity, { name: names[0], publicKey: spki, extensions });
  return { certificate, privateKey: pemOfKey(privateKey) };
};
