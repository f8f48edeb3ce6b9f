/** A schema of the OpenAPI document, as far as the page shows it. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
};

/** What one field holds, in a few words. */
export const kindOf = (schema: Schema): string => {
  const { $ref, type, anyOf } = schema;
  if ($ref !== undefined) return linkTo($ref);
  if (anyOf !== undefined) return anyOf.map(kindOf).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (type === 'array') return listOf(schema);
  if (schema.format === 'date-time') return 'date and time';
  if (schema.format === 'date') return 'date';
  if (schema.format === 'uri') return 'http(s) address';
  if (type === 'string') return `text${range(schema.minLength, schema.maxLength)}`;
  if (type === 'integer' || type === 'number') return `${type}${range(schema.minimum, schema.maximum)}`;
  return [type ?? 'any value'].flat().join(' or ');
};

const listOf = ({ items = {}, maxItems }: Schema): string => {
  if (maxItems === 0) return 'empty list';
  const item = items.properties === undefined ? kindOf(items) : '';
  if (maxItems === undefined) return `list${item === '' ? '' : ` of ${item}`}`;
  return `list of at most ${maxItems}${item === '' ? '' : `: ${item}`}`;
};

const range = (min: number | undefined, max: number | undefined): string => {
  if (min !== undefined && max !== undefined) return `, ${min} to ${max}`;
  return max === undefined ? '' : `, at most ${max}`;
};

/** `#/components/schemas/Refund` → a link to its heading. */
const linkTo = ($ref: string): string => {
  const name = $ref.split('/').at(-1) ?? '';
  return `[\`${name}\`](#${name.toLowerCase()})`;
};

/**
 * The rows of a schema's fields, those of its parts below them.
 * @param required what is said of a field that is never left out
 * @param isKnown whether a field is shown elsewhere, so that its parts need no rows here
 */
export const fieldRows = (
  schema: Schema,
  required: string,
  isKnown: (name: string, field: Schema) => boolean = () => false,
): readonly string[] => {
  const rowsOf = ({ properties = {}, required: needed = [] }: Schema, prefix: string): readonly string[] =>
    Object.entries(properties).flatMap(([name, field]) => {
      const isRepeated = isKnown(name, field);
      const kind = `${kindOf(field)}${isRepeated ? ' as in the request' : ''}`;
      const whether = needed.includes(name) ? `, **${required}**` : '';
      const row = `| \`${prefix}${name}\` | ${kind}${whether} | ${field.description ?? ''} |`;
      if (isRepeated) return [row];
      return [row, ...rowsOf(field.items ?? field, `${prefix}${name}${field.items === undefined ? '' : '[]'}.`)];
    });
  return rowsOf(schema, '');
};
