import type { SeededRandom } from '../sim/seeded-random.ts';
import { cardText, nastyNames, nastyNumbers, nastyTexts } from './nasty.ts';

/** JSON before it is text. Members are a list, so that a name may come twice and none is special. */
export type Tree =
  | { kind: 'object'; members: [name: string, value: Tree][] }
  | { kind: 'array'; items: Tree[] }
  /** Text of a literal, which need not be valid. */
  | { kind: 'literal'; text: string };

const literal = (value: unknown): Tree => ({ kind: 'literal', text: JSON.stringify(value) });

export const treeOf = (value: unknown): Tree => {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return literal(value);
  return { kind: 'object', members: Object.entries(value).map(([name, child]) => [name, treeOf(child)]) };
};

export const textOf = (tree: Tree): string => {
  switch (tree.kind) {
    case 'literal':
      return tree.text;
    case 'array':
      return `[${tree.items.map(textOf).join(',')}]`;
    case 'object':
      return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${textOf(value)}`).join(',')}}`;
  }
};

const nodesOf = (tree: Tree): Tree[] => {
  if (tree.kind === 'literal') return [tree];
  const children = tree.kind === 'array' ? tree.items : tree.members.map(([, value]) => value);
  return [tree, ...children.flatMap(nodesOf)];
};

/** Over the body's limit now and then, mostly below it. */
const hugeLengths = [300, 1_100, 11_000, 60_000, 70_000];
const depths = [5, 31, 33, 200, 4_000];

const deep = (random: SeededRandom): string => {
  const depth = random.pick(depths);
  return random.chance(0.5)
    ? `${'['.repeat(depth)}1${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
};

const replacement = (random: SeededRandom): string => {
  switch (random.int(9)) {
    case 0:
      return random.pick(['null', 'true', 'false', '[]', '{}', '""', '[null]', '{"":""}']);
    case 1:
    case 2:
      return random.pick(nastyNumbers);
    case 3:
    case 4:
      return JSON.stringify(random.pick(nastyTexts));
    case 5:
      return JSON.stringify(random.pick(['x', '宿', '\u{1f363}', '\0', '9']).repeat(random.pick(hugeLengths)));
    case 6:
      return random.chance(0.5) ? JSON.stringify(cardText(random)) : cardText(random).replace(/\D/g, '') || '1';
    case 7:
      return deep(random);
    default:
      return `[${Array.from({ length: random.pick([2, 60, 250]) }, () => random.pick(nastyNumbers)).join(',')}]`;
  }
};

const newName = (random: SeededRandom): string =>
  random.chance(0.1)
    ? cardText(random)
    : random.chance(0.1)
      ? 'k'.repeat(random.pick(hugeLengths))
      : random.pick(nastyNames);

type ObjectTree = Extract<Tree, { kind: 'object' }>;

const mutateObject = (random: SeededRandom, { members }: ObjectTree): void => {
  const at = random.int(members.length);
  const member = members[at];
  if (member === undefined || random.chance(0.3)) {
    members.splice(at, 0, [newName(random), { kind: 'literal', text: replacement(random) }]);
    return;
  }
  const [name, value] = member;
  switch (random.int(5)) {
    case 0:
      members.splice(at, 1);
      return;
    case 1:
      members.push([name, random.chance(0.5) ? value : { kind: 'literal', text: replacement(random) }]);
      return;
    case 2:
      members[at] = [random.pick([name.toUpperCase(), ` ${name}`, `${name}\0`, name.slice(1)]), value];
      return;
    case 3:
      members[at] = [newName(random), value];
      return;
    default:
      members.push([random.pick([name.toUpperCase(), name[0]?.toUpperCase() + name.slice(1)]), value]);
  }
};

/** Changes some nodes of a tree in place. */
export const mutateTree = (random: SeededRandom, tree: Tree): void => {
  for (let times = 1 + random.int(3); times > 0; times -= 1) {
    const node = random.pick(nodesOf(tree));
    if (node.kind === 'object' && random.chance(0.7)) mutateObject(random, node);
    else if (node.kind === 'array' && node.items.length > 0 && random.chance(0.5))
      node.items.push(random.pick(node.items));
    else Object.assign(node, { kind: 'literal', text: replacement(random) });
  }
};

/** Spoils the text itself: what comes out is mostly no JSON, and not always UTF-8. */
export const mutateText = (random: SeededRandom, text: string): Buffer => {
  const bytes = Buffer.from(text);
  const at = random.int(bytes.length + 1);
  switch (random.int(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.int(8)), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([Buffer.from('\ufeff'), bytes]);
    case 3:
      return Buffer.concat([bytes, Buffer.from(random.pick([',', ']', '}', '{}', '\0', ' ', '//', '\u00a0']))]);
    case 4:
      return Buffer.from(
        text.replace(/\d+/, random.pick(['NaN', 'Infinity', '-', '01', '1.', '.5', '0x1f', '1e', '1n'])),
      );
    case 5:
      return Buffer.from(text, 'utf16le');
    default:
      return Buffer.from(random.pick(['[', '{"a":', '"', '{{']).repeat(1 + random.int(6_000)));
  }
};
