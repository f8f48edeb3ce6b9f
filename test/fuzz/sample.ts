import type { SeededRandom } from '../sim/seeded-random.ts';
import { markedCards } from './nasty.ts';
import type { Schema } from './operations.ts';

/** Ids that answers have named, by prefix; what is asked for next may then exist. */
export type KnownIds = Map<string, string[]>;

const idsKept = 40;

const remember = (known: KnownIds, kind: string, id: string): void => {
  const ids = known.get(kind) ?? [];
  known.set(kind, ids);
  if (ids.includes(id)) return;
  ids.push(id);
  if (ids.length > idsKept) ids.shift();
};

/** Remembers the ids in an answer, the newest of each kind; apart from them those of cards and intents that can be charged. */
export const rememberIds = (known: KnownIds, text: string): void => {
  for (const [id, prefix = ''] of text.matchAll(/\b((?:si|pi|ws)_sandbox|evt|sc|dlv)_[A-Za-z0-9_-]{3,22}/g))
    remember(known, prefix, id);
  const authorized = /"id":"(si_[\w-]+)".*"status":"Authorized"/s.exec(text)?.[1];
  if (authorized !== undefined) remember(known, 'authorized', authorized);
  const chargeable = /"id":"(pi_[\w-]+)".*"status":"Created".*"setupIntentId"/s.exec(text)?.[1];
  if (chargeable !== undefined) remember(known, 'chargeable', chargeable);
};

/** An id of a kind: mostly one that exists. @param preferred a kind within the kind, to be had more often than not */
export const someId = (random: SeededRandom, known: KnownIds, prefix: string, preferred?: string): string => {
  const best = preferred === undefined ? [] : (known.get(preferred) ?? []);
  const ids = best.length > 0 && random.chance(0.7) ? best : (known.get(prefix) ?? []);
  return ids.length > 0 && random.chance(0.9) ? random.pick(ids) : `${prefix}_${'A'.repeat(22)}`;
};

/** Dates in the next year, since most fields take no others. */
const someDate = (random: SeededRandom): string =>
  new Date(Date.UTC(2026, 11, 1) + random.int(300) * 86_400_000)
    .toISOString()
    .replace(/\.\d+Z$/, random.pick(['Z', '.5Z', '+02:00']));

type Named = (random: SeededRandom, known: KnownIds) => unknown;

/** Where a schema says less than the reader wants. */
const byName: Readonly<Record<string, Named>> = {
  // Mostly one that is approved; the others are declined or behave worse.
  cardNumber: (random) => (random.chance(0.6) ? '5200000000001005' : random.pick(markedCards)),
  expiryDate: (random) => random.pick(['12 / 29', '12/29', '1229', '12/2029', '2029-12', '01/30']),
  cV2: (random) => random.pick(['020', '341', '341', '3410']),
  cardName: () => 'A Guest',
  // Nothing listens there: notifications are tried, refused and tried again.
  url: () => 'http://127.0.0.1:9/notified',
  autoExpireIn: () => '01:00:00',
  captureMode: (random) => (random.chance(0.9) ? 'Auto' : 'Manual'),
};

/** Seconds that an answer may wait are seconds that the run waits. */
const numbersByName: Readonly<Record<string, Named>> = { wait: (random) => random.int(2) };

/** What leads to a charge comes more often, what is refused without its companion less. */
const shareByName: Readonly<Record<string, number>> = { setupIntentId: 0.8, captureMode: 0.1 };

const texts = ['Booking 234', 'Übernachtung', '宿泊 二名', 'A 🍣 dinner', "O'Brien", 'x'];

const byPattern = (random: SeededRandom, known: KnownIds, pattern: string): string => {
  if (pattern.includes('(sandbox|prod)')) return someId(random, known, `${pattern.slice(1, 3)}_sandbox`, 'authorized');
  if (pattern.includes('[0-5]')) return random.pick(['01:00:00', '1.12:30:30', '06.00:00:00']);
  if (pattern.includes('[Hh]')) return 'https://shop.invalid/path';
  if (pattern.includes('0-9A-Z')) return random.pick(['00', '05', '51', '91']);
  return String(random.int(10_000));
};

/** A value that a schema takes, mostly; structure first, so that mutations reach behind the first check. */
export const sampleOf = (random: SeededRandom, known: KnownIds, schema: Schema, name = ''): unknown => {
  const named = byName[name];
  if (named !== undefined && schema.type === 'string') return named(random, known);
  const number = numbersByName[name];
  if (number !== undefined && schema.type === 'integer') return number(random, known);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return sampleOf(random, known, random.pick(choices), name);
  switch (schema.type === undefined ? undefined : random.pick([schema.type].flat())) {
    case 'object':
      return sampleObject(random, known, schema);
    case 'array':
      return sampleArray(random, known, schema);
    case 'string':
      return sampleString(random, known, schema);
    case 'integer':
    case 'number':
      return sampleNumber(random, schema);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    default:
      return random.pick<unknown>([null, 1, 'x', {}, []]);
  }
};

const sampleObject = (
  random: SeededRandom,
  known: KnownIds,
  { properties, required = [] }: Schema,
): Record<string, unknown> => {
  const value: Record<string, unknown> = {};
  // The dependent pair is left out mostly: without Manual it is refused, and nothing behind it is reached.
  for (const [name, schema] of Object.entries(properties ?? {})) {
    const share = shareByName[name] ?? (name.startsWith('autoExpire') ? 0.03 : 0.25);
    const isWanted = required.includes(name) || random.chance(share);
    if (isWanted) value[name] = sampleOf(random, known, schema, name);
  }
  if (properties === undefined)
    for (let count = random.int(4); count > 0; count -= 1) value[`key${count}`] = random.pick(texts);
  return value;
};

const sampleArray = (
  random: SeededRandom,
  known: KnownIds,
  { items = {}, minItems = 0, maxItems = 3, uniqueItems }: Schema,
): unknown[] => {
  const length = Math.min(maxItems, minItems + random.int(3));
  const values = Array.from({ length }, () => sampleOf(random, known, items));
  return uniqueItems === true ? [...new Set(values)] : values;
};

const sampleString = (
  random: SeededRandom,
  known: KnownIds,
  { pattern, format, maxLength = 60, minLength = 0 }: Schema,
): string => {
  if (pattern !== undefined) return byPattern(random, known, pattern);
  if (format === 'date-time') return someDate(random);
  if (format === 'uri') return 'https://shop.invalid/path';
  return random.pick(texts).slice(0, maxLength).padEnd(minLength, 'x');
};

const sampleNumber = (random: SeededRandom, { minimum = 0, maximum = 100_000 }: Schema): number =>
  random.chance(0.05) ? random.pick([minimum, maximum]) : Math.min(maximum, minimum + random.int(2_000));
