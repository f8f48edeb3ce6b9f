import ts from 'typescript';
import { type Found, findNodes, findText, type SourceFile } from './source-file.ts';
import { unusedExports } from './unused-exports.ts';

/** A ban: where it holds, what it finds, and what to do instead. */
export type Rule = {
  readonly name: string;
  readonly instead: string;
  readonly holdsIn: (path: string) => boolean;
  readonly find: (file: SourceFile, repository: readonly SourceFile[]) => readonly Found[];
  /** Proof that it can fail: each of these files breaks it. */
  readonly bad: readonly Sample[];
  /** And that it does not fail on what merely looks alike. */
  readonly good: readonly Sample[];
};

/** A file, and the text of the only other one of its repository, `src/beside.ts`. */
export type Sample = readonly [path: string, text: string, beside?: string];

const isTest = (path: string): boolean => /\.(test|fixture)\.ts$/.test(path) || path.startsWith('test/');
const isCode = (path: string): boolean => /\.tsx?$/.test(path);
const isProduct = (path: string): boolean => /^(src|vault)\//.test(path) && !isTest(path);

/** `a.b` as a text, for names that stand directly in the code. */
const dotted = (node: ts.Node): string | undefined =>
  ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)
    ? `${node.expression.text}.${node.name.text}`
    : undefined;

const oneOf = (names: readonly string[]) => (node: ts.Node) => {
  const name = dotted(node);
  return name !== undefined && names.includes(name) ? name : undefined;
};

const called = (names: readonly string[]) => (node: ts.Node) => {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
  const name = ts.isIdentifier(node.expression) ? node.expression.text : dotted(node.expression);
  return name !== undefined && names.includes(name) ? name : undefined;
};

const readsTheClock = (node: ts.Node): string | undefined => {
  const isNewDate = ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date';
  if (isNewDate && (node.arguments ?? []).length === 0) return 'new Date()';
  return oneOf(['Date.now', 'performance.now', 'process.hrtime'])(node);
};

/** `panDigits` and `maskedPAN` contain the word, `expand` and `company` do not. */
const wordsOf = (identifier: string): readonly string[] =>
  (identifier.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((word) => word.toLowerCase());

/** Names that the API itself gave, which must be written as it writes them. */
const namesOfTheApi = ['last4PAN'];

const namesCardSecret = (node: ts.Node): string | undefined => {
  if (!ts.isIdentifier(node) && !ts.isPrivateIdentifier(node)) return undefined;
  const isOurs =
    !namesOfTheApi.includes(node.text) && wordsOf(node.text).some((word) => word === 'pan' || word === 'cvv');
  return isOurs ? node.text : undefined;
};

const functionLinesMax = 80;
const longFunctions = (file: SourceFile): readonly Found[] =>
  findNodes(file, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || file.tree === undefined) return undefined;
    const line = (position: number): number =>
      ts.getLineAndCharacterOfPosition(file.tree as ts.SourceFile, position).line;
    const lines = line(node.getEnd()) - line(node.getStart(file.tree)) + 1;
    return lines > functionLinesMax ? `a function of ${lines} lines` : undefined;
  });

const fileLinesMax = 400;
const longFile = (file: SourceFile): readonly Found[] => {
  const lines = file.text.split('\n').length;
  return lines > fileLinesMax ? [{ line: fileLinesMax, what: `${lines} lines` }] : [];
};

const drawers = [
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'shared',
  'misc',
  'manager',
  'managers',
  'lib',
  'stuff',
];
const badName = (file: SourceFile): readonly Found[] => {
  const parts = file.path.split('/');
  const name = parts.at(-1) ?? '';
  const isKebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(sqlite|postgres))?(\.(test|fixture|d|config))?\.tsx?$/.test(name);
  const drawer = parts.map((part) => part.replace(/\..*$/, '')).find((part) => drawers.includes(part));
  if (drawer !== undefined) return [{ line: 1, what: `“${drawer}” is a drawer` }];
  return isKebab ? [] : [{ line: 1, what: `${name} is not kebab-case` }];
};

const notRun = (node: ts.Node): string | undefined => {
  const runners = ['it', 'test', 'describe', 'suite', 't'];
  const name = dotted(node);
  const [runner = '', member = ''] = name?.split('.') ?? [];
  if (runners.includes(runner) && ['skip', 'only', 'todo'].includes(member)) return name;
  const isOption =
    ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && ['skip', 'only', 'todo'].includes(node.name.text);
  const call = isOption ? node.parent.parent : undefined;
  const isRunner =
    call !== undefined &&
    ts.isCallExpression(call) &&
    ts.isIdentifier(call.expression) &&
    runners.includes(call.expression.text);
  return isRunner ? `an option of a test: ${node.getText()}` : undefined;
};

const timers = ['setTimeout', 'setInterval'];
const imports = (modules: readonly string[]) => (node: ts.Node) =>
  ts.isImportDeclaration(node) &&
  ts.isStringLiteral(node.moduleSpecifier) &&
  modules.includes(node.moduleSpecifier.text)
    ? node.moduleSpecifier.text
    : undefined;

