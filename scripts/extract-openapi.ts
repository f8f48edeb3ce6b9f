/**
 * Keeps the facts of the API's OpenAPI documents that the conformance test needs: the calls that we speak, their parameters,
 * their answers and the schemas that these reach. Prose is left out; it is not ours.
 *
 *   node scripts/extract-openapi.ts <folder with <version>.json documents>
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { apiVersions } from '../src/domain/versions.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const calls =
  /^\/((setup-intents|payment-intents)(\/(public\/)?\{\w+\}(\/(charge|refunds|receipt|refresh-client-session-secret))?)?|payment-intents\/refunds\/\{\w+\}|webhooks(\/.*)?)$/;
const prose = new Set(['description', 'summary', 'example', 'examples', 'title', 'externalDocs']);

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** A schema without its prose. A property may be called `title`, so names of properties are never dropped. */
const bare = (value: Json, isNames = false): Json => {
  if (Array.isArray(value)) return value.map((item: Json) => bare(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(objectOf(value)).filter(([key]) => isNames || !(prose.has(key) || key.startsWith('x-')));
  return Object.fromEntries(kept.map(([key, child]) => [key, bare(child, !isNames && key === 'properties')]));
};

const refsIn = (value: Json): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');

const extract = (document: JsonObject): JsonObject => {
  const components = objectOf(document['components']);
  const parameterOf = (parameter: Json): JsonObject => {
    const reference = objectOf(parameter)['$ref'];
    const name = typeof reference === 'string' ? (reference.split('/').at(-1) ?? '') : undefined;
    const {
      in: place,
      name: header,
      required,
    } = objectOf(name === undefined ? parameter : objectOf(components['parameters'])[name]);
    return { in: place ?? null, name: header ?? null, required: required ?? false };
  };
  const schemaOf = (part: Json | undefined): Json =>
    bare(objectOf(Object.values(objectOf(objectOf(part)['content']))[0])['schema'] ?? null);
  const operationOf = (operation: Json): JsonObject => ({
    parameters: (((operation as JsonObject)['parameters'] as readonly Json[] | undefined) ?? []).map(parameterOf),
    request: schemaOf(objectOf(operation)['requestBody']),
    responses: Object.fromEntries(
      Object.entries(objectOf(objectOf(operation)['responses'])).map(([status, response]) => [
        status,
        schemaOf(response),
      ]),
    ),
  });
  const paths = Object.fromEntries(
    Object.entries(objectOf(document['paths']))
      .filter(([path]) => calls.test(path))
      .map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(objectOf(methods))
            .filter(([, operation]) => objectOf(operation)['responses'] !== undefined)
            .map(([method, operation]) => [method, operationOf(operation)]),
        ),
      ]),
  );
  return { paths, schemas: reachable(paths, objectOf(components['schemas'])) };
};

const reachable = (from: JsonObject, schemas: JsonObject): JsonObject => {
  const found = new Map<string, Json>();
  const waiting = refsIn(from);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    const schema = bare(schemas[name] ?? null);
    found.set(name, schema);
    waiting.push(...refsIn(schema));
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
};

const folder = argv[2];
if (folder === undefined) throw new Error('Name the folder of the documents');
const target = fileURLToPath(new URL('../test/contracts/openapi/', import.meta.url));
mkdirSync(target, { recursive: true });
for (const version of apiVersions) {
  const document = JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8')) as JsonObject;
  writeFileSync(join(target, `${version}.json`), `${JSON.stringify(extract(document), null, 1)}\n`);
}
