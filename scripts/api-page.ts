import type { FastifyInstance } from 'fastify';
import { buildApiListener } from '../src/http/api-listener.ts';
import { buildPciListener } from '../src/http/pci-listener.ts';
import type { Server } from '../src/http/server.ts';
import type { SandboxUseCases } from '../src/http/sandbox/sandbox-use-cases.ts';
import type { UseCases } from '../src/http/use-cases.ts';
import { silentLogger } from '../src/ports/logger.ts';
import { problem, problemCodes, renderProblem } from '../src/problems/problems.ts';
import { addCardIntake } from '../vault/index.ts';

type Schema = {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
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
type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
};
type Call = {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses?: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }
    >
  >;
};
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Call>>>> };

const unused = (): never => {
  throw new Error('Nothing is called while the page is written');
};

/** The listeners are only asked to describe themselves, so nothing behind them exists. */
const describingServer: Server = {
  useCases: {} as UseCases,
  sandbox: { acquirer: {} as SandboxUseCases['acquirer'], advanceClock: unused, reset: unused },
  accountNow: unused,
  random: { bytes: unused },
  logger: silentLogger,
  containsCardNumber: unused,
  publicApiUrl: unused,
  publicPciUrl: unused,
  notReady: unused,
};

const documentOf = async (building: Promise<FastifyInstance>): Promise<Document> => {
  const listener = await building;
  const document = listener.swagger() as unknown as Document;
  await listener.close();
  return document;
};

/** `docs/api.md`: every call, from the schemas that the listeners serve at `/openapi.json`. */
export const renderApiPage = async (): Promise<string> => {
  const api = await documentOf(buildApiListener(describingServer, null));
  const pci = await documentOf(buildPciListener(describingServer, null, addCardIntake(unused)));
  return [introduction, '## PCI listener', callsOf(pci), '## API listener', callsOf(api), problemsTable()]
    .join('\n\n')
    .concat('\n');
};

const introduction = `# The API

<!-- Made by \`npm run generate\` from the schemas of the routes in src/http and vault/intake. -->

Two listeners. The **PCI listener** takes one call: a setup intent with a card. The **API listener** takes everything else and
never sees a card number. Both serve this description for machines at \`/openapi.json\`, and \`/health/live\` and
\`/health/ready\`, which need no key.

- **Key.** \`Authorization: Basic <secret key>\`, the raw key; the base64 of \`<key>:\` (what \`curl -u\` sends) is taken too.
- **Release.** Every call but the probes and the sandbox's own names one in the header \`version\`, the public calls too. A date
  between two releases means the one before it; a date before the first means the first.
- **Bodies** are JSON objects of at most 64 KiB. Names match in any case, unknown fields are ignored (inside \`cardDetails\` they
  are refused), null means absent. An empty body is taken under any media type where none is needed.
- **Queries.** Names match in any case. A parameter is left out, or sent once and with a value.
- **Idempotency.** Every call that changes something takes the header \`idempotencyKey\` (or \`Idempotency-Key\`), 1 to 100
  printable ASCII characters. A repeat with the same key and content gets the first status and bytes, marked
  \`idempotent-replayed: true\`; other content gets 409. Keys are kept 24 hours, per account and operation, those of refunds per payment. A request that failed
  validation does not use its key up. On the PCI listener the card belongs to the content and the CVV does not. Of public
  calls, the last key of each intent is kept.
- **Card numbers** anywhere but in \`cardDetails\` are refused with 400, and nothing of the request is kept.
- **Public calls** need no key: whoever knows the id of an intent gets its client session secret, with which a checkout can pay
  it, and nothing of its history. Ids have 74 random bits, so they cannot be guessed; treat them as links that can be shared.
- **Errors** are \`application/problem+json\` (RFC 7807) with a \`traceId\`, which is also in the header \`request-id\` and in the
  log. A \`traceparent\` that was sent is continued. Field errors are in \`errors\`, by field, in PascalCase.`;

const callsOf = ({ paths }: Document): string =>
  Object.entries(paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, call]) => ({ path, method, call })))
    .filter(({ call }) => call.tags?.[0] !== 'Operation' && call.tags !== undefined)
    .map(({ path, method, call }) => callText(`${method.toUpperCase()} ${path}`, call))
    .join('\n\n');

const callText = (name: string, call: Call): string =>
  [
    `### \`${name}\``,
    [`${call.summary ?? ''}.`, call.description ?? '', (call.security ?? []).length === 0 ? 'Public: no key.' : '']
      .filter((text) => text !== '')
      .join(' '),
    parametersTable(call.parameters ?? []),
    bodyTable(Object.values(call.requestBody?.content ?? {})[0]?.schema),
    answers(call),
  ]
    .filter((text) => text !== '')
    .join('\n\n');

/** Every call has the version header; only what is its own is listed. */
const parametersTable = (parameters: readonly Parameter[]): string => {
  const own = parameters.filter((parameter) => parameter.in !== 'header' && parameter.in !== 'path');
  if (own.length === 0) return '';
  return [
    '| query | takes |',
    '|---|---|',
    ...own.map(({ name, schema }) => `| \`${name}\` | ${takes(schema ?? {})} |`),
  ].join('\n');
};

const bodyTable = (schema: Schema | undefined): string =>
  schema === undefined ? '' : ['| field | takes | |', '|---|---|---|', ...fieldRows(schema, '')].join('\n');

const fieldRows = (schema: Schema, prefix: string): string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const isRequired = schema.required?.includes(name) === true;
    const row = `| \`${prefix}${name}\` | ${takes(child)}${isRequired ? ', **required**' : ''} | ${child.description ?? ''} |`;
    return [row, ...fieldRows(child.items ?? child, `${prefix}${name}${child.items === undefined ? '' : '[]'}.`)];
  });

const takes = (schema: Schema): string => {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list${schema.maxItems === undefined ? '' : ` of at most ${schema.maxItems}`}`;
  if (schema.format === 'date-time') return 'date and time';
  if (schema.format === 'uri') return 'http(s) address';
  if (schema.type === 'string') return `text${range(schema.minLength, schema.maxLength)}`;
  if (schema.type === 'integer') return `integer${range(schema.minimum, schema.maximum)}`;
  return schema.type ?? 'any value';
};

const range = (min: number | undefined, max: number | undefined): string => {
  if (min !== undefined && max !== undefined) return `, ${min} to ${max}`;
  return max === undefined ? '' : `, at most ${max}`;
};

const answers = ({ responses = {} }: Call): string => {
  const good = Object.values(responses['200']?.content ?? {})[0]?.schema;
  const fields = Object.keys(good?.properties ?? {}).map((name) => `\`${name}\``);
  const refusals = Object.keys(responses)
    .filter((status) => !status.startsWith('2'))
    .join(', ');
  const what = fields.length > 0 ? ` with ${fields.join(', ')}` : good?.type === 'array' ? ' with a list' : '';
  const said = '204' in responses ? '204 with nothing' : `200${what}`;
  return `Answers ${said}. Refusals: ${refusals}.`;
};

/** A valid trace id from nowhere: the rendered text does not show it. */
const anyTraceId = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`;

const problemsTable = (): string => {
  const rows = problemCodes.map((code) => {
    const { status, title, detail } = renderProblem(problem(code), anyTraceId);
    return `| \`${code}\` | ${status} | ${title} ${detail} |`;
  });
  return [
    '## Refusals',
    'The `type` of a problem is `urn:strongroom:problem:` and the code.',
    ['| code | status | meaning |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
};
