import type { FastifyInstance } from 'fastify';
import { buildApiListener } from '../src/http/api-listener.ts';
import { buildPciListener } from '../src/http/pci-listener.ts';
import type { Server } from '../src/http/server.ts';
import type { SandboxUseCases } from '../src/http/sandbox/sandbox-use-cases.ts';
import type { UseCases } from '../src/http/use-cases.ts';
import { apiVersions } from '../src/domain/versions.ts';
import { silentLogger } from '../src/ports/logger.ts';
import { problem, problemCodes, renderProblem } from '../src/problems/problems.ts';
import { unreadableStatuses } from '../src/http/unreadable.ts';
import { addCardIntake } from '../vault/index.ts';
import { fieldRows, kindOf, type Schema } from './api-schema-rows.ts';

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
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Call>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

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
  const calls = callsOf(api);
  const onCards = callsOf(pci).map((call) => besides(call, calls));
  return [
    introduction,
    '## PCI listener',
    ...onCards.map((call) => callText(call, '###')),
    '## API listener',
    ...[...Map.groupBy(calls, ({ tags = [] }) => tags[0])].flatMap(([resource, group]) => [
      `### ${resource}`,
      ...group.map((call) => callText(call, '####')),
    ]),
    objectsText(api, calls),
    problemsTable(),
  ]
    .join('\n\n')
    .concat('\n');
};

const introduction = `# The API

<!-- Made by \`npm run generate\` from the schemas of the routes in src/http and vault/intake. -->

Two listeners. The **PCI listener** takes one call: a setup intent with a card. The **API listener** takes everything else and
never sees a card number. Both serve this description for machines at \`/openapi.json\`, and \`/health/live\` and
\`/health/ready\`, which need no key. [A first charge](../README.md#a-first-charge) has the three calls that most integrations
begin with.

- **Key.** \`Authorization: Basic <secret key>\`, the raw key; the base64 of \`<key>:\` (what \`curl -u\` sends) is taken too.
- **Release.** Every call but the probes and the sandbox's own names one in the header \`version\`, the public calls too:
  ${apiVersions.map((version) => `\`${version}\``).join(', ')}. A date between two releases means the one before it; a date
  before the first means the first.
- **Bodies** are JSON objects of at most 64 KiB. Names match in any case, unknown fields are ignored (inside \`cardDetails\` and
  in the acquirer's rules they are refused), null means absent where none is listed. An empty body is taken under any media
  type where none is needed.
- **Queries.** Names match in any case. A parameter is left out, or sent once and with a value.
- **Answers** are JSON. Moments are in UTC (RFC 3339), amounts in minor units (pence, cents). What a release lacks is left out.
- **Idempotency.** Every call that changes something takes the header \`idempotencyKey\` (or \`Idempotency-Key\`), 1 to 100
  printable ASCII characters; where a call does not, its text says so. A repeat with the same key and content gets the first
  status and bytes, marked \`idempotent-replayed: true\`; other content gets 409. Keys are kept 24 hours, per account and
  operation, those of refunds per payment. A request that failed validation does not use its key up. On the PCI listener the
  card belongs to the content and the CVV does not. Of public calls, the last key of each intent is kept.
- **Card numbers** anywhere but in \`cardDetails\` are refused with 400, and nothing of the request is kept.
- **Public calls** need no key: whoever knows the id of an intent gets its client session secret, with which a checkout can pay
  it, and nothing of its history. Ids have 74 random bits, so they cannot be guessed; treat them as links that can be shared.
  A page of any origin may make these calls and no others (CORS: no cookies, \`access-control-allow-origin: *\`).
- **Errors** are \`application/problem+json\` (RFC 7807) with a \`traceId\`, which is also in the header \`request-id\` and in the
  log. A \`traceparent\` that was sent is continued. Field errors are in \`errors\`, by field, in PascalCase. Each call lists the
  statuses of its refusals; any may also be refused with 500, and with those of \`request-unreadable\` and
  \`method-not-allowed\`. The codes, and what to do about each, are under [Refusals](#refusals).`;

type NamedCall = Call & { readonly name: string };

const callsOf = ({ paths }: Document): readonly NamedCall[] =>
  Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, call]) => ({ ...call, name: `${method.toUpperCase()} ${path}` })),
    )
    .filter(({ tags }) => tags !== undefined && tags[0] !== 'Operation');

const bodyOf = ({ requestBody }: Call): Schema | undefined => Object.values(requestBody?.content ?? {})[0]?.schema;

/** The call with those fields alone that the call of the same name lacks, and a word on the others. */
const besides = (call: NamedCall, others: readonly NamedCall[]): NamedCall => {
  const known = bodyOf(others.find(({ name }) => name === call.name) ?? {})?.properties ?? {};
  const body = bodyOf(call) ?? {};
  const properties = Object.fromEntries(Object.entries(body.properties ?? {}).filter(([name]) => !(name in known)));
  const description = `${call.description ?? ''} Takes the fields of the [call without a card](#setup-intents), and:`;
  return { ...call, description, requestBody: { content: { json: { schema: { ...body, properties } } } } };
};

