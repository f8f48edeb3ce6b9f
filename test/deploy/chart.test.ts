import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { chartFolder, renderChart, runHelm } from '../../scripts/deploy/helm.ts';
import {
  type Container,
  faultsOfManifests,
  type Manifest,
  type Pod,
  parseManifests,
  podsOf,
} from '../../scripts/deploy/manifests.ts';

const root = new URL('../../', import.meta.url);
const values = (name: string): string => `${chartFolder}/ci/${name}-values.yaml`;

const rendered = (name: string, set: readonly string[] = []): readonly Manifest[] => {
  const { ok, output, errors } = renderChart(values(name), set);
  assert.ok(ok, errors);
  return parseManifests(output);
};

for (const kind of ['production', 'sandbox'])
  describe(`the chart, rendered for ${kind}`, () => {
    let manifests: readonly Manifest[] = [];
    let pods: readonly Pod[] = [];
    before(() => {
      manifests = rendered(kind);
      pods = podsOf(manifests);
    });
    const containers = (): readonly (readonly [string, Container, Pod])[] =>
      pods.flatMap((pod) =>
        [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(
          (container) => [`${pod.component}/${container.name}`, container, pod] as const,
        ),
      );

    it('is found good by Helm', () => {
      const { ok, output, errors } = runHelm(['lint', '--strict', chartFolder, '--values', values(kind)]);
      assert.ok(ok, output + errors);
    });

    it('is what Kubernetes takes, without a field that it does not know', async () =>
      assert.deepEqual(await faultsOfManifests(manifests), []));

    it('makes three servers and two migrations', () =>
      assert.deepEqual(pods.map(({ component }) => component).sort(), [
        'api',
        'migrate-platform',
        'migrate-vault',
        'vault',
        'worker',
      ]));

    it('runs every container as nobody in particular, over files that it cannot change', () => {
      assert.equal(containers().length, 6);
      for (const [name, { securityContext, image }, { spec }] of containers()) {
        assert.equal(spec.securityContext?.runAsNonRoot, true, name);
        assert.ok((spec.securityContext.runAsUser ?? 0) > 0, name);
        assert.equal(spec.securityContext.seccompProfile?.type, 'RuntimeDefault', name);
        assert.equal(spec.automountServiceAccountToken, false, name);
        assert.equal(spec.hostNetwork, undefined, name);
        assert.deepEqual(securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        assert.match(image, /@sha256:|:\d/, name);
        assert.deepEqual(
          spec.volumes?.filter(({ hostPath }) => hostPath !== undefined),
          [],
        );
      }
    });

    it('bounds the memory of every container and promises it some processor', () => {
      for (const [name, { resources }] of containers()) {
        assert.match(resources?.limits?.memory ?? '', /^\d+Mi$/, name);
        assert.match(resources?.requests?.cpu ?? '', /^\d+m$/, name);
      }
    });

    it('asks each server on its own port whether it lives and whether it is ready', () => {
      const scheme = kind === 'production' ? 'HTTPS' : 'HTTP';
      const probes = pods
        .filter(({ component }) => !component.startsWith('migrate'))
        .flatMap(({ component, spec }) =>
          spec.containers.map(({ livenessProbe, readinessProbe, ports }) => {
            const numberOf = (name: string | undefined): number | undefined =>
              ports?.find((port) => port.name === name)?.containerPort;
            const [live, ready] = [livenessProbe?.httpGet, readinessProbe?.httpGet];
            return [component, numberOf(live?.port), live?.path, numberOf(ready?.port), ready?.path, ready?.scheme];
          }),
        )
        .sort();
      assert.deepEqual(probes, [
        ['api', 8400, '/health/live', 8400, '/health/ready', scheme],
        ['vault', 8401, '/health/live', 8401, '/health/ready', scheme],
        ['worker', 8400, '/health/live', 8400, '/health/ready', 'HTTP'],
      ]);
    });

    it('gives each pod its own secrets, and the keyring to the vault alone', () => {
      const secrets = pods.map(({ component, spec }) => [
        component,
        ...(spec.volumes ?? []).flatMap(({ secret }) => (secret === undefined ? [] : [secret.secretName])),
        ...spec.containers.flatMap(({ env = [] }) =>
          env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef === undefined ? [] : [valueFrom.secretKeyRef.name])),
        ),
      ]);
      const own = Object.fromEntries(
        secrets.map(([component = '', ...names]) => [
          component,
          names.filter((name) => !['database-ca', 'api-tls', 'cards-tls'].includes(name)).sort(),
        ]),
      );
      assert.deepEqual(own, {
        api: ['strongroom-api-database', 'strongroom-api-link'],
        worker: ['strongroom-worker-database', 'strongroom-worker-link'],
        vault: ['strongroom-vault-database', 'strongroom-vault-keyring', 'strongroom-vault-link'],
        'migrate-platform': ['strongroom-platform-owner'],
        'migrate-vault': ['strongroom-vault-owner'],
      });
      assert.deepEqual(
        manifests.filter((manifest) => manifest.kind === 'Secret'),
        [],
      );
      for (const { spec } of pods)
        for (const { secret } of spec.volumes ?? []) if (secret !== undefined) assert.equal(secret.defaultMode, 0o440);
    });

    it('keeps the copy of the keyring in memory, where only the vault’s own container sees it', () => {
      const vault = pods.find(({ component }) => component === 'vault');
      assert.ok(vault);
      assert.equal(vault.spec.volumes?.find(({ name }) => name === 'keyring')?.emptyDir?.medium, 'Memory');
      const [server] = vault.spec.containers;
      assert.equal(
        server?.volumeMounts?.some(({ name }) => name === 'keyring-secret'),
        false,
      );
      assert.equal(server.volumeMounts.find(({ name }) => name === 'keyring')?.readOnly, true);
    });

    it('lets maintenance take one pod of a role at a time', () => {
      const budgets = manifests.filter((manifest) => manifest.kind === 'PodDisruptionBudget');
      assert.deepEqual(budgets.map(({ metadata }) => metadata.name).sort(), [
        'strongroom-api',
        'strongroom-vault',
        'strongroom-worker',
      ]);
      for (const { spec } of budgets) assert.equal((spec as { maxUnavailable: number }).maxUnavailable, 1);
    });
  });

