import { posix } from 'node:path';
import ts from 'typescript';
import { type Found, lineOf, type SourceFile } from './source-file.ts';

type ExportedName = {
  readonly name: string;
  readonly node: ts.Node;
  /** A type beside the function whose signature names it is at home; a value that only its own file uses is not for others. */
  readonly isType: boolean;
  /** Who may mention a re-exported name without using it: where it comes from, and all that lies behind a folder's `index.ts`. */
  readonly behind?: string;
};

const namesOfBinding = (binding: ts.BindingName): readonly ts.Identifier[] =>
  ts.isIdentifier(binding)
    ? [binding]
    : binding.elements.flatMap((element) => (ts.isBindingElement(element) ? namesOfBinding(element.name) : []));

const reExported = (statement: ts.ExportDeclaration, path: string): readonly ExportedName[] => {
  const { exportClause, moduleSpecifier } = statement;
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
  const folder = posix.dirname(path);
  const behind = path.endsWith('/index.ts') ? `${folder}/` : posix.join(folder, moduleSpecifier.text);
  return exportClause.elements.map((node) => ({ name: node.name.text, node, isType: false, behind }));
};

const exportedBy = (statement: ts.Statement, path: string): readonly ExportedName[] => {
  if (ts.isExportDeclaration(statement)) return reExported(statement, path);
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations
      .flatMap(({ name }) => namesOfBinding(name))
      .map((node) => ({ name: node.text, node, isType: false }));
  const isType = ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
  if (!isType && !ts.isFunctionDeclaration(statement) && !ts.isClassDeclaration(statement)) return [];
  return statement.name === undefined ? [] : [{ name: statement.name.text, node: statement.name, isType }];
};

type Mentions = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** How often each file names each word: as an identifier in TypeScript, anywhere in JavaScript. */
const countMentions = (files: readonly SourceFile[]): Mentions => {
  const mentions = new Map<string, Map<string, number>>();
  for (const { path, text, tree } of files) {
    const note = (word: string): void => {
      const of = mentions.get(word) ?? new Map<string, number>();
      mentions.set(word, of.set(path, (of.get(path) ?? 0) + 1));
    };
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) note(node.text);
      ts.forEachChild(node, visit);
    };
    if (tree !== undefined) visit(tree);
    else if (/\.c?js$/.test(path)) for (const word of text.match(/[\w$]+/g) ?? []) note(word);
  }
  return mentions;
};

const counted = new WeakMap<readonly SourceFile[], Mentions>();
const mentionsIn = (files: readonly SourceFile[]): Mentions => {
  const known = counted.get(files) ?? countMentions(files);
  counted.set(files, known);
  return known;
};

/**
 * Exported values that no other file names, and exported types that their own file does not use either. It goes by the
 * text: a name that means something else in another file counts as a use.
 */
export const unusedExports = (file: SourceFile, files: readonly SourceFile[]): readonly Found[] => {
  const { tree, path } = file;
  if (tree === undefined) return [];
  const isUsed = ({ name, isType, behind }: ExportedName): boolean => {
    const by = mentionsIn(files).get(name) ?? new Map<string, number>();
    if ([...by.keys()].some((user) => user !== path && (behind === undefined || !user.startsWith(behind)))) return true;
    return isType && (by.get(path) ?? 0) > 1;
  };
  return tree.statements
    .flatMap((statement) => exportedBy(statement, path))
    .filter((exported) => !isUsed(exported))
    .map(({ name, node }) => ({ line: lineOf(tree, node), what: name }));
};
