import type { Environment } from '../ids.ts';

/** Which addresses notifications may be sent to, by range. Both are checked against the address that is connected to. */
export type AddressPolicy = {
  /** Without TLS everybody on the way could read and alter notifications. */
  readonly allowHttp: boolean;
  /** Only a developer's own machine is meant by it. */
  readonly allowLoopback: boolean;
};

export const addressPolicies: Readonly<Record<Environment, AddressPolicy>> = {
  prod: { allowHttp: false, allowLoopback: false },
  sandbox: { allowHttp: true, allowLoopback: true },
};

type Bytes = readonly number[];
type Range = { readonly prefix: Bytes; readonly bits: number };

const parseV4 = (text: string): Bytes | undefined => {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bytes = match.slice(1).map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
};

/** The 16 bytes of an IPv6 address as RFC 4291 writes it; `undefined` where the text is none. */
const parseV6 = (text: string): Bytes | undefined => {
  const [address = ''] = text.split('%');
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
  const tail = dotted === null ? [] : parseV4(dotted[2] ?? '');
  if (tail === undefined) return undefined;
  const head = dotted === null ? address : (dotted[1] ?? '').replace(/([^:]):$/, '$1');
  const halves = head.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (groups.flat().some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const bytesOf = (words: readonly string[]): number[] =>
    words.flatMap((word) => {
      const value = Number.parseInt(word, 16);
      return [value >> 8, value & 255];
    });
  const front = bytesOf(groups[0] ?? []);
  const back = [...bytesOf(groups[1] ?? []), ...tail];
  const missing = 16 - front.length - back.length;
  if (missing < 0 || (halves.length === 1 && missing !== 0)) return undefined;
  return [...front, ...Array<number>(missing).fill(0), ...back];
};

const range = (text: string): Range => {
  const [address = '', bits] = text.split('/');
  const prefix = parseV4(address) ?? parseV6(address);
  if (prefix === undefined) throw new Error(`no range: ${text}`);
  return { prefix, bits: Number(bits) };
};

const isIn = (bytes: Bytes, { prefix, bits }: Range): boolean => {
  if (bytes.length !== prefix.length) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : 255 << (8 - (bits - bit));
    const index = bit / 8;
    if (((bytes[index] ?? 0) & mask) !== ((prefix[index] ?? 0) & mask)) return false;
  }
  return true;
};

/** The special-purpose registries of IANA (RFC 6890 and its updates): nothing in them is a receiver on the internet. */
const refusedV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(range);
const loopbackV4 = range('127.0.0.0/8');
const loopbackV6 = range('::1/128');

/** Only global unicast is allowed at all; within it, what is special again. */
const globalV6 = range('2000::/3');
const refusedV6 = ['2001::/23', '2001:db8::/32', '2620:4f:8000::/48', '3fff::/20'].map(range);

/** IPv6 forms that reach an IPv4 address, and where in the sixteen bytes it stands. */
const embeddings: readonly { readonly range: Range; readonly at: number }[] = [
  { range: range('::ffff:0:0/96'), at: 12 },
  { range: range('::ffff:0:0:0/96'), at: 12 },
  { range: range('::/96'), at: 12 },
  { range: range('64:ff9b::/96'), at: 12 },
  { range: range('64:ff9b:1::/48'), at: 12 },
  { range: range('2002::/16'), at: 2 },
];

/**
 * Whether a notification may be sent to this address. An IPv6 form of an IPv4 address is judged as that address, and
 * refused besides where a gateway would have to translate it: whose network it would come out in cannot be known.
 */
export const isAddressAllowed = (address: string, policy: AddressPolicy): boolean => {
  const v4 = parseV4(address);
  if (v4 !== undefined) return isV4Allowed(v4, policy);
  const v6 = parseV6(address);
  if (v6 === undefined) return false;
  if (isIn(v6, loopbackV6)) return policy.allowLoopback;
  const embedded = embeddings.find((embedding) => isIn(v6, embedding.range));
  if (embedded !== undefined) {
    const isMapped = embedded === embeddings[0];
    return isMapped && isV4Allowed(v6.slice(embedded.at, embedded.at + 4), policy);
  }
  return isIn(v6, globalV6) && !refusedV6.some((refused) => isIn(v6, refused));
};

const isV4Allowed = (bytes: Bytes, policy: AddressPolicy): boolean =>
  isIn(bytes, loopbackV4) ? policy.allowLoopback : !refusedV4.some((refused) => isIn(bytes, refused));

/** Whether the text is an IPv4 or IPv6 address, without the brackets of a URL. */
export const isAddress = (host: string): boolean => parseV4(host) !== undefined || parseV6(host) !== undefined;

/** Names that mean the machine itself or its own network by definition (RFC 6761, RFC 8375, RFC 6762). */
const localNames = /(^|\.)(localhost|local|internal|home\.arpa|lan|intranet)\.?$/;
const loopbackNames = /(^|\.)localhost\.?$/;

export type TargetRefusal = 'url-invalid' | 'url-not-https' | 'url-credentials' | 'url-address-refused';

/** The longest address that is kept; browsers and servers cut off at about the same. */
const urlLengthMax = 2048;

/**
 * The address of a receiver in canonical form, or why it cannot be one. What the name resolves to is checked when it is
 * connected to, every time: it may change.
 */
export const checkTarget = (
  text: string,
  policy: AddressPolicy,
): { readonly url: string } | { readonly refusal: TargetRefusal } => {
  if (text.length > urlLengthMax || !URL.canParse(text)) return { refusal: 'url-invalid' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refusal: 'url-invalid' };
  if (url.protocol === 'http:' && !policy.allowHttp) return { refusal: 'url-not-https' };
  if (url.username !== '' || url.password !== '') return { refusal: 'url-credentials' };
  url.hash = '';
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isAddress(host) ? !isAddressAllowed(host, policy) : !isNameAllowed(host, policy))
    return { refusal: 'url-address-refused' };
  return { url: url.href };
};

const isNameAllowed = (host: string, { allowLoopback }: AddressPolicy): boolean =>
  !localNames.test(host) || (allowLoopback && loopbackNames.test(host));
