import type { FastifyRequest } from 'fastify';
import type { CardNumberDetector } from '../ports/card-processor.ts';
import { type Problem, problem } from '../problems/problems.ts';
import { bodyDepthMax, bodyTooDeep } from './body.ts';
import { fieldPath } from './schema/field-errors.ts';

/**
 * Texts that mean another thing than they look like: escapes, and numbers in exponent form.
 * Without one of these, whatever the body holds stands in its text as it is.
 */
const needsParsing = /\\|\d[eE][+-]?\d/;

/** Names of card fields that belong in `cardDetails`, to the PCI listener, in letters and digits alone. */
const cardFieldNames: ReadonlySet<string> = new Set([
  'carddetails',
  'cardnumber',
  'cv2',
  'cvv',
  'cvv2',
  'cvc',
  'cvc2',
  'cvn',
  'cvn2',
  'csc',
  'cid',
  'securitycode',
]);

/** Fast path for ordinary names, which every body is full of. */
const ordinaryName = /^(?!.*(card|cv|csc|cid|security))[a-z0-9]+$/i;

/** Whether a name means one of these, however it is written: `Card CVV`, `cvv_code` and `cardSecurityCode` do. */
const isCardField = (name: string): boolean => {
  if (ordinaryName.test(name)) return false;
  const plain = name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const ofCard = plain.replace(/^card/, '');
  return [plain, ofCard, ofCard.replace(/(code|number|value)$/, '')].some((each) => cardFieldNames.has(each));
};

/**
 * Refuses a request that holds a card number anywhere: keys, values, numbers, the query, the idempotency key, fields that
 * nobody reads. It runs before anything is kept (PCI DSS 3.2 and 3.3). An ordinary body costs one look at its text.
 * @param bodyText the body as it came, or `undefined` where the text cannot be looked at as a whole
 */
export const refusalOfCardData = (
  request: Pick<FastifyRequest, 'url' | 'headers'>,
  body: unknown,
  bodyText: string | undefined,
  containsCardNumber: CardNumberDetector,
): Problem | undefined =>
  refusalInBody(body, bodyText, containsCardNumber) ??
  refusalInText('Query', queryOf(request.url), containsCardNumber) ??
  refusalInText('IdempotencyKey', idempotencyHeaders(request), containsCardNumber);

const refusalInText = (path: string, text: string, containsCardNumber: CardNumberDetector): Problem | undefined =>
  text !== '' && containsCardNumber(text) ? cardNumberAt(path) : undefined;

const refusalInBody = (
  body: unknown,
  bodyText: string | undefined,
  containsCardNumber: CardNumberDetector,
): Problem | undefined => {
  if (body === undefined) return undefined;
  if (bodyText !== undefined && !needsParsing.test(bodyText) && !containsCardNumber(bodyText)) return undefined;
  return (
    refusalInValue(body, [], containsCardNumber) ??
    refusalInText('Body', bodyText === undefined ? '' : withoutEscapes(bodyText), containsCardNumber)
  );
};

/** The whole text, for what a parsed body has lost: of fields that were sent twice, it holds the last. */
const withoutEscapes = (json: string): string =>
  json.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, code: string | undefined, character: string | undefined) =>
    code === undefined
      ? 'bfnrt'.includes(character ?? '')
        ? ' '
        : (character ?? '')
      : String.fromCharCode(Number.parseInt(code, 16)),
  );

const refusalInValue = (
  value: unknown,
  path: readonly (string | number)[],
  containsCardNumber: CardNumberDetector,
): Problem | undefined => {
  if (typeof value === 'string') {
    if (containsCardNumber(value)) return cardNumberAt(fieldPath(path));
    return isStorable(value) ? undefined : unstorableAt(path);
  }
  if (typeof value === 'number') return containsCardNumber(String(value)) ? cardNumberAt(fieldPath(path)) : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length >= bodyDepthMax) return bodyTooDeep;
  const isList = Array.isArray(value);
  for (const [key, child] of Object.entries(value)) {
    if (!isList && containsCardNumber(key)) return cardNumberAt(fieldPath(path));
    if (!isList && !isStorable(key)) return unstorableAt(path);
    const refusal = refusalInValue(child, [...path, isList ? Number(key) : key], containsCardNumber);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
};

/** Half a surrogate pair is not Unicode, and no PostgreSQL text can hold U+0000. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

const unstorableAt = (path: readonly (string | number)[]): Problem => {
  const field = fieldPath(path);
  return problem('request-invalid', {
    errors: { [field]: [`The ${field} field must be Unicode text without U+0000.`] },
  });
};

const cardNumberAt = (path: string): Problem =>
  problem('card-number-refused', { errors: { [path]: ['The field must not contain a card number.'] } });

const queryOf = (url: string): string => {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
};

const idempotencyHeaders = ({ headers }: Pick<FastifyRequest, 'headers'>): string =>
  `${String(headers['idempotencykey'] ?? '')}\n${String(headers['idempotency-key'] ?? '')}`.trim();

/**
 * The first field that belongs in `cardDetails`, wherever it was sent to a listener that takes none: also in `metadata`, which is
 * kept as it is, and in fields that nobody reads. A CVV must not be kept in any form (PCI DSS 3.3.1).
 */
export const misplacedCardField = (value: unknown, path: readonly (string | number)[] = []): string | undefined => {
  if (typeof value !== 'object' || value === null || path.length >= bodyDepthMax) return undefined;
  const isList = Array.isArray(value);
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, isList ? Number(key) : key];
    // A null is as good as nothing, here as everywhere.
    if (!isList && child !== null && isCardField(key)) return fieldPath(at);
    const found = misplacedCardField(child, at);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** A refusal that says where card details go. @param pciUrl address of the PCI listener */
export const cardDetailsMisplaced = (field: string, pciUrl: string): Problem =>
  problem('card-details-misplaced', {
    detail: `Nothing of the request was kept. Send card details only in cardDetails of POST ${pciUrl}/setup-intents.`,
    errors: { [field]: [`The ${field} field is only taken by the PCI listener.`] },
  });
