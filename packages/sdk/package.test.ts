import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const source = import.meta.dirname;
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const run = (cwd: string, ...args: readonly string[]): string =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-sdk-'));
  const installed = join(folder, 'node_modules/@strongroom/sdk');
  before(() => {
    mkdirSync(installed, { recursive: true });
    run(source, compiler, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist'));
    cpSync(join(source, 'package.json'), join(installed, 'package.json'));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('needs no other package, and is imported by its name alone', () => {
    const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Record<string, unknown>;
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      assert.equal(manifest[kind], undefined);
    const files = globSync('dist/**/*.js', { cwd: installed });
    assert.ok(files.includes(join('dist', 'index.js')));
    for (const file of files)
      for (const [, specifier] of readFileSync(join(installed, file), 'utf8').matchAll(/(?:from|import) '([^']+)'/g))
        assert.match(specifier ?? '', /^\.\/[a-z-]+\.js$/, file);
  });

  it('verifies a delivery as JavaScript, also where Web Crypto is no global yet', () => {
    const program = `
      import { webhooks, SignatureMismatchError } from '@strongroom/sdk';
      delete globalThis.crypto;
      const body = JSON.stringify({ id: 'evt_1', event: 'refund.created', accountId: 'a', createdAt: 'c', data: {} });
      const headers = await webhooks.sign(body, 's', { id: 'evt_1' });
      const { event } = await webhooks.verify(body, headers, 's');
      const refused = await webhooks.verify(body + ' ', headers, 's').catch((error) => error instanceof SignatureMismatchError);
      console.log(event, refused, typeof globalThis.crypto);`;
    writeFileSync(join(folder, 'program.js'), program);
    assert.equal(run(folder, 'program.js'), 'refund.created true undefined\n');
  });

  it('declares types that tell the events apart and require of a card what the server does, without the types of Node', () => {
    const program = `
      import { openStrongroom, webhooks } from '@strongroom/sdk';
      const event = await webhooks.verify('', {}, 's');
      if (event.event === 'setup_intent.created') event.data.setupIntentStatus satisfies string;
      // @ts-expect-error of another kind of event
      if (event.event === 'setup_intent.created') event.data.paymentStatus satisfies string;
      const { setupIntents, paymentIntents } = openStrongroom({ key: 'k', apiUrl: 'http://127.0.0.1' });
      const order = { reference: 'r', merchantInitiatedTransactionType: 'NoShow', terms: 't' } as const;
      const nameless = { cardNumber: '5200000000001005', expiryDate: '12 / 29' };
      void setupIntents.createWithCard({ ...order, cardDetails: { ...nameless, cV2: '020' } });
      // @ts-expect-error without the security code, which the server requires
      void setupIntents.createWithCard({ ...order, cardDetails: nameless });
      (await paymentIntents.charge('pi_1')).status satisfies 'Successful' | 'Declined' | 'Failed' | 'Created';`;
    writeFileSync(join(folder, 'program.ts'), program);
    const options = {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['program.ts'] }));
    assert.equal(run(folder, compiler, '-p', '.'), '');
  });
});
