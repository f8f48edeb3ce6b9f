import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCommand } from './run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'strongroom-certs-journey-'));
after(() => rmSync(folder, { recursive: true }));
const certs = (...words: readonly string[]) => runCommand(['certs', ...words], folder);

describe('strongroom certs', () => {
  it('makes an authority and a certificate for each part, and says which setting each file is for', async () => {
    const made = await certs('--out', join(folder, 'link'));
    assert.equal(made.exitCode, 0, made.stderr);
    const names = ['authority', 'strongroom-api', 'strongroom-vault', 'strongroom-worker'];
    assert.deepEqual(
      readdirSync(join(folder, 'link')).toSorted(),
      names.flatMap((name) => [`${name}-key.pem`, `${name}.pem`]),
    );
    for (const file of readdirSync(join(folder, 'link')))
      assert.ok(made.stdout.includes(join(folder, 'link', file)), file);
    for (const setting of ['CA', 'CERT', 'KEY']) assert.ok(made.stdout.includes(`STRONGROOM_LINK_${setting}_FILE`));
    assert.doesNotMatch(made.stdout, /PRIVATE KEY/);
  });

  it('replaces nothing, and adds what is missing', async () => {
    const again = await certs('--out', join(folder, 'link'));
    assert.deepEqual([again.exitCode, again.stdout], [1, '']);
    assert.match(again.stderr, /strongroom-api\.pem is there already, and is not replaced/);
    const added = await certs('--out', join(folder, 'link'), '--names', 'vault-b.internal', '--days', '30');
    assert.equal(added.exitCode, 0, added.stderr);
    assert.ok(!added.stdout.includes('authority.pem'));
  });

  it('says what is wrong with what it was told', async () => {
    for (const [words, expected] of [
      [['--names', 'a b'], /^--names has an entry that is no DNS name/],
      [['--names', '../x'], /^--names has an entry that is no DNS name/],
      [['--names', 'authority'], /^A part cannot be named authority/],
      [['--days', '0'], /^--days is out of range: give a whole number from 1 to 3650/],
    ] as const) {
      const refused = await certs('--out', join(folder, 'other'), ...words);
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, expected);
    }
    assert.equal((await certs()).exitCode, 2);
    const unwritable = await certs('--out', join(folder, 'link', 'authority.pem', 'below'));
    assert.equal(unwritable.exitCode, 1);
    assert.match(unwritable.stderr, /^The certificates cannot be made: /);
  });
});
