import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { faultsOfCompose, parseCompose, whoMayMeet } from '../../scripts/deploy/compose-file.ts';
import { entrypointOf } from '../../scripts/deploy/dockerfile.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const text = read('deploy/compose.yaml');
const compose = parseCompose(text);
const services = Object.entries(compose.services);

describe('compose.yaml', () => {
  it('is what the Compose specification takes, and names nothing that is not there', () => {
    assert.deepEqual(faultsOfCompose(compose), []);
    const damages: readonly (readonly [string, string, RegExp])[] = [
      ['read_only: true', 'readonly: true', /additional properties/],
      ['service_healthy', 'service_well', /allowed values/],
      ['restart: unless-stopped', 'restart: 5', /must be string/],
      ['networks: [pci]', 'networks: [pce]', /no network pce/],
      ['made-api:/made', 'made-up:/made', /no volume made-up/],
      ['depends_on: { migrate-vault:', 'depends_on: { migrate:', /no service migrate/],
    ];
    for (const [what, by, fault] of damages) {
      assert.ok(text.includes(what), what);
      assert.match(faultsOfCompose(parseCompose(text.replace(what, by))).join('\n'), fault);
    }
  });

  it('closes every container: nobody but the first step is root, nothing is written beside volumes, no privilege is left', () => {
    for (const [name, service] of services) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.equal(service.ulimits?.core, 0, name);
      assert.equal(service.privileged, undefined, name);
      assert.match(service.image ?? '', /:\d+\.\d+/, `${name} has a version`);
      if (name === 'prepare') continue;
      assert.match(service.user ?? '', /^[1-9]\d*:[1-9]\d*$/, name);
      assert.equal(service.cap_add, undefined, name);
    }
    assert.equal(compose.services['prepare']?.network_mode, 'none');
    assert.deepEqual(compose.services['prepare'].cap_add, ['CHOWN']);
  });

  it('draws the boundary: the card database meets the vault alone, and the platform meets the vault alone', () => {
    assert.deepEqual(whoMayMeet(compose), [
      'api migrate-platform',
      'api platform-db',
      'api vault',
      'api worker',
      'migrate-platform platform-db',
      'migrate-platform worker',
      'migrate-vault vault',
      'migrate-vault vault-db',
      'platform-db worker',
      'vault vault-db',
      'vault worker',
    ]);
    const ways = services.filter(([, { networks = [] }]) =>
      networks.some((name) => compose.networks[name]?.internal !== true),
    );
    assert.deepEqual(
      ways.map(([name]) => name).filter((name) => name !== 'prepare'),
      ['api', 'worker', 'vault'],
    );
  });

  it('opens two ports, on this machine only', () => {
    assert.deepEqual(
      services.flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`)),
      ['api 127.0.0.1:8400:8400', 'vault 127.0.0.1:8401:8401'],
    );
  });

  it('shows each container the secrets that were made for it, and no password stands in the file', () => {
    const seen = services
      .filter(([name]) => name !== 'prepare')
      .flatMap(([name, { volumes = [] }]) =>
        volumes.filter((volume) => volume.startsWith('made-')).map((volume) => [name, volume]),
      );
    assert.deepEqual(seen, [
      ['platform-db', 'made-platform-db:/run/strongroom:ro'],
      ['migrate-platform', 'made-platform-owner:/run/strongroom:ro'],
      ['api', 'made-api:/run/strongroom:ro'],
      ['worker', 'made-worker:/run/strongroom:ro'],
      ['vault-db', 'made-vault-db:/run/strongroom:ro'],
      ['migrate-vault', 'made-vault-owner:/run/strongroom:ro'],
      ['vault', 'made-vault:/run/strongroom:ro'],
    ]);
    assert.doesNotMatch(text, /PASSWORD:|postgres:\/\//);
  });

  it('starts the program with the flags of the image', () => {
    const [node, ...flags] = entrypointOf(read('deploy/Dockerfile'));
    for (const name of ['api', 'worker', 'vault', 'migrate-platform', 'migrate-vault'])
      assert.deepEqual(compose.services[name]?.entrypoint, [node, ...flags.slice(0, -1), '/opt/strongroom/start.ts']);
  });
});
