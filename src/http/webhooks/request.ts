import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type NotificationName, notificationNames } from '../../domain/webhook/notification.ts';
import { ok, type Result, refuse } from '../../domain/result.ts';
import { type Problem, problem } from '../../problems/problems.ts';
import { dateTime } from '../schema/field-schemas.ts';
import { bodyReader } from '../schema/reader.ts';
import { eventName } from './schemas.ts';

const url = Type.String({
  minLength: 1,
  maxLength: 2048,
  description: 'Where notifications are sent: https; in a sandbox also http, and the own machine.',
});
const events = Type.Array(eventName, {
  minItems: 1,
  maxItems: 50,
  description: 'Names of events; see GET /webhooks/events.',
});
const description = Type.String({ maxLength: 500 });

export const subscriptionRequestSchema = Type.Object(
  { events, url, description: Type.Optional(description) },
  { title: 'SubscriptionRequest' },
);
export const subscriptionUpdateSchema = Type.Object(
  { events: Type.Optional(events), url: Type.Optional(url), description: Type.Optional(description) },
  { title: 'SubscriptionUpdateRequest' },
);
export const replayRequestSchema = Type.Object(
  {
    from: dateTime('The first moment, in the account’s time.'),
    to: dateTime('The last moment, in the account’s time.'),
  },
  { title: 'ReplayRequest' },
);

/** In the order in which they were sent, each once. */
export const uniqueNames = (names: readonly string[]): readonly NotificationName[] =>
  [...new Set(names)] as readonly NotificationName[];

/** A whole subscription, or what is wrong by field. */
export const readSubscriptionRequest = bodyReader(subscriptionRequestSchema);

/** The fields of a subscription that shall change, or what is wrong by field. */
export const readSubscriptionUpdate = bodyReader(subscriptionUpdateSchema);
const readReplay = bodyReader(replayRequestSchema);

const wrong = (field: string, text: string): Problem =>
  problem('request-invalid', { errors: { [field]: [`The ${field} field ${text}`] } });

/** A span of time that is not empty, in milliseconds since 1970. */
export const readReplayRequest = (body: unknown): Result<{ readonly from: number; readonly to: number }, Problem> => {
  const read = readReplay(body);
  if (!read.ok) return refuse(problem('request-invalid', { errors: read.error }));
  const from = Date.parse(read.value.from);
  const to = Date.parse(read.value.to);
  if (Number.isNaN(from)) return refuse(wrong('From', 'must be a date and time.'));
  if (Number.isNaN(to)) return refuse(wrong('To', 'must be a date and time.'));
  return from > to ? refuse(wrong('To', 'must not be before From.')) : ok({ from, to });
};

/** One value of the query, whatever the case of its name; an empty or repeated one counts as absent. */
const inQuery = (request: FastifyRequest, name: string): string | undefined => {
  const query = request.query as Readonly<Record<string, unknown>>;
  const key = Object.keys(query).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? undefined : query[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A whole number in the query, or null where there is none. */
const numberInQuery = (request: FastifyRequest, name: string, max: number): Result<number | null, Problem> => {
  const text = inQuery(request, name);
  if (text === undefined) return ok(null);
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  const field = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return value <= max ? ok(value) : refuse(wrong(field, `must be a whole number up to ${max}.`));
};

const limitDefault = 100;
/** Proxies tend to give an answer 30 seconds. */
export const waitSecondsMax = 25;

/** Which page of the deliveries: what was done before a position, newest first, at most 500 of them. */
export const readDeliveriesQuery = (
  request: FastifyRequest,
): Result<{ readonly before: number | null; readonly limit: number }, Problem> => {
  const before = numberInQuery(request, 'before', Number.MAX_SAFE_INTEGER);
  if (!before.ok) return before;
  const limit = numberInQuery(request, 'limit', 500);
  return limit.ok ? ok({ before: before.value, limit: limit.value ?? limitDefault }) : limit;
};

/** Which notifications, at most 500, and how long a caller that has read all of them waits for the next: up to 25 seconds. */
export const readNotificationsQuery = (
  request: FastifyRequest,
): Result<
  {
    readonly after: number | 'newest';
    readonly limit: number;
    readonly names: readonly NotificationName[];
    readonly waitMs: number;
  },
  Problem
> => {
  const wait = numberInQuery(request, 'wait', waitSecondsMax);
  if (!wait.ok) return wait;
  const isNewest = inQuery(request, 'after') === 'newest';
  const after = isNewest ? ok('newest' as const) : numberInQuery(request, 'after', Number.MAX_SAFE_INTEGER);
  if (!after.ok) return after;
  const limit = numberInQuery(request, 'limit', 500);
  if (!limit.ok) return limit;
  const names = (inQuery(request, 'events') ?? '').split(',').filter((name) => name !== '');
  if (!names.every((name) => (notificationNames as readonly string[]).includes(name))) {
    return refuse(wrong('Events', 'must only hold names that GET /webhooks/events lists, joined by commas.'));
  }
  return ok({
    after: after.value ?? 0,
    limit: limit.value ?? limitDefault,
    names: uniqueNames(names),
    waitMs: (wait.value ?? 0) * 1000,
  });
};

/** A part of the path; what is no id there is no object either. */
export const pathPart = (request: FastifyRequest, name: string): string =>
  (request.params as Readonly<Record<string, string>>)[name] ?? '';
