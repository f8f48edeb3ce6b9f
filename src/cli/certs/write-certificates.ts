import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../domain/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Randomness } from '../../ports/randomness.ts';
import { type Authority, issueAuthority, issueCertificate, type Issued } from './issue-certificate.ts';

export type CertificatesOrder = {
  readonly folder: string;
  /** Names of processes, one certificate each. */
  readonly names: readonly string[];
  readonly days: number;
};

/** What is in the folder now, each file with what it is for. */
export type WrittenFile = { readonly file: string; readonly meaning: string };

const dayMs = 24 * 60 * 60 * 1000;
/** Clocks of machines differ; a certificate of the future would be refused by the slower one. */
const backdatedMs = 60 * 60 * 1000;
/** An authority outlives what it signs, so that its certificates can be renewed one after another. */
const authorityDays = 3650;

/** A file that only its owner may touch, never in the place of another. */
const writeNew = (path: string, text: string, mode: number): void => writeFileSync(path, text, { flag: 'wx', mode });

const authorityFiles = { certificate: 'authority.pem', key: 'authority-key.pem' } as const;

/** @param until when the last of its certificates is to end: none outlives who signed it */
const readAuthority = (folder: string, until: number): Result<Authority, string> => {
  const privateKey = createPrivateKey(readFileSync(join(folder, authorityFiles.key)));
  const certificate = new X509Certificate(readFileSync(join(folder, authorityFiles.certificate)));
  if (!(certificate.checkPrivateKey(privateKey) && certificate.ca))
    return refuse(`${authorityFiles.certificate} and ${authorityFiles.key} in ${folder} do not belong together.`);
  // Certificates know whole seconds only.
  if (Date.parse(certificate.validTo) + 1_000 > until) return ok({ privateKey });
  return refuse(
    `The authority in ${folder} is good until ${certificate.validTo}, and nothing that it signs is good for longer. Give fewer --days, or begin a new one in another folder. Nothing was made.`,
  );
};

/**
 * Makes certificates for the parts of a split server, signed by the authority in the folder, or by a new one.
 * Never replaces a file. @returns what there is now, or why nothing was made
 */
export const writeCertificates = (
  { folder, names, days }: CertificatesOrder,
  { clock, random }: { readonly clock: Clock; readonly random: Randomness },
): Result<readonly WrittenFile[], string> => {
  if (names.includes('authority')) return refuse('A part cannot be named authority: its files are the authority’s.');
  const inFolder = (file: string): string => join(folder, file);
  const taken = names.flatMap((name) => [`${name}.pem`, `${name}-key.pem`]).find((file) => existsSync(inFolder(file)));
  if (taken !== undefined) return refuse(`${inFolder(taken)} is there already, and is not replaced. Nothing was made.`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const from = clock.now() - backdatedMs;
  const until = clock.now() + days * dayMs;
  const written: WrittenFile[] = [];
  const write = (name: string, { certificate, privateKey }: Issued, meaning: string, keyMeaning: string): void => {
    writeNew(inFolder(`${name}-key.pem`), privateKey, 0o600);
    writeNew(inFolder(`${name}.pem`), certificate, 0o644);
    written.push({ file: inFolder(`${name}.pem`), meaning });
    written.push({ file: inFolder(`${name}-key.pem`), meaning: keyMeaning });
  };

  let authority: Authority;
  if (existsSync(inFolder(authorityFiles.key)) || existsSync(inFolder(authorityFiles.certificate))) {
    const found = readAuthority(folder, until);
    if (!found.ok) return found;
    authority = found.value;
  } else {
    const made = issueAuthority(random, { from, to: clock.now() + authorityDays * dayMs });
    authority = made;
    write(
      'authority',
      made.pem,
      'STRONGROOM_LINK_CA_FILE of every part',
      'signs certificates: no part needs it, keep it away from them',
    );
  }
  for (const name of names) {
    const issued = issueCertificate(authority, random, { from, to: until }, [name, 'localhost', '127.0.0.1']);
    write(name, issued, `STRONGROOM_LINK_CERT_FILE of ${name}`, `STRONGROOM_LINK_KEY_FILE of ${name}, for it alone`);
  }
  return ok(written);
};
