import type { CardNumberDetector } from '../ports/card-processor.ts';
import type { Randomness } from '../ports/randomness.ts';

/** Version, trace id, parent id and flags (W3C Trace Context, 3.2.2). A later version may append fields; its first four are read. */
const traceparentPattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;

/**
 * The trace of one call, `00-<32 hex>-<16 hex>-<flags>`: the caller's trace with a span of our own, or a new one.
 * A trace id that could be a card number is replaced, because trace ids are logged.
 * @param incoming the `traceparent` header
 */
export const traceIdFor = (
  incoming: string | readonly string[] | undefined,
  random: Randomness,
  containsCardNumber: CardNumberDetector,
): string => {
  const fresh = hex(random.bytes(24));
  const span = fresh.slice(0, 16);
  if (typeof incoming === 'string') {
    const match = traceparentPattern.exec(incoming);
    const standalone = match?.[1] !== '00' || match[4] === undefined;
    if (match !== null && standalone && !containsCardNumber(incoming)) return `00-${match[2]}-${span}-${match[3]}`;
  }
  return `00-${fresh.slice(16)}-${span}-00`;
};

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
