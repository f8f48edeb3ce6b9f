/** What a fuzz run needs of a JSON Schema. */
export type Schema = {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
};

export type Listener = 'api' | 'pci';

/** A call as a listener's own OpenAPI document describes it. */
export type FuzzOperation = {
  readonly listener: Listener;
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly query: readonly { readonly name: string; readonly schema: Schema }[];
  readonly takesVersion: boolean;
  readonly takesKey: boolean;
  readonly body: Schema | null;
};

type Parameter = { readonly in: string; readonly name: string; readonly schema: Schema };
type Described = {
  readonly parameters?: readonly Parameter[];
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
};
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>> };

/** Every call of a listener, from the document that it serves. */
export const operationsIn = (listener: Listener, document: unknown): readonly FuzzOperation[] =>
  Object.entries((document as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], security = [], requestBody }]) => ({
      listener,
      method: method.toUpperCase(),
      path,
      query: parameters.filter((parameter) => parameter.in === 'query'),
      takesVersion: parameters.some(({ name }) => name === 'version'),
      takesKey: security.length > 0,
      body: requestBody?.content['application/json']?.schema ?? null,
    })),
  );
