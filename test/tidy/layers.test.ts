import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';

const { forbidden = [], options } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as IConfiguration;

type Files = Readonly<Record<string, string>>;
const x = 'export const x = 1;';
const from = (path: string): string => `import { x } from '${path}'; export const y = x;`;
const typeFrom = (path: string): string => `import type { X } from '${path}'; export type Y = X;`;
const installed = (name: string): Files => ({
  [`node_modules/${name}/package.json`]: `{"name":"${name}","version":"1.0.0","main":"index.js"}`,
  [`node_modules/${name}/index.js`]: 'exports.x = 1;',
});
const manifest = (kind: 'dependencies' | 'devDependencies', name: string): Files => ({
  'package.json': JSON.stringify({ name: 'tried', version: '1.0.0', [kind]: { [name]: '1.0.0' } }),
});

/** For each rule, a repository that breaks it. */
const broken: readonly (readonly [rule: string, files: Files])[] = [
  ['domain-is-pure', { 'src/domain/a.ts': from('../problems/b.ts'), 'src/problems/b.ts': x }],
  ['domain-is-pure', { 'src/domain/a.ts': from('node:crypto') }],
  ['ports-are-interfaces', { 'src/ports/a.ts': from('../store/b.ts'), 'src/store/b.ts': x }],
  ['src-problems-imports', { 'src/problems/a.ts': from('../http/b.ts'), 'src/http/b.ts': x }],
  ['src-use-cases-imports', { 'src/use-cases/a.ts': from('../http/b.ts'), 'src/http/b.ts': x }],
  ['src-http-imports', { 'src/http/a.ts': from('../store/b.ts'), 'src/store/b.ts': x }],
  ['src-http-imports', { 'src/http/a.ts': typeFrom('../../vault/index.ts'), 'vault/index.ts': 'export type X = 1;' }],
  ['src-store-imports', { 'src/store/a.ts': from('../use-cases/b.ts'), 'src/use-cases/b.ts': x }],
  ['src-workers-imports', { 'src/workers/a.ts': from('../http/b.ts'), 'src/http/b.ts': x }],
  ['src-webhooks-imports', { 'src/webhooks/a.ts': from('../store/b.ts'), 'src/store/b.ts': x }],
  ['src-link-imports', { 'src/link/a.ts': from('../http/b.ts'), 'src/http/b.ts': x }],
  ['src-platform-imports', { 'src/platform/a.ts': from('../config/b.ts'), 'src/config/b.ts': x }],
  ['src-logging-imports', { 'src/logging/a.ts': from('../config/b.ts'), 'src/config/b.ts': x }],
  ['src-config-imports', { 'src/config/a.ts': from('../platform/b.ts'), 'src/platform/b.ts': x }],
  ['vault-knows-no-platform', { 'vault/a.ts': from('../src/use-cases/b.ts'), 'src/use-cases/b.ts': x }],
  ['vault-takes-types-only-from-ports', { 'vault/a.ts': from('../src/ports/b.ts'), 'src/ports/b.ts': x }],
  ['only-intake-and-link-know-http', { 'vault/card/a.ts': from('fastify'), ...installed('fastify') }],
  ['vault-takes-types-only-from-http', { 'vault/intake/a.ts': from('../../src/http/b.ts'), 'src/http/b.ts': x }],
  ['vault-has-one-door', { 'src/main.ts': from('../vault/card/b.ts'), 'vault/card/b.ts': x }],
  [
    'vault-and-store-only-in-the-composition-root',
    { 'src/use-cases/a.ts': from('../../vault/index.ts'), 'vault/index.ts': x },
  ],
  ['nobody-imports-the-composition-root', { 'src/http/a.ts': from('../main.ts'), 'src/main.ts': x }],
  ['only-logging-knows-pino', { 'src/http/a.ts': from('pino'), ...installed('pino') }],
  ['only-http-knows-fastify', { 'src/use-cases/a.ts': from('fastify'), ...installed('fastify') }],
  [
    'only-adapters-know-sqlite',
    { 'src/store/a.ts': "import { DatabaseSync } from 'node:sqlite'; export const y = DatabaseSync;" },
  ],
  ['only-adapter-knows-pg', { 'src/store/a.ts': from('pg'), ...installed('pg') }],
  ['only-cli-knows-commander', { 'src/config/a.ts': from('commander'), ...installed('commander') }],
  [
    'no-cycle',
    {
      'src/store/a.ts': "export const x = 1; import { y } from './b.ts'; export const z = y;",
      'src/store/b.ts': from('./a.ts'),
    },
  ],
  ['no-orphan', { 'src/store/a.ts': x }],
  [
    'no-dead-file',
    { 'src/cli/main.ts': from('./b.ts'), 'src/cli/b.ts': x, 'src/store/a.ts': from('./c.ts'), 'src/store/c.ts': x },
  ],
  [
    'no-dev-dependency',
    { 'src/store/a.ts': from('tool'), ...installed('tool'), ...manifest('devDependencies', 'tool') },
  ],
  [
    'no-undeclared-dependency',
    { 'src/store/a.ts': from('tool'), ...installed('tool'), ...manifest('dependencies', 'other') },
  ],
  ['no-unresolvable', { 'src/store/a.ts': from('./nowhere.ts') }],
];

