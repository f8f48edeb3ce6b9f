import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exceptions } from './exceptions.ts';
import { type Rule, rules, type Sample } from './rules.ts';
import { readRepository, type SourceFile, sourceFile } from './source-file.ts';

const repository = readRepository(new URL('../../', import.meta.url));

/** The rules' own texts are full of what they forbid. */
const ofTheRules = 'test/tidy/rules.ts';

const breaches = (rule: Rule, files: readonly SourceFile[]): readonly { path: string; shown: string }[] =>
  files
    .filter(({ path }) => path !== ofTheRules && rule.holdsIn(path))
    .flatMap((file) =>
      rule.find(file, files).map(({ line, what }) => ({ path: file.path, shown: `${file.path}:${line} ${what}` })),
    );

describe('the repository', () => {
  it('is looked at as a whole', () => {
    for (const folder of ['src/domain/', 'src/store/', 'vault/', 'test/', 'docs/', 'bin/'])
      assert.ok(
        repository.some(({ path }) => path.startsWith(folder)),
        folder,
      );
    assert.ok(repository.every(({ path }) => !path.includes('node_modules')));
  });

  for (const rule of rules)
    it(`keeps the rule ${rule.name}: ${rule.instead}`, () => {
      const allowed = exceptions.filter((exception) => exception.rule === rule.name).map(({ path }) => path);
      const found = breaches(rule, repository).filter(({ path }) => !allowed.includes(path));
      assert.equal(found.length, 0, `Instead, ${rule.instead}:\n  ${found.map(({ shown }) => shown).join('\n  ')}`);
    });

  for (const { rule: name, path } of exceptions)
    it(`still needs the exception of ${path} from ${name}`, () => {
      const rule = rules.find((candidate) => candidate.name === name);
      assert.ok(rule !== undefined, 'the rule exists');
      assert.ok(
        breaches(rule, repository).some((breach) => breach.path === path),
        'it breaks the rule',
      );
    });
});

const repositoryOf = ([path, text, beside]: Sample): readonly SourceFile[] => [
  sourceFile(path, text),
  ...(beside === undefined ? [] : [sourceFile('src/beside.ts', beside)]),
];

/** A snippet on one line, short enough for a title. */
const shown = ([path, text]: Sample): string => (text.trim() === '' ? path : JSON.stringify(text).slice(1, 61));

describe('each rule', () => {
  for (const rule of rules) {
    for (const sample of rule.bad)
      it(`${rule.name} can fail: ${shown(sample)}`, () => {
        assert.notEqual(breaches(rule, repositoryOf(sample)).length, 0);
      });
    for (const sample of rule.good)
      it(`${rule.name} lets pass what only looks alike: ${shown(sample)}`, () => {
        assert.deepEqual(breaches(rule, repositoryOf(sample)), []);
      });
  }
});
