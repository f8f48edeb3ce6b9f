import { dojoSignature, standardSignature } from '../../webhooks/signature.ts';

/** What a receiver answered; `status` is null where it did not. */
export type Forwarded = { readonly status: number | null; readonly failure: string | null };

/** As long as a server waits. */
const timeoutMs = 10_000;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  ECONNRESET: 'it hung up',
  UND_ERR_SOCKET: 'it hung up',
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const cause: unknown = error.cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? (code === '' ? 'no answer' : code);
};

/** Sends a notification to a receiver with the headers of the server's own deliveries. Never throws. @param now real time */
export const forward = async (
  to: string,
  notification: { readonly id: string; readonly body: string },
  { secret, now, signal }: { readonly secret: string; readonly now: number; readonly signal: AbortSignal },
): Promise<Forwarded> => {
  const { id, body } = notification;
  const timestamp = Math.floor(now / 1000);
  try {
    const response = await fetch(to, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'strongroom-listen/1',
        'dojo-signature': dojoSignature(secret, body),
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': standardSignature([secret], id, timestamp, body),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    // The status is the answer; what follows may be endless.
    await response.body?.cancel();
    return { status: response.status, failure: null };
  } catch (error) {
    return { status: null, failure: reasonOf(error) };
  }
};
