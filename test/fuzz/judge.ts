import { markedCards } from './nasty.ts';
import type { WireAnswer } from './connection.ts';

/** Why an answer breaks a promise, or `undefined`. */
export type Fault = string | undefined;

const separated = (digits: string): string => [...digits].join('[\\s\\u00a0-]?');
/** Digits written together are one number, so a longer one is no card number. */
const cardPattern = new RegExp(`(?<!\\d)(?:${markedCards.map(separated).join('|')})(?!\\d)`);
const asciiDigits = (text: string): string =>
  text.replace(/[\uff10-\uff19]/g, (digit) => String(digit.charCodeAt(0) - 0xff10));
const mayHoldCard =
  /\d[\s\u00a0-]?\d[\s\u00a0-]?\d[\s\u00a0-]?\d[\s\u00a0-]?\d[\s\u00a0-]?\d[\s\u00a0-]?\d|[\uff10-\uff19]/;

/** Whether a text holds one of the card numbers that the run sends, also grouped or in full-width digits. */
export const holdsMarkedCard = (text: string): boolean => mayHoldCard.test(text) && cardPattern.test(asciiDigits(text));

const traceIdPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const typePattern = /^urn:strongroom:problem:[a-z0-9-]+$/;
/** The only ways in which the server may say that it cannot do its work (declared in its table of problems). */
const declaredOutages: readonly string[] = ['acquirer-unavailable', 'store-unavailable', 'shutting-down'];

type ProblemDocument = Readonly<Record<'type' | 'title' | 'status' | 'detail' | 'traceId', unknown>>;

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

const judgeProblem = ({ status, headers, body }: WireAnswer): Fault => {
  if (headers.get('content-type')?.startsWith('application/problem+json') !== true)
    return `an error of type ${headers.get('content-type') ?? 'none'}`;
  const problem = parsed(body);
  if (typeof problem !== 'object' || problem === null) return 'an error that is no JSON object';
  const { type, title, status: said, detail, traceId } = problem as ProblemDocument;
  if (said !== status) return `an error that says ${String(said)}`;
  if (typeof type !== 'string' || !typePattern.test(type)) return 'an error without a type';
  if (typeof title !== 'string' || typeof detail !== 'string') return 'an error without words';
  if (typeof traceId !== 'string' || !traceIdPattern.test(traceId)) return 'an error without a trace id';
  if (status >= 500 && !declaredOutages.includes(type.slice('urn:strongroom:problem:'.length)))
    return 'a fault of the server';
  return undefined;
};

/** Holds one answer to what is promised of every answer. @param toHead it has no body to look at */
export const judge = (answer: WireAnswer, toHead: boolean): Fault => {
  const { status, headers, body } = answer;
  if (!(status >= 200 && status < 600)) return 'no HTTP status';
  if (status >= 500 && status !== 503) return `a fault of the server: ${status}`;
  if (holdsMarkedCard(body) || [...headers].some(([name, value]) => holdsMarkedCard(`${name}: ${value}`)))
    return 'a card number in an answer';
  if (toHead) return undefined;
  if (status >= 400) return judgeProblem(answer);
  return body !== '' && parsed(body) === undefined ? 'an answer that is no JSON' : undefined;
};
