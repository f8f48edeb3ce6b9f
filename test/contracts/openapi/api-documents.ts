import { readFileSync } from 'node:fs';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { ApiVersion } from '../../../src/domain/versions.ts';

type Schema = { readonly [keyword: string]: unknown };
export type ApiDocument = {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Schema | null>> }>>>
  >;
  readonly schemas: Readonly<Record<string, Schema>>;
};

/** The facts of one release's OpenAPI document, as `scripts/extract-openapi.ts` wrote them. */
export const apiDocument = (version: ApiVersion): ApiDocument =>
  JSON.parse(readFileSync(new URL(`./${version}.json`, import.meta.url), 'utf8')) as ApiDocument;

const refPrefix = '#/components/schemas/';
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * OpenAPI 3.0 in JSON Schema's words. Two traps: `nullable` without `type` means nothing to ajv, so a check would pass
 * anything there; and parts of an `allOf` that each forbid additional properties forbid each other's, so they are merged.
 */
const rewritten = (schema: unknown, all: ApiDocument['schemas']): unknown => {
  if (Array.isArray(schema)) return schema.map((part) => rewritten(part, all));
  if (!isSchema(schema)) return schema;
  const { nullable, ...rest } = schema;
  const parts = rest['allOf'];
  const merged = Array.isArray(parts) ? mergedParts(rest, parts as readonly Schema[], all) : rest;
  const plain: Schema = Object.fromEntries(
    Object.entries(merged).map(([keyword, value]) => [keyword, rewrittenValue(keyword, value, all)]),
  );
  return nullable === true ? { anyOf: [plain, { type: 'null' }] } : plain;
};

const rewrittenValue = (keyword: string, value: unknown, all: ApiDocument['schemas']): unknown => {
  if (keyword === '$ref') return String(value).replace(refPrefix, '');
  if (keyword !== 'properties') return rewritten(value, all);
  return Object.fromEntries(Object.entries(value as Schema).map(([name, child]) => [name, rewritten(child, all)]));
};

const mergedParts = (whole: Schema, parts: readonly Schema[], all: ApiDocument['schemas']): Schema => {
  const resolved = parts.map((part) =>
    typeof part['$ref'] === 'string' ? (all[part['$ref'].replace(refPrefix, '')] ?? part) : part,
  );
  if (!resolved.every((part) => part['additionalProperties'] === false)) return whole;
  const properties = Object.assign({}, ...resolved.map((part) => part['properties'])) as Schema;
  const required = resolved.flatMap((part) => (part['required'] ?? []) as readonly string[]);
  return { type: 'object', additionalProperties: false, properties, ...(required.length === 0 ? {} : { required }) };
};

/** A check of bodies against named schemas of one release. Throws when any schema of the release does not compile. */
export const bodyChecker = (document: ApiDocument): ((schemaName: string, body: unknown) => readonly ErrorObject[]) => {
  const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
  addFormats.default(ajv);
  ajv.addFormat('timespan', /^(\d+\.)?\d{2}:\d{2}:\d{2}(\.\d+)?$/);
  for (const [name, schema] of Object.entries(document.schemas))
    ajv.addSchema(rewritten(schema, document.schemas) as Schema, name);
  const compiled = new Map<string, ValidateFunction>();
  for (const name of Object.keys(document.schemas)) {
    const check = ajv.getSchema(name);
    if (check === undefined) throw new Error(`The schema ${name} does not compile`);
    compiled.set(name, check);
  }
  return (schemaName, body) => {
    const check = compiled.get(schemaName);
    if (check === undefined) throw new Error(`There is no schema ${schemaName}`);
    return check(body) ? [] : (check.errors ?? []);
  };
};

/** The name of the schema of an answer, `undefined` where the document lists no such answer. */
export const answerSchemaName = (
  document: ApiDocument,
  path: string,
  method: string,
  status: number,
): string | undefined => {
  const reference = document.paths[path]?.[method.toLowerCase()]?.responses[String(status)]?.['$ref'];
  return typeof reference === 'string' ? reference.replace(refPrefix, '') : undefined;
};
