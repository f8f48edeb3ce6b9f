import type { CardNumberDetector } from '../ports/card-processor.ts';
import type { Randomness } from '../ports/randomness.ts';
import { embedsCardNumber } from './embedded-card-number.ts';

/** Version, trace id, parent id and flags (W3C Trace Context, 3.2.2). A later version may append fields; its first four are read. */
const traceparentPattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;

/** One random id in some hundreds looks like a card number; so many in a row come from a broken source of randomness. */
const drawsMax = 16;

/**
 * The trace of one call, `00-<32 hex>-<16 hex>-<flags>`: the caller's trace with a span of our own, or a new one.
 * Neither an incoming trace nor a new one may look like a card number: the log would mask it, and nobody could find the line.
 * @param incoming the `traceparent` header
 */
export const traceIdFor = (
  incoming: string | readonly string[] | undefined,
  random: Randomness,
  containsCardNumber: CardNumberDetector,
): string => {
  const kept = traceOf(incoming, containsCardNumber);
  for (let draws = 0; draws < drawsMax; draws++) {
    const fresh = hex(random.bytes(24));
    const { trace, flags } = kept ?? { trace: fresh.slice(16), flags: '00' };
    const traceId = `00-${trace}-${fresh.slice(0, 16)}-${flags}`;
    if (!containsCardNumber(traceId)) return traceId;
  }
  throw new Error('no trace id could be drawn that is unlike a card number');
};

/** The trace of a call from another part of this server: as it came, with its span, so that one name leads to all lines of it. */
export const keptTraceId = (
  incoming: string | readonly string[] | undefined,
  random: Randomness,
  containsCardNumber: CardNumberDetector,
): string =>
  typeof incoming === 'string' && incoming.startsWith('00-') && traceOf(incoming, containsCardNumber) !== undefined
    ? incoming
    : traceIdFor(incoming, random, containsCardNumber);

/** What is kept of an incoming header, if it is well formed and its trace is unlike a card number. */
const traceOf = (
  incoming: string | readonly string[] | undefined,
  containsCardNumber: CardNumberDetector,
): { readonly trace: string; readonly flags: string } | undefined => {
  if (typeof incoming !== 'string') return undefined;
  const [, version, trace, flags, more] = traceparentPattern.exec(incoming) ?? [];
  if (trace === undefined || flags === undefined || (version === '00' && more !== undefined)) return undefined;
  return embedsCardNumber(incoming, containsCardNumber) ? undefined : { trace, flags };
};

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
