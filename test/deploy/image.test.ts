import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { entrypointOf, faultsOfDockerfile } from '../../scripts/deploy/dockerfile.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const dockerfile = read('deploy/Dockerfile');

describe('the image', () => {
  it('is described without a fault', () => assert.deepEqual(faultsOfDockerfile(dockerfile), []));

  it('is looked at by a check that finds what it should', () => {
    const damages: readonly (readonly [RegExp, string, RegExp])[] = [
      [/^USER .*$/m, 'USER root', /no user/],
      [/^USER .*$/m, 'USER 0:0', /no user/],
      [/^USER .*$/m, '', /no user/],
      [/:nonroot$/m, ':latest', /neither a version/],
      [/:nonroot$/m, '', /neither a version/],
      [/^COPY bin bin$/m, 'COPY . .', /whole checkout/],
      [/^COPY bin bin$/m, 'ADD bin bin', /instead of ADD/],
      [/NODE_ENV=production/, 'DATABASE_PASSWORD=x', /secret/],
      [/^CMD .*$/m, 'CMD serve', /wants? a shell/],
      [/^USER (.*)$/m, 'USER $1\nRUN id', /no shell/],
      [/^EXPOSE .*$/m, 'EXPOSE eighty', /port/i],
      [/^WORKDIR \/work$/m, 'WORKDER /work', /instruction/i],
      [/^HEALTHCHECK[^]*?"]$/m, '', /HEALTHCHECK/],
    ];
    for (const [what, by, fault] of damages) {
      const damaged = dockerfile.replace(what, by);
      assert.notEqual(damaged, dockerfile, String(what));
      assert.match(faultsOfDockerfile(damaged).join('\n'), fault);
    }
  });

  it('starts the program with the flags that its first line asks for', () => {
    const flags = /^#!\/usr\/bin\/env -S node (.*)\n/.exec(read('bin/strongroom.js'))?.[1]?.split(' ');
    assert.ok(flags);
    assert.deepEqual(entrypointOf(dockerfile), ['/nodejs/bin/node', ...flags, '/app/bin/strongroom.js']);
  });

  it('is built by the Node that the tests ran on', () => {
    const version = (JSON.parse(read('package.json')) as { devDependencies: { node: string } }).devDependencies.node;
    assert.match(dockerfile, new RegExp(`^ARG BUILD_IMAGE=.*/node:${version.replaceAll('.', '\\.')}-`, 'm'));
    assert.match(dockerfile, new RegExp(`^ARG RUN_IMAGE=.*/nodejs${version.split('.')[0]}-`, 'm'));
  });

  it('is built from a list of files, so that a keyring in the checkout stays out', () => {
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(lines[0], '*');
    const named = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, list = '']) =>
      list.split(' ').slice(0, -1),
    );
    assert.ok(named.length > 5);
    assert.deepEqual(lines.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : [])).sort(), named.toSorted());
  });
});

describe('the health check of the image', () => {
  const asked: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end();
  });

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  const exitCode = async (env: Readonly<Record<string, string>>): Promise<unknown> => {
    const check = spawn(process.execPath, [new URL('deploy/healthcheck.js', root).pathname], { env, stdio: 'inherit' });
    const [code] = (await once(check, 'exit')) as unknown[];
    return code;
  };
  const port = (): string => String((server.address() as AddressInfo).port);

  it('passes on 200 of the role’s own port, and fails on anything else', async () => {
    for (const role of ['api', 'worker', 'all'])
      assert.equal(await exitCode({ STRONGROOM_ROLE: role, STRONGROOM_API_PORT: port(), STRONGROOM_PCI_PORT: '1' }), 0);
    assert.equal(
      await exitCode({ STRONGROOM_ROLE: 'vault', STRONGROOM_PCI_PORT: port(), STRONGROOM_API_PORT: '1' }),
      0,
    );
    assert.deepEqual([...new Set(asked)], ['/health/ready']);
    status = 503;
    assert.equal(await exitCode({ STRONGROOM_API_PORT: port() }), 1);
    assert.equal(await exitCode({ STRONGROOM_API_PORT: '1' }), 1);
  });
});
