import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type NotificationName, notificationNames } from '../../domain/webhook/notification.ts';
import { ok, type Result, refuse } from '../../domain/result.ts';
import { type Problem, problem } from '../../problems/problems.ts';
import type { GivenAnswer } from '../../use-cases/answer-once.ts';
import type { Call } from '../call.ts';
import { type ChangeById, changeById, type Render } from '../idempotency.ts';
import { textInQuery, wholeInQuery } from '../query.ts';
import { wrongField } from '../schema/field-errors.ts';
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
const description = Type.String({ maxLength: 500, description: 'A note for people.' });

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

/** A span of time that is not empty, in milliseconds since 1970. */
export const readReplayRequest = (body: unknown): Result<{ readonly from: number; readonly to: number }, Problem> => {
  const read = readReplay(body);
  if (!read.ok) return refuse(problem('request-invalid', { errors: read.error }));
  const from = Date.parse(read.value.from);
  const to = Date.parse(read.value.to);
  if (Number.isNaN(from)) return refuse(wrongField('from', 'must be a date and time.'));
  if (Number.isNaN(to)) return refuse(wrongField('to', 'must be a date and time.'));
  return from > to ? refuse(wrongField('to', 'must not be before From.')) : ok({ from, to });
};

/** How long a page may be. */
const pageLimits = { minimum: 1, maximum: 500 } as const;
const limitDefault = 100;
export const pageLimit = Type.Integer({ ...pageLimits, description: `How many at most; default ${limitDefault}.` });
/** Proxies tend to give an answer 30 seconds. */
export const waitSecondsMax = 25;

/** Which page of the deliveries: what was done before a position, newest first. */
export const readDeliveriesQuery = (
  request: FastifyRequest,
): Result<{ readonly before: number | null; readonly limit: number }, Problem> => {
  const before = wholeInQuery(request, 'before', null);
  if (!before.ok) return before;
  const limit = wholeInQuery(request, 'limit', limitDefault, pageLimits);
  return limit.ok ? ok({ before: before.value, limit: limit.value }) : limit;
};

/** Which notifications, and how long a caller that has read all of them waits for the next. */
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
  const wait = wholeInQuery(request, 'wait', 0, { maximum: waitSecondsMax });
  if (!wait.ok) return wait;
  const cursor = textInQuery(request, 'after');
  const after = cursor.ok && cursor.value === 'newest' ? ok('newest' as const) : wholeInQuery(request, 'after', 0);
  if (!after.ok) return after;
  const limit = wholeInQuery(request, 'limit', limitDefault, pageLimits);
  if (!limit.ok) return limit;
  const events = textInQuery(request, 'events');
  if (!events.ok) return events;
  const names = events.value?.split(',') ?? [];
  if (!names.every((name) => (notificationNames as readonly string[]).includes(name))) {
    return refuse(wrongField('events', 'must only hold names that GET /webhooks/events lists, joined by commas.'));
  }
  return ok({ after: after.value, limit: limit.value, names: uniqueNames(names), waitMs: wait.value * 1000 });
};

/** A part of the path; what is no id there is no object either. */
export const pathPart = (request: FastifyRequest, name: string): string =>
  (request.params as Readonly<Record<string, string>>)[name] ?? '';

/** Changes the subscription that the path names, at most once per idempotency key. */
export const changeSubscription = <T>(
  call: Call,
  render: Render<T>,
  change: ChangeById<T>,
): Promise<Result<GivenAnswer, Problem>> => changeById(call, pathPart(call.request, 'subscriptionId'), render, change);
