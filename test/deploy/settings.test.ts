import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseCompose } from '../../scripts/deploy/compose-file.ts';
import { chartFolder, renderChart } from '../../scripts/deploy/helm.ts';
import { parseManifests, podsOf } from '../../scripts/deploy/manifests.ts';
import { loadConfig } from '../../src/config/config.ts';
import { settingNames, settings } from '../../src/config/settings.ts';
import { composeEnvironments, podEnvironments, type StartedAs } from './environments.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const inChart = (kind: string): readonly StartedAs[] => {
  const { ok, output, errors } = renderChart(`${chartFolder}/ci/${kind}-values.yaml`);
  assert.ok(ok, errors);
  return podEnvironments(podsOf(parseManifests(output)));
};

const places: readonly (readonly [string, readonly StartedAs[]])[] = [
  ['compose.yaml', composeEnvironments(parseCompose(read('deploy/compose.yaml')))],
  ['the chart for production', inChart('production')],
  ['the chart for a sandbox', inChart('sandbox')],
];

/** All that the program would say against being started so. */
const refusals = ({ command, env }: StartedAs): readonly string[] => {
  const only = command === 'migrate' ? (['mode', 'dataDir', 'databaseUrl', 'role'] as const) : undefined;
  const loaded = loadConfig({ env, flags: {}, isTty: false, ...(only === undefined ? {} : { only }) });
  return loaded.ok ? [] : loaded.error;
};

for (const [place, started] of places)
  describe(place, () => {
    it('starts each process with settings that the program takes for its role', () => {
      assert.deepEqual(started.map(({ name, command }) => `${name} ${command}`).sort(), [
        'api serve',
        'migrate-platform migrate',
        'migrate-vault migrate',
        'vault serve',
        'worker serve',
      ]);
      for (const process of started) assert.deepEqual(refusals(process), [], process.name);
    });

    it('gives keys to the vault alone', () => {
      const holders = started.filter(({ env }) => 'STRONGROOM_KEYRING_FILE' in env).map(({ name }) => name);
      assert.deepEqual(holders, ['vault']);
    });

    it('would be refused with a setting of another role, a missing one and an unknown one', () => {
      for (const { name, command, env } of started.filter((process) => process.command === 'serve')) {
        const { STRONGROOM_LINK_KEY_FILE: _, ...without } = env;
        assert.notDeepEqual(refusals({ name, command, env: without }), [], name);
        assert.notDeepEqual(refusals({ name, command, env: { ...env, STRONGROOM_COLOUR: 'red' } }), [], name);
        if (name === 'vault') continue;
        assert.notDeepEqual(refusals({ name, command, env: { ...env, STRONGROOM_KEYRING_FILE: '/k' } }), [], name);
      }
    });
  });

describe('what is written about deploying', () => {
  it('names settings that there are', () => {
    const known: readonly string[] = settingNames.map((name) => settings[name].variable);
    const files = globSync('deploy/**/*', { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`);
    assert.ok(files.length > 15);
    for (const file of [...files, new URL('docs/deploying.md', root).pathname])
      for (const [name] of readFileSync(file, 'utf8').matchAll(/STRONGROOM_[A-Z_]+[A-Z]/g))
        assert.ok(known.includes(name), `${file}: ${name}`);
  });
});
