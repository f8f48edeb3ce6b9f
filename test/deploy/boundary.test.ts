import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { chartFolder, renderChart } from '../../scripts/deploy/helm.ts';
import { type Manifest, parseManifests, podsOf } from '../../scripts/deploy/manifests.ts';
import { mayConnect, type Place } from './network-boundary.ts';

const home = { 'kubernetes.io/metadata.name': 'payments' };
const elsewhere = (name: string, labels: Readonly<Record<string, string>> = {}): Place => ({
  labels,
  namespace: { 'kubernetes.io/metadata.name': name },
});

/** As ci/production-values.yaml names them, and places that it does not name. */
const outside: Readonly<Record<string, Place>> = {
  'ingress of the API': elsewhere('ingress'),
  'ingress of cards': elsewhere('ingress-pci'),
  'a pod beside': { labels: { app: 'shop' }, namespace: home },
  'a pod elsewhere': elsewhere('shop'),
  'the platform’s database': { address: '10.20.0.5' },
  'the vault’s database': { address: '10.30.0.5' },
  'the acquirer': { address: '203.0.113.4' },
  'a receiver of webhooks': { address: '198.51.100.7' },
  'the machine’s metadata': { address: '169.254.169.254' },
};
const ours = ['api', 'worker', 'vault', 'migrate-platform', 'migrate-vault'];
const ports = [443, 5432, 5433, 8400, 8401, 8402];

let manifests: readonly Manifest[] = [];
let places: Readonly<Record<string, Place>> = {};

before(() => {
  const { ok, output, errors } = renderChart(`${chartFolder}/ci/production-values.yaml`);
  assert.ok(ok, errors);
  manifests = parseManifests(output);
  const pods = podsOf(manifests).map(({ component, labels }) => [component, { labels, namespace: home }] as const);
  places = { ...outside, ...Object.fromEntries(pods) };
});

/** Every connection that the policies allow, of those that touch one of our pods: `from → to:port`. */
const drawn = (policies: readonly Manifest[]): readonly string[] =>
  Object.entries(places).flatMap(([fromName, from]) =>
    Object.entries(places).flatMap(([toName, to]) =>
      fromName === toName || !(ours.includes(fromName) || ours.includes(toName))
        ? []
        : ports
            .filter((port) => mayConnect(policies, { from, to, port, home }))
            .map((port) => `${fromName} → ${toName}:${port}`),
    ),
  );

describe('the network policies', () => {
  it('allow these connections and no other', () =>
    assert.deepEqual(
      drawn(manifests).toSorted(),
      [
        'ingress of the API → api:8400',
        'ingress of cards → vault:8401',
        'api → the platform’s database:5432',
        'api → vault:8402',
        'worker → the platform’s database:5432',
        'worker → vault:8402',
        'worker → a receiver of webhooks:443',
        'vault → the vault’s database:5433',
        'vault → the acquirer:443',
        'vault → api:8402',
        'migrate-platform → the platform’s database:5432',
        'migrate-vault → the vault’s database:5433',
      ].sort(),
    ));

  it('are each needed: without one, the picture changes', () => {
    const ofRoles = manifests.filter(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && !/-(dns|default-deny)$/.test(metadata.name),
    );
    assert.equal(ofRoles.length, ours.length);
    const picture = drawn(manifests).join();
    for (const policy of ofRoles)
      assert.notEqual(drawn(manifests.filter((other) => other !== policy)).join(), picture, policy.metadata.name);
  });

  it('leave a pod of the release that has no rules of its own without any way, until somebody writes them', () => {
    const api = places['api'];
    assert.ok(api !== undefined && 'labels' in api);
    const newcomer: Place = { labels: { ...api.labels, 'app.kubernetes.io/component': 'new' }, namespace: home };
    const isCutOff = (policies: readonly Manifest[]): boolean =>
      Object.values(places).every((place) =>
        ports.every(
          (port) =>
            !mayConnect(policies, { from: newcomer, to: place, port, home }) &&
            !mayConnect(policies, { from: place, to: newcomer, port, home }),
        ),
      );
    assert.ok(isCutOff(manifests));
    assert.ok(!isCutOff(manifests.filter(({ metadata }) => !metadata.name.endsWith('-default-deny'))));
  });

  it('would open the vault to its neighbours if they were switched off', () => {
    const { output } = renderChart(`${chartFolder}/ci/production-values.yaml`, ['networkPolicy.enabled=false']);
    const open = drawn(parseManifests(output));
    assert.ok(open.includes('a pod beside → vault:8401'));
    assert.ok(open.includes('api → the vault’s database:5433'));
  });
});