const callText = (call: NamedCall, heading: string): string =>
  [
    `${heading} \`${call.name}\``,
    [
      `${call.summary ?? ''}.`,
      call.description ?? '',
      (call.security ?? []).length === 0 ? 'Public: no key.' : '',
      takesNoKeyText(call),
    ]
      .filter((text) => text !== '')
      .join(' '),
    parametersTable(call.parameters ?? []),
    bodyTable(bodyOf(call)),
    answers(call),
  ]
    .filter((text) => text !== '')
    .join('\n\n');

/** Reads need no idempotency key, and some calls that set something are as good as one. */
const takesNoKeyText = ({ name, parameters = [] }: NamedCall): string =>
  name.startsWith('GET ') || parameters.some((parameter) => parameter.name === 'idempotencyKey')
    ? ''
    : 'Takes no idempotency key.';

/** Every call has the version header; only what is its own is listed. */
const parametersTable = (parameters: readonly Parameter[]): string => {
  const own = parameters.filter((parameter) => parameter.in === 'query');
  if (own.length === 0) return '';
  const rows = own.map(
    ({ name, schema = {}, description = '' }) => `| \`${name}\` | ${kindOf(schema)} | ${description} |`,
  );
  return ['| query | takes | |', '|---|---|---|', ...rows].join('\n');
};

const bodyTable = (schema: Schema | undefined): string =>
  schema === undefined ? '' : ['| field | takes | |', '|---|---|---|', ...fieldRows(schema, 'required')].join('\n');

const answers = ({ responses = {} }: Call): string => {
  const good = Object.values(responses['200']?.content ?? {})[0]?.schema;
  const refusals = Object.keys(responses).filter((status) => /^[45]/.test(status));
  const said = good === undefined ? '204 with nothing' : `200 with ${kindOf(good)}`;
  return `Answers ${said}. Refusals: ${refusals.join(', ')}.`;
};

/** The answers by name. What comes back as it was sent is not spelt out again. */
const objectsText = ({ components: { schemas } }: Document, calls: readonly NamedCall[]): string => {
  const shape = (name: string, { items, ...field }: Schema): string => {
    const { description: _said, ...rest } = items ?? field;
    return `${name} ${JSON.stringify(rest)}`;
  };
  const sent = new Set(
    calls.flatMap((call) => Object.entries(bodyOf(call)?.properties ?? {}).map(([name, field]) => shape(name, field))),
  );
  const isKnown = (name: string, field: Schema): boolean =>
    (field.items ?? field).properties !== undefined && sent.has(shape(name, field));
  const describe = (schema: Schema): string => {
    if (schema.properties === undefined) return `One of ${kindOf(schema)}.`;
    const rows = fieldRows(schema, 'always', isKnown);
    return rows.length === 0 ? 'Nothing: `{}`.' : ['| field | holds | |', '|---|---|---|', ...rows].join('\n');
  };
  return [
    '## Objects',
    'What the calls answer. A field that is **always** there is so in every release; the others are left out where there is\nnothing to say, or where the release lacks them.',
    ...Object.entries(schemas)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([name, schema]) => `### \`${name}\`\n\n${likeAnother(schema, schemas) ?? describe(schema)}`),
  ].join('\n\n');
};

/** Of an object that is another one less a field, just that. */
const likeAnother = (schema: Schema, schemas: Document['components']['schemas']): string | undefined => {
  const fieldsOf = ({ properties = {} }: Schema): ReadonlyMap<string, string> =>
    new Map(Object.entries(properties).map(([name, field]) => [name, JSON.stringify(field)]));
  const own = fieldsOf(schema);
  for (const [name, other] of Object.entries(schemas)) {
    const fields = fieldsOf(other);
    const [lacked, ...more] = [...fields].filter(([field, said]) => own.get(field) !== said);
    if (own.size > 0 && own.size === fields.size - 1 && lacked !== undefined && more.length === 0)
      return `A [\`${name}\`](#${name.toLowerCase()}) without \`${lacked[0]}\`.`;
  }
  return undefined;
};

/** A valid trace id from nowhere: the rendered text does not show it. */
const anyTraceId = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`;

const problemsTable = (): string => {
  const rows = problemCodes.map((code) => {
    const { status, title, detail } = renderProblem(problem(code), anyTraceId);
    const statuses = code === 'request-unreadable' ? unreadableStatuses.join(', ') : status;
    return `| \`${code}\` | ${statuses} | ${title} ${detail} |`;
  });
  return [
    '## Refusals',
    'The `type` of a problem is `urn:strongroom:problem:` and the code.',
    ['| code | status | meaning |', '|---|---|---|', ...rows].join('\n'),
  ].join('\n\n');
};
