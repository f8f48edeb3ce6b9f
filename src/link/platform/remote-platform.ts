import Type from 'typebox';
import type { Account } from '../../domain/account.ts';
import { ok, type Result, refuse } from '../../domain/result.ts';
import type { PlatformLink, PlatformOutage, RelayedAnswer } from '../../ports/platform-link.ts';
import { answerReader, type ReadAnswer } from '../answer-reader.ts';
import { type LinkPeer, refusedStatus } from '../link-peer.ts';

export type RemotePlatformOptions = {
  readonly platform: LinkPeer;
  /** Where exactly this vault process is reached, for the verification of the cards in its memory; known after listening. */
  readonly vaultUrl: () => string;
  readonly acquirerTimeoutMs: number;
  readonly pause: (ms: number) => Promise<void>;
  readonly onFault: (error: unknown, what: string) => void;
};

const authentication = Type.Union([
  Type.Object({
    account: Type.Object({
      id: Type.String(),
      name: Type.String(),
      createdAt: Type.Number(),
      clockAheadMs: Type.Number(),
    }),
  }),
  Type.Object({ refused: Type.Enum(['key-invalid', 'key-wrong-environment']) }),
]);
const relayed = Type.Object({
  status: Type.Integer({ minimum: 200, maximum: 599 }),
  headers: Type.Object({
    'retry-after': Type.Optional(Type.String()),
    'www-authenticate': Type.Optional(Type.String()),
    'idempotent-replayed': Type.Optional(Type.String()),
  }),
  body: Type.String(),
});

const readAuthentication: ReadAnswer<
  { readonly account: Account } | { readonly refused: 'key-invalid' | 'key-wrong-environment' }
> = answerReader(authentication);
const readRelayed: ReadAnswer<RelayedAnswer> = answerReader(relayed);

/** A look at the database, with somebody waiting for it before his body is even read. */
const authenticationTimeoutMs = 5_000;
/** Beyond two time-outs of the acquirer: a repeated request may wait for the first one's, and then ask itself. */
const creationMarginMs = 5_000;
const reportTimeoutMs = 5_000;
/** About half a minute in all; a worker that settles the attempt is the safety net behind it. */
const reportDelaysMs = [1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** The platform as another process, over mutual TLS. */
export const openRemotePlatform = (options: RemotePlatformOptions): PlatformLink => {
  const { platform, onFault } = options;

  const post = async <T>(
    call: Parameters<LinkPeer['call']>[0],
    read: ReadAnswer<T>,
  ): Promise<Result<T, PlatformOutage>> => {
    const called = await platform.call(call);
    if (!called.ok) return refuse('platform-unavailable');
    const { status, body } = called.value;
    if (status === 503) return refuse('store-unavailable');
    // Said once, where the connection is.
    if (status === refusedStatus) return refuse('platform-unavailable');
    const answer = status === 200 ? read(body) : undefined;
    if (answer !== undefined) return ok(answer);
    onFault(new Error(`The platform answered ${call.path} with ${status}.`), 'link: the platform refused a call');
    return refuse('platform-unavailable');
  };

  return {
    authenticate: async (secretKey) => {
      const call = {
        path: '/authentications',
        body: { secretKey },
        timeoutMs: authenticationTimeoutMs,
        isRepeatable: true,
      };
      const answered = await post(call, readAuthentication);
      if (!answered.ok) return answered;
      return 'account' in answered.value ? ok(answered.value.account) : refuse(answered.value.refused);
    },
    createSetupIntent: ({ traceId, ...request }) =>
      post(
        {
          path: '/setup-intents',
          body: { ...request, vaultUrl: options.vaultUrl() },
          timeoutMs: 2 * options.acquirerTimeoutMs + creationMarginMs,
          isRepeatable: false,
          traceId,
        },
        readRelayed,
      ),
    reportLateApproval: async (charge) => {
      const call = { path: '/late-approvals', body: charge, timeoutMs: reportTimeoutMs, isRepeatable: true };
      for (const delayMs of reportDelaysMs) {
        const reported = await post(call, () => true);
        if (reported.ok) return true;
        await options.pause(delayMs);
      }
      return (await post(call, () => true)).ok;
    },
  };
};
