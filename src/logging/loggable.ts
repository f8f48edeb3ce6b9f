/** Deeper than this, and longer than this, nobody reads; a runaway value must not fill the disk. */
const depthMax = 4;
const entriesMax = 32;
const textLengthMax = 2_000;

/** Removes secrets from a text; see `openLogger`. */
export type Scrub = (text: string) => string;

/**
 * What of a value may be written to a log: plain data, and of errors their type, code, message and causes.
 * Everything else (a request, a buffer, a card) is only named, whatever its own `toJSON` would tell.
 * @param withStack whether errors bring their stack
 */
export const loggable = (value: unknown, withStack: boolean, scrub: Scrub, depth = 0): unknown => {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'string':
      return loggableText(value, scrub);
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : loggableObject(value, withStack, scrub, depth);
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
  }
};

/**
 * Scrubbed before JSON escapes the tabs and line ends between its digits, and before it is cut, so that the cut cannot leave a
 * card number that lacks its last digit and passes as something else.
 */
const loggableText = (text: string, scrub: Scrub): string =>
  text.length <= textLengthMax
    ? scrub(text)
    : `${scrub(text.slice(0, 2 * textLengthMax)).slice(0, textLengthMax)}… (${text.length} characters)`;

const loggableObject = (value: object, withStack: boolean, scrub: Scrub, depth: number): unknown => {
  if (value instanceof Error) return depth > depthMax ? '[Error]' : loggableError(value, withStack, scrub, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[Date]' : value.toISOString();
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (depth >= depthMax || !(isPlain || Array.isArray(value))) return `[${nameOf(prototype)}]`;
  if (Array.isArray(value))
    return value.slice(0, entriesMax).map((entry) => loggable(entry, withStack, scrub, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, entriesMax)
      .map(([name, entry]) => [name, loggable(entry, withStack, scrub, depth + 1)]),
  );
};

const nameOf = (prototype: unknown): string => {
  const maker: unknown =
    typeof prototype === 'object' && prototype !== null && 'constructor' in prototype ? prototype.constructor : null;
  return typeof maker === 'function' ? maker.name : 'object';
};

const loggableError = (error: Error, withStack: boolean, scrub: Scrub, depth: number): Record<string, unknown> => {
  const code: unknown = 'code' in error ? error.code : undefined;
  const within = (inner: unknown): unknown => loggable(inner, withStack, scrub, depth + 1);
  return {
    type: loggableText(String(error.name), scrub),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: within(code) } : {}),
    message: loggableText(String(error.message), scrub),
    ...(withStack && error.stack !== undefined ? { stack: loggableText(stackFrames(error.stack), scrub) } : {}),
    ...(error.cause === undefined ? {} : { cause: within(error.cause) }),
    ...(error instanceof AggregateError ? { errors: within(error.errors) } : {}),
  };
};

/** The frames alone: the lines above them repeat the message, at any length. */
const stackFrames = (stack: string): string => {
  const first = stack.search(/^ {4}at /m);
  return first === -1 ? '' : stack.slice(first);
};