export const rules: readonly Rule[] = [
  {
    name: 'no-clock',
    instead: 'take the time from the Clock port, so that a test and the simulation own it',
    holdsIn: isProduct,
    find: (file) => findNodes(file, readsTheClock),
    bad: [
      ['src/x.ts', 'const t = Date.now();'],
      ['vault/x.ts', 'const t = new Date();'],
      ['src/x.ts', 'const t = performance.now();'],
      ['src/x.ts', 'const clock = { now: Date.now };'],
      ['src/x.ts', 'const t = process.hrtime.bigint();'],
    ],
    good: [
      ['src/x.ts', "const t = new Date(0); const u = Date.UTC(2020, 1); // Date.now() is 'Date.now()'"],
      ['src/x.test.ts', 'const t = Date.now();'],
    ],
  },
  {
    name: 'no-chance',
    instead: 'take bytes from the Randomness port; Math.random can be predicted',
    holdsIn: isCode,
    find: (file) => findNodes(file, oneOf(['Math.random'])),
    bad: [['test/x.test.ts', 'Math.random()']],
    good: [['src/x.ts', 'Math.round(1)']],
  },
  {
    name: 'no-timer',
    instead: 'take Timers or the Scheduler from src/platform/, which shutdown and tests can stop',
    holdsIn: isProduct,
    find: (file) =>
      findNodes(file, (node) => called(timers)(node) ?? imports(['node:timers', 'node:timers/promises'])(node)),
    bad: [
      ['src/x.ts', 'setTimeout(() => {}, 1)'],
      ['vault/x.ts', 'setInterval(f, 1)'],
      ['src/x.ts', "import { setTimeout as sleep } from 'node:timers/promises';"],
    ],
    good: [['src/x.ts', 'clearTimeout(timer); setImmediate(f)']],
  },
  {
    name: 'no-sleep',
    instead:
      'wait for what is to happen (an event, a promise, a test clock); a sleep is too short on a slow machine and too long on all others',
    holdsIn: isTest,
    find: (file) => findNodes(file, (node) => called(['setTimeout'])(node) ?? imports(['node:timers/promises'])(node)),
    bad: [
      ['src/x.test.ts', 'await new Promise((resolve) => setTimeout(resolve, 10));'],
      ['test/x.ts', "import { setTimeout } from 'node:timers/promises';"],
    ],
    good: [['test/x.test.ts', 'const keepAlive = setInterval(() => {}, 1000); AbortSignal.timeout(1000)']],
  },
  {
    name: 'no-console',
    instead: 'use the Logger port, which scrubs card numbers; the command line writes to its output',
    holdsIn: isProduct,
    find: (file) =>
      findNodes(file, (node) => (dotted(node)?.startsWith('console.') === true ? dotted(node) : undefined)),
    bad: [['src/x.ts', "console.error('x')"]],
    good: [['src/x.ts', "logger.error({}, 'console.log')"]],
  },
  {
    name: 'no-environment',
    instead: 'add a setting to src/config/settings.ts, which documents and checks it',
    holdsIn: isProduct,
    find: (file) => findNodes(file, oneOf(['process.env'])),
    bad: [['src/x.ts', "process.env['HOME']"]],
    good: [['src/x.ts', 'const f = (env: object) => env; f(process.argv)']],
  },
  {
    name: 'no-floating-point',
    instead: 'money is integer minor units: check the digits with a pattern, then Number',
    holdsIn: isProduct,
    find: (file) => findNodes(file, (node) => called(['parseFloat', 'Number.parseFloat'])(node)),
    bad: [
      ['src/x.ts', "parseFloat('1.5')"],
      ['src/x.ts', "Number.parseFloat('1.5')"],
    ],
    good: [['src/x.ts', "Number('15')"]],
  },
  {
    name: 'every-test-runs',
    instead: 'repair the test, or delete it',
    holdsIn: (path) => isCode(path) && isTest(path),
    find: (file) => findNodes(file, notRun),
    bad: [
      ['src/x.test.ts', "it.skip('x', () => {})"],
      ['src/x.test.ts', "describe.only('x', () => {})"],
      ['src/x.test.ts', "test('x', { skip: true }, () => {})"],
      ['src/x.test.ts', "it('x', { todo: 'later' })"],
      ['src/x.test.ts', "t.skip('no database')"],
    ],
    good: [['src/x.test.ts', "it('x', () => { reader.skip(4); load({ skip: 1 }); })"]],
  },
  {
    name: 'file-name',
    instead: 'name the file in kebab-case after its main export, and the folder after its concept',
    holdsIn: isCode,
    find: badName,
    bad: [
      ['src/SetupIntent.ts', ''],
      ['src/set_up.ts', ''],
      ['src/utils/x.ts', ''],
      ['src/store/helpers.ts', ''],
      ['test/common/x.ts', ''],
    ],
    good: [
      ['src/domain/setup-intent.test.ts', ''],
      ['src/store/0001-first.ts', ''],
    ],
  },
  {
    name: 'short-file',
    instead: `split it by concept: at most ${fileLinesMax} lines`,
    holdsIn: isCode,
    find: longFile,
    bad: [['src/x.ts', '\n'.repeat(fileLinesMax)]],
    good: [['src/x.ts', '\n'.repeat(fileLinesMax - 1)]],
  },
  {
    name: 'short-function',
    instead: `name its parts: at most ${functionLinesMax} lines`,
    holdsIn: (path) => isCode(path) && !isTest(path),
    find: longFunctions,
    bad: [['src/x.ts', `const f = () => {${'\n'.repeat(functionLinesMax)}}`]],
    good: [
      ['src/x.ts', `const f = () => {${'\n'.repeat(functionLinesMax - 1)}}`],
      ['src/x.ts', `const table = {${'\n'.repeat(functionLinesMax)}}`],
    ],
  },
  {
    name: 'card-secrets-in-the-vault',
    instead: 'keep card numbers and CVVs under vault/; elsewhere a card is a reference and a CardSummary',
    holdsIn: (path) => isCode(path) && !/^(vault|packages\/sdk)\//.test(path) && !isTest(path),
    find: (file) => findNodes(file, namesCardSecret),
    bad: [
      ['src/x.ts', 'const pan = 1;'],
      ['src/x.ts', 'f({ maskedPAN: 1 })'],
      ['bench/x.ts', 'type Card = { cvvDigits: string }'],
      ['src/x.ts', 'class Card { #pan = 1 }'],
    ],
    good: [
      ['src/x.ts', "const expand = company.span; // the PAN and the CVV\nconst text = 'pan cvv';"],
      ['src/x.ts', 'f({ last4PAN: 1 })'],
    ],
  },
  {
    name: 'no-unused-export',
    instead: 'take the export away, or the whole when its own file does not need it',
    // What a published package offers is for its users.
    holdsIn: (path) => isCode(path) && !/^packages\/[^/]+\/src\/index\.ts$/.test(path),
    find: unusedExports,
    bad: [
      ['src/x.ts', 'export const limit = 1; const twice = limit * 2;', "const text = 'limit'; // limit"],
      ['src/x.ts', 'export function limitOf() {}', ''],
      ['src/x.ts', 'export class Limit {}', ''],
      ['src/x.ts', 'export const { limit } = limits;', ''],
      ['src/x.ts', 'export type Limit = number;', ''],
      ['src/x.ts', "export { limit } from './beside.ts';", 'export const limit = 1;'],
      ['src/index.ts', "export { limit } from './x.ts';", "import { limit } from './x.ts';"],
    ],
    good: [
      ['src/x.ts', 'export const limit = 1;', "import { limit } from './x.ts';"],
      ['src/x.ts', 'export type Limit = number; export const f = (limit: Limit) => limit;', 'f(1)'],
      ['src/x.ts', 'const limit = 1;', ''],
      ['vault/index.ts', "export { limit } from './x.ts';", "import { limit } from '../vault/index.ts';"],
    ],
  },
  {
    name: 'no-reminder',
    instead: 'do it, or open an issue',
    holdsIn: () => true,
    find: (file) => findText(file, /\b(TODO|FIXME|XXX|HACK)\b/),
    bad: [
      ['src/x.ts', '// TODO: later'],
      ['docs/x.md', 'FIXME'],
    ],
    good: [['src/x.ts', '// everything is done; todo lists are elsewhere']],
  },
  {
    name: 'no-path-of-a-machine',
    instead: 'write paths from the root of the repository',
    holdsIn: () => true,
    find: (file) => findText(file, /(?<![\w.-])\/(?:work|root|home\/\w+|Users\/\w+)\/|[A-Z]:\\Users\\/),
    bad: [
      ['docs/x.md', 'see /home/somebody/strongroom'],
      ['src/x.ts', "open('/root/x')"],
      ['test/x.json', '{"path": "/work/main"}'],
    ],
    good: [['docs/x.md', 'https://example.com/home/page src/work/x ./root/']],
  },
  {
    name: 'reasoned-exemption',
    instead: 'give the reason behind “--” (eslint) or behind the directive',
    holdsIn: isCode,
    find: (file) =>
      findText(file, /eslint-disable(?!.* -- \S)|@ts-(ignore|nocheck)|@ts-expect-error\s*$|biome-ignore(?!.*: \S)/),
    bad: [
      ['src/x.ts', '// eslint-disable-next-line no-eval'],
      ['src/x.ts', '// @ts-ignore it works'],
      ['src/x.ts', '// @ts-expect-error'],
    ],
    good: [
      ['src/x.ts', '// eslint-disable-next-line no-eval -- the page is ours'],
      ['src/x.ts', '// @ts-expect-error a wrong type on purpose'],
    ],
  },
];
