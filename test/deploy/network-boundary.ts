import { BlockList, isIPv4 } from 'node:net';
import type { Manifest } from '../../scripts/deploy/manifests.ts';

/** Whoever may open or take a connection: a pod by its labels and its namespace's, or an address outside of the cluster. */
export type Place =
  | {
      readonly labels: Readonly<Record<string, string>>;
      readonly namespace: Readonly<Record<string, string>>;
    }
  | { readonly address: string };

type Selector = { readonly matchLabels?: Readonly<Record<string, string>>; readonly matchExpressions?: unknown };
type Peer = {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
};
type Rule = { readonly ports?: readonly { readonly port?: number | string; readonly protocol?: string }[] } & {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
};
type Policy = {
  readonly podSelector: Selector;
  readonly policyTypes: readonly ('Ingress' | 'Egress')[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
};

const selects = (
  { matchLabels = {}, matchExpressions }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean => {
  // Half an evaluation would prove half a boundary.
  if (matchExpressions !== undefined) throw new Error('matchExpressions are not evaluated here.');
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
};

const isInRange = (address: string, cidrs: readonly string[]): boolean => {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', bits = ''] = cidr.split('/');
    list.addSubnet(network, Number(bits), isIPv4(network) ? 'ipv4' : 'ipv6');
  }
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
};

const isPeer = (peer: Peer, place: Place, home: Readonly<Record<string, string>>): boolean => {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  if ('address' in place)
    return (
      ipBlock !== undefined &&
      isInRange(place.address, [ipBlock.cidr]) &&
      !isInRange(place.address, ipBlock.except ?? [])
    );
  if (ipBlock !== undefined) return false;
  const isNamespace =
    namespaceSelector === undefined
      ? Object.entries(home).every(([name, value]) => place.namespace[name] === value)
      : selects(namespaceSelector, place.namespace);
  return isNamespace && selects(podSelector ?? {}, place.labels);
};

const allows = (
  rule: Rule,
  peers: readonly Peer[] | undefined,
  place: Place,
  port: number,
  home: Readonly<Record<string, string>>,
): boolean => {
  const isPort =
    rule.ports === undefined || rule.ports.some((entry) => entry.port === port && (entry.protocol ?? 'TCP') === 'TCP');
  // No peers and an empty list both mean everybody (NetworkPolicy, networking.k8s.io/v1).
  return isPort && (peers === undefined || peers.length === 0 || peers.some((peer) => isPeer(peer, place, home)));
};

/**
 * Whether the policies let one place open a TCP connection to a port of another, as Kubernetes defines it: a pod that no policy
 * selects for a direction is open in it, and rules only ever add. `home` labels the namespace of the policies.
 */
export const mayConnect = (
  manifests: readonly Manifest[],
  {
    from,
    to,
    port,
    home,
  }: {
    readonly from: Place;
    readonly to: Place;
    readonly port: number;
    readonly home: Readonly<Record<string, string>>;
  },
): boolean => {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec as Policy);
  const isOpen = (direction: 'Ingress' | 'Egress', self: Place, other: Place): boolean => {
    if ('address' in self) return true;
    const isHome = Object.entries(home).every(([name, value]) => self.namespace[name] === value);
    const mine = policies.filter(
      ({ podSelector, policyTypes }) => isHome && policyTypes.includes(direction) && selects(podSelector, self.labels),
    );
    if (mine.length === 0) return true;
    return mine.some(({ ingress = [], egress = [] }) =>
      (direction === 'Ingress' ? ingress : egress).some((rule) =>
        allows(rule, direction === 'Ingress' ? rule.from : rule.to, other, port, home),
      ),
    );
  };
  return isOpen('Egress', from, to) && isOpen('Ingress', to, from);
};