/** A repository in which every arrow points the right way. */
const sound: Files = {
  'package.json': JSON.stringify({
    name: 'tried',
    version: '1.0.0',
    dependencies: { fastify: '1.0.0', pino: '1.0.0' },
  }),
  ...installed('fastify'),
  ...installed('pino'),
  'src/cli/main.ts': from('../main.ts'),
  'src/main.ts': `${from('../vault/index.ts')} import './http/a.ts'; import './store/a.ts'; import './logging/a.ts';`,
  'src/http/a.ts': `${from('../use-cases/a.ts')} import 'fastify';`,
  'src/use-cases/a.ts': `${from('../domain/a.ts')} import type { X } from '../ports/a.ts'; export type Z = X;`,
  'src/store/a.ts': typeFrom('../ports/a.ts'),
  'src/logging/a.ts': from('pino'),
  'src/ports/a.ts': `import type { X as W } from '../domain/a.ts'; export type X = W;`,
  'src/domain/a.ts': `${x} export type X = 1;`,
  'vault/index.ts': "import { y } from './intake/a.ts'; export const x = y;",
  'vault/intake/a.ts': `${from('../../src/domain/a.ts')} import 'fastify';`,
};

describe('the layers', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-layers-')));
  after(() => rmSync(folder, { recursive: true }));
  let made = 0;

  /** The names of the rules that these files break. */
  const brokenBy = async (files: Files): Promise<readonly string[]> => {
    const baseDir = join(folder, String(made++));
    for (const [path, text] of Object.entries({ 'package.json': '{"name":"tried","version":"1.0.0"}', ...files })) {
      mkdirSync(dirname(join(baseDir, path)), { recursive: true });
      writeFileSync(join(baseDir, path), text);
    }
    const roots = ['src', 'vault'].filter((root) => Object.keys(files).some((path) => path.startsWith(`${root}/`)));
    const { tsConfig: _, ...cruiseOptions } = options ?? {};
    const { output } = await cruise(roots, { ...cruiseOptions, baseDir, validate: true, ruleSet: { forbidden } });
    return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
  };

  for (const [rule, files] of broken)
    it(`refuse by ${rule}: ${Object.values(files)[0]}`, async () => {
      assert.ok((await brokenBy(files)).includes(rule), `not refused by ${rule}`);
    });

  it('let every allowed arrow pass', async () => {
    assert.deepEqual(await brokenBy(sound), []);
  });

  it('are each proven here', () => {
    const proven = new Set(broken.map(([rule]) => rule));
    assert.deepEqual(
      forbidden.map(({ name }) => name).filter((name) => name !== undefined && !proven.has(name)),
      [],
    );
  });
});