describe('the chart', () => {
  const refused: readonly (readonly [string, string, string, RegExp])[] = [
    ['no TLS in production', 'production', 'api.tlsSecret=""', /Production needs TLS/],
    ['an address without https in production', 'production', 'publicPciUrl="http://cards.example"', /publicPciUrl/],
    ['nobody who may send cards, which would mean everybody', 'production', 'networkPolicy.pciFrom=[]', /pciFrom/],
    ['a database of the vault that lies nowhere', 'production', 'networkPolicy.vaultDatabase.to=[]', /vaultDatabase/],
    ['a value that it does not know', 'production', 'vault.keyring="abc"', /additional properties.*keyring/],
    ['two vaults on one simulated acquirer, which is a file', 'sandbox', 'vault.replicas=2', /replicas/],
  ];
  for (const [what, kind, set, fault] of refused)
    it(`refuses ${what}`, () => {
      const { ok, errors } = renderChart(values(kind), [set]);
      assert.equal(ok, false);
      assert.match(errors, fault);
    });

  it('is looked at by a check that finds misspelt fields and wrong types', async () => {
    const { output } = renderChart(values('production'));
    for (const [what, by, fault] of [
      ['readOnlyRootFilesystem', 'readOnlyRootFileSystem', /readOnlyRootFileSystem/],
      ['containerPort: 8402', "containerPort: 'many'", /containerPort|integer|number/],
      ['policyTypes', 'policyType', /policyType/],
      ['maxUnavailable: 1', 'maxUnavailable: []', /maxUnavailable|PodDisruptionBudget/],
    ] as const) {
      assert.ok(output.includes(what), what);
      assert.match((await faultsOfManifests(parseManifests(output.replace(what, by)))).join('\n'), fault);
    }
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
    const chart = readFileSync(new URL(`${chartFolder}/Chart.yaml`, root), 'utf8');
    assert.match(chart, new RegExp(`^version: ${version}\nappVersion: ${version}$`, 'm'));
    assert.match(
      readFileSync(new URL('deploy/compose.yaml', root), 'utf8'),
      new RegExp(`image: strongroom:${version}$`, 'm'),
    );
  });
});
