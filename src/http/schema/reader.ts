import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { ok, type Result, refuse } from '../../domain/result.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import { fieldPath, lastName, newFieldErrors } from './field-errors.ts';
import { normaliserFor } from './normalise.ts';

/** Reads an unknown body into its canonical form, or says what is wrong with which field. */
export type BodyReader<Schema extends TSchema> = (body: unknown) => Result<Static<Schema>, FieldErrors>;

/** The fields of a compiled schema's error that are used; they follow JSON Schema's keywords. */
type SchemaError = {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
};

/** Compiles a request schema once; a good body then costs microseconds, and only a bad one is explained. */
export const bodyReader = <Schema extends TSchema>(schema: Schema): BodyReader<Schema> => {
  const normalise = normaliserFor(schema);
  const compiled = Compile(schema);
  return (body) => {
    const normal = normalise(body === undefined ? {} : body);
    return compiled.Check(normal)
      ? ok(normal as Static<Schema>)
      : refuse(explain(compiled.Errors(normal) as readonly SchemaError[]));
  };
};

const explain = (schemaErrors: readonly SchemaError[]): FieldErrors => {
  const errors = newFieldErrors();
  for (const { keyword, instancePath, params } of schemaErrors) {
    const keys = instancePath.split('/').slice(1).map(unescapePointer);
    if (keyword === 'required') {
      for (const name of (params['requiredProperties'] ?? []) as readonly string[]) {
        const path = fieldPath([...keys, name]);
        errors.add(path, `The ${lastName(path)} field is required.`);
      }
    } else {
      const path = fieldPath(keys);
      errors.add(path, messageFor(keyword, params, lastName(path)));
    }
  }
  if (!errors.any) errors.add('Body', 'The body is not valid.');
  return errors.all();
};

/** RFC 6901, 3. */
const unescapePointer = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  'object,null': 'an object or null',
};

const messageFor = (keyword: string, params: Readonly<Record<string, unknown>>, field: string): string => {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'type':
      return `The ${field} field must be ${typeNames[String(params['type'])] ?? 'of another type'}.`;
    case 'enum':
      return `The ${field} field must be one of: ${(params['allowedValues'] as readonly string[]).join(', ')}.`;
    case 'minLength':
      return limit === '1'
        ? `The ${field} field is required.`
        : `The ${field} field must have at least ${limit} characters.`;
    case 'maxLength':
      return `The ${field} field must have at most ${limit} characters.`;
    case 'minimum':
      return `The ${field} field must be at least ${limit}.`;
    case 'maximum':
      return `The ${field} field must be at most ${limit}.`;
    case 'minItems':
      return `The ${field} field must have at least ${limit} entries.`;
    case 'maxItems':
    case 'maxProperties':
      return `The ${field} field must have at most ${limit} entries.`;
    case 'uniqueItems':
      return `The ${field} field must not repeat an entry.`;
    case 'format':
      return params['format'] === 'date-time'
        ? `The ${field} field must be a date and time with its offset, such as 2026-02-27T12:00:00Z.`
        : `The ${field} field must be an http or https address.`;
    case 'pattern':
      return patternMessage(field, String(params['pattern']));
    default:
      return `The ${field} field is not valid.`;
  }
};

/** Patterns are few, and each says what it wants. */
const patternMessage = (field: string, pattern: string): string => {
  if (pattern.includes('://')) return `The ${field} field must be an http or https address.`;
  if (pattern.includes('(sandbox|prod)'))
    return `The ${field} field must be an id as it was returned when the object was created.`;
  if (pattern.includes('@')) return `The ${field} field must be an email address, such as guest@example.com.`;
  if (pattern === '^\\d{1,4}$') return `The ${field} field must be one to four digits.`;
  if (pattern === '^[0-9A-Z]{2}$') return `The ${field} field must be two digits or capital letters, as in ISO 8583.`;
  if (pattern.includes('[0-5]')) return `The ${field} field must be a duration written dd.hh:mm:ss.`;
  return `The ${field} field is not valid.`;
};
