import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** A file of the repository as the rules see it. */
export type SourceFile = {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  /** `undefined` for what is not TypeScript. */
  readonly tree: ts.SourceFile | undefined;
};

export const sourceFile = (path: string, text: string): SourceFile => ({
  path,
  text,
  tree: /\.tsx?$/.test(path) ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) : undefined,
});

const kept = ['src', 'vault', 'test', 'bench', 'scripts', 'examples', 'packages', 'bin', 'docs', '.ci'];
const textFile = /\.(tsx?|c?js|json|ya?ml|md|sql|sh|css|html|py)$|\/run$/;
const notOurs = /(^|\/)(node_modules|dist|strongroom-data)(\/|$)/;

/** Everything that people wrote, in the folders of the layers and beside them. */
export const readRepository = (root: URL): readonly SourceFile[] => {
  const patterns = ['*', ...kept.map((folder) => `${folder}/**/*`)];
  return globSync(patterns, { cwd: root, withFileTypes: false, exclude: (path) => notOurs.test(path) })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => textFile.test(path) && path !== 'package-lock.json')
    .sort()
    .map((path) => sourceFile(path, readFileSync(new URL(path, root), 'utf8')));
};

export type Found = { readonly line: number; readonly what: string };

/** Every node of a file for which `pick` has something to say. */
export const findNodes = (file: SourceFile, pick: (node: ts.Node) => string | undefined): readonly Found[] => {
  const { tree } = file;
  if (tree === undefined) return [];
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    const what = pick(node);
    if (what !== undefined) found.push({ line: lineOf(tree, node), what });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
};

/** @returns counted from 1 */
export const lineOf = (tree: ts.SourceFile, node: ts.Node): number =>
  tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;

/** Every line on which a pattern is found, comments and texts included. */
export const findText = (file: SourceFile, pattern: RegExp): readonly Found[] =>
  file.text.split('\n').flatMap((text, index) => {
    const match = pattern.exec(text);
    return match === null ? [] : [{ line: index + 1, what: match[0].trim() }];
  });
