import assert from 'node:assert/strict';
import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Reply } from './listeners.fixture.ts';

type Node = { readonly [key: string]: unknown };
type Called = { readonly method: string; readonly template: string; readonly status: number };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

const refPrefix = '#/components/schemas/';

/** Nothing but what is described: a member that the document does not know is an error. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value === 'string') return value.replace(refPrefix, '');
  if (!isNode(value)) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, closed(child)]));
  return isNode(value['properties']) && !('additionalProperties' in value)
    ? { ...parts, additionalProperties: false }
    : parts;
};

/** A check of answers against the OpenAPI document that a listener serves itself. */
const ownDocumentChecker = (document: unknown) => {
  const whole = closed(document) as Node;
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  addFormats.default(ajv);
  const at = (...path: readonly string[]): unknown =>
    path.reduce<unknown>((node, part) => (isNode(node) ? node[part] : undefined), whole);
  for (const [name, schema] of Object.entries(at('components', 'schemas') as Node)) ajv.addSchema(schema as Node, name);
  const contentAt = ({ method, template, status }: Called): readonly string[] | undefined => {
    const path = ['paths', template, method.toLowerCase(), 'responses', String(status)];
    return at(...path) === undefined ? undefined : path;
  };

  const sent = new Set<string>();
  const resolved = (schema: unknown): { readonly name: string | undefined; readonly schema: unknown } => {
    const name = isNode(schema) ? (schema['$ref'] as string | undefined) : undefined;
    return name === undefined ? { name, schema } : { name, schema: at('components', 'schemas', name) };
  };
  /** Notes the fields of named objects that are sent. */
  const note = (value: unknown, described: unknown): void => {
    const { name, schema } = resolved(described);
    if (!isNode(schema)) return;
    if (Array.isArray(value)) for (const item of value) note(item, schema['items']);
    if (!isNode(value) || !isNode(schema['properties'])) return;
    for (const [field, child] of Object.entries(value)) {
      if (name !== undefined) sent.add(`${name}.${field}`);
      note(child, schema['properties'][field]);
    }
  };

  const errorsOf = (called: Called, body: unknown): readonly ErrorObject[] | string => {
    const path = contentAt(called);
    if (path === undefined) return 'the status is not listed';
    const mediaType = called.status < 400 ? 'application/json' : 'application/problem+json';
    const schema = at(...path, 'content', mediaType, 'schema');
    if (!isNode(schema)) return `there is no ${mediaType}`;
    const check = ajv.compile(schema);
    if (!check(body)) return check.errors ?? [];
    note(body, schema);
    return [];
  };

  return {
    errorsOf,
    /** Every call that the document describes, probes and the document itself left out. */
    calls: Object.entries(at('paths') as Readonly<Record<string, Node>>).flatMap(([template, methods]) =>
      Object.entries(methods)
        .filter(([, call]) => !((call as Node)['tags'] as readonly string[]).includes('Operation'))
        .map(([method]) => `${method.toUpperCase()} ${template}`),
    ),
    check: (method: string, template: string, reply: Reply): void => {
      const called = { method, template, status: reply.status };
      if (reply.status === 204) assert.ok(contentAt(called) !== undefined && reply.text === '', template);
      else assert.deepEqual(errorsOf(called, reply.body), [], `${method} ${template} ${reply.status}: ${reply.text}`);
    },
    /** The fields of the named objects that no checked answer had. */
    neverSent: (names: readonly string[]): readonly string[] =>
      names.flatMap((name) =>
        Object.keys(at('components', 'schemas', name, 'properties') as Node)
          .map((field) => `${name}.${field}`)
          .filter((field) => !sent.has(field)),
      ),
  };
};

/** Reads what a server says of itself, once for all servers of a test file: they are of one build. */
export const ownDocuments = () => {
  const checkers = new Map<string, Promise<ReturnType<typeof ownDocumentChecker>>>();
  return (listener: 'api' | 'pci', url: string): Promise<ReturnType<typeof ownDocumentChecker>> => {
    const checker =
      checkers.get(listener) ??
      fetch(`${url}/openapi.json`).then(async (answer) => ownDocumentChecker(await answer.json()));
    checkers.set(listener, checker);
    return checker;
  };
};
