/** `sandbox` or `prod`: decided by the secret key, written in the ids of what the key makes. */
export type Environment = 'sandbox' | 'prod';

/** Prefixes of ids that carry their environment (`si_sandbox_…`), and of those that do not (`evt_…`). */
const prefixesWithEnvironment = ['si', 'pi', 'ws'] as const;
const prefixesWithout = ['sc', 'evt', 'acc', 'rfnd', 'att', 'card', 'key', 'rpl'] as const;
export type EnvironmentIdPrefix = (typeof prefixesWithEnvironment)[number];
export type PlainIdPrefix = (typeof prefixesWithout)[number];

/** 128 bits in base64url without padding, as every id of the API ends. */
const idTokenPattern = '[A-Za-z0-9_-]{22}';

/** Filled and read within one call; nine ids a flow are not worth nine buffers. */
const scratch = Buffer.alloc(16);

/**
 * The 16 bytes of a UUIDv7 (RFC 9562, 5.7) as 22 base64url characters: 48 bits of milliseconds come first,
 * so that rows made together lie together in an index.
 * @param timeMs milliseconds since 1970
 * @param random 10 random bytes
 */
export const timeOrderedToken = (timeMs: number, random: Uint8Array): string => {
  scratch.writeUIntBE(timeMs, 0, 6);
  scratch.set(random, 6);
  scratch.writeUInt8((scratch.readUInt8(6) & 0x0f) | 0x70, 6);
  scratch.writeUInt8((scratch.readUInt8(8) & 0x3f) | 0x80, 8);
  return scratch.toString('base64url');
};

/** When an id was made, in real time (milliseconds since 1970), as its token says; NaN where it says none. */
export const idMadeAt = (id: string): number => {
  const bytes = Buffer.from(id.slice(-22), 'base64url');
  return bytes.length === 16 ? bytes.readUIntBE(0, 6) : Number.NaN;
};

const plainIdEnd = new RegExp(`^_${idTokenPattern}$`);
const environmentIdEnd = new RegExp(`^_(sandbox|prod)_${idTokenPattern}$`);

/** Whether a text has the shape of an id with this prefix, of those that carry no environment. */
export const isPlainId = (prefix: PlainIdPrefix, text: string): boolean =>
  text.startsWith(prefix) && plainIdEnd.test(text.slice(prefix.length));

/** @param token 22 base64url characters, as `timeOrderedToken` makes them */
export const environmentId = (prefix: EnvironmentIdPrefix, environment: Environment, token: string): string =>
  `${prefix}_${environment}_${token}`;

/** @param token 22 base64url characters, as `timeOrderedToken` makes them */
export const plainId = (prefix: PlainIdPrefix, token: string): string => `${prefix}_${token}`;

/** Whether a text has the shape of an id with this prefix; says nothing of whether the object exists. */
export const isEnvironmentId = (prefix: EnvironmentIdPrefix, text: string): boolean =>
  text.startsWith(prefix) && environmentIdEnd.test(text.slice(prefix.length));
