import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { issueAuthority, issueCertificate, type Validity } from '../../src/cli/certs/issue-certificate.ts';
import { readLinkIdentity } from '../../src/composition/link-identity.ts';
import { StartRefused } from '../../src/composition/start-refused.ts';
import { openSystemRandomness } from '../../src/platform/system-randomness.ts';
import { openLog } from './open-link.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-link-identity-'));
after(() => rmSync(folder, { recursive: true }));

const random = openSystemRandomness();
const day = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 5, 1);
const days = (from: number, to: number): Validity => ({ from: now + from * day, to: now + to * day });
const made = (authority: Validity, certificate: Validity) => {
  const ca = issueAuthority(random, authority);
  const leaf = issueCertificate(ca, random, certificate, ['strongroom-api']);
  return { ca: ca.pem.certificate, cert: leaf.certificate, key: leaf.privateKey };
};

/** Reads what was made, at a time of its own. */
const read = ({ ca, cert, key }: ReturnType<typeof made>) => {
  const files = { caFile: join(folder, 'ca'), certFile: join(folder, 'cert'), keyFile: join(folder, 'key') };
  writeFileSync(files.caFile, ca);
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
  const { logger, logged } = openLog();
  const clock = { at: now, now: () => clock.at };
  const opened = readLinkIdentity({ ...files, peers: ['strongroom-vault'] }, clock, logger);
  const lines = (): unknown[] => logged.splice(0).map(({ level, fields, message }) => [level, fields, message]);
  return { ...opened, clock, lines };
};
const refused = (parts: ReturnType<typeof made>, message: RegExp): void =>
  assert.throws(
    () => read(parts),
    (error) => error instanceof StartRefused && message.test(error.message),
  );

const good = made(days(-1, 400), days(-1, 300));

describe('what a part proves itself with', () => {
  it('is taken without a word when it is good', () => {
    assert.deepEqual(read(good).lines(), []);
  });

  it('is refused where the certificate or its authority is out of date, or not good yet', () => {
    refused(made(days(-9, 9), days(-9, 0)), /^The certificate for .+ was good until May 3?1 .+ Renew it\.$|Jun/);
    refused(made(days(-9, -1), days(-9, 9)), /^The authority of the certificate .+ was good until .+ Renew it\.$/);
    refused(made(days(-9, 9), days(1, 9)), /^The certificate for .+ is good from .+ on\. Is this clock right\?$/);
  });

  it('is refused where the file of the authority, or of the certificate, holds none', () => {
    refused({ ...good, ca: '' }, /^There is no certificate of an authority in /);
    refused({ ...good, ca: 'not PEM' }, /^There is no certificate of an authority in /);
    refused({ ...good, cert: '' }, /certificate/);
  });

  it('may be of one of several authorities', () => {
    const other = made(days(-1, 400), days(-1, 300));
    assert.deepEqual(read({ ...good, ca: `${other.ca}${good.ca}` }).lines(), []);
  });

  it('is taken with a warning where it is of no authority that the part believes', () => {
    const other = made(days(-1, 400), days(-1, 300));
    const warning = ['warn', {}, 'link: the certificate is of no authority that this part believes'];
    assert.deepEqual(read({ ...good, ca: other.ca }).lines(), [warning]);
  });

  it('is warned of from two weeks before it ends, and told as an error once it has, while the part runs', () => {
    const { clock, lines, lookAtEnds } = read(made(days(-1, 400), days(-1, 30)));
    lookAtEnds();
    assert.deepEqual(lines(), []);
    const fields = { what: 'certificate', goodUntil: 'Jul  1 00:00:00 2026 GMT' };
    clock.at += 17 * day;
    lookAtEnds();
    assert.deepEqual(lines(), [['warn', fields, 'link: the certificate is to be renewed soon']]);
    clock.at += 14 * day;
    lookAtEnds();
    assert.deepEqual(lines(), [
      ['error', fields, 'link: the certificate is out of date, and the other parts refuse it'],
    ]);
  });
});
