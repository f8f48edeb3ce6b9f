import { isObject } from '../body.ts';

/** The part of JSON Schema that request schemas are written in. */
type SchemaNode = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
};

/** Brings one value into canonical form. */
export type Normaliser = (value: unknown) => unknown;

const asIs: Normaliser = (value) => value;

/** At most twelve digits are an amount; three more still parse exactly and are refused by the maximum. */
const digits = /^-?\d{1,15}$/;

const integer: Normaliser = (value) => (typeof value === 'string' && digits.test(value) ? Number(value) : value);

/**
 * Prepares what the API's readers have always done to a body: names match in any case, unknown fields fall away, and nulls
 * where the schema has no word for them; an integer may be a string of digits. Wrong types pass unchanged, for the validator to refuse.
 */
export const normaliserFor = (schema: SchemaNode): Normaliser => {
  if (schema.properties !== undefined) return objectNormaliser(schema.properties);
  if (schema.items !== undefined) return arrayNormaliser(normaliserFor(schema.items));
  if (schema.patternProperties !== undefined) return withoutNulls;
  return schema.type === 'integer' ? integer : asIs;
};

const objectNormaliser = (properties: Readonly<Record<string, SchemaNode>>): Normaliser => {
  const fields = new Map<
    string,
    { readonly name: string; readonly takesNull: boolean; readonly normalise: Normaliser }
  >();
  for (const [name, child] of Object.entries(properties)) {
    const takesNull = [child.type].flat().includes('null');
    const field = { name, takesNull, normalise: normaliserFor(child) };
    fields.set(name, field);
    fields.set(name.toLowerCase(), field);
  }
  return (value) => {
    if (!isObject(value)) return value;
    const normal: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const child = value[key];
      const field = fields.get(key) ?? fields.get(key.toLowerCase());
      if (field !== undefined && (child !== null || field.takesNull)) normal[field.name] = field.normalise(child);
    }
    return normal;
  };
};

const arrayNormaliser =
  (item: Normaliser): Normaliser =>
  (value) =>
    Array.isArray(value) ? value.map(item) : value;

const withoutNulls: Normaliser = (value) => {
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  return entries.some(([, child]) => child === null)
    ? Object.fromEntries(entries.filter(([, child]) => child !== null))
    : value;
};

/** Keeps the fields that were sent, so that absent ones stay absent. */
export const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
