/** What a client asks for. `of` names the call that made the object, so that a trace keeps its meaning when steps are left out. */
export type Order =
  | {
      readonly op: 'tokenise';
      readonly account: number;
      readonly key: string | null;
      /** Counts up: every tokenisation brings a card of its own. */
      readonly card: number;
      /** `12 / 29`. */
      readonly expiry: string;
      readonly expireAt: number | null;
    }
  | {
      readonly op: 'create-payment';
      readonly account: number;
      readonly key: string | null;
      readonly of: number;
      readonly amountMinor: number;
      readonly expireAt: number | null;
    }
  | ({
      readonly op: 'charge' | 'delete-payment' | 'refresh-payment' | 'read-payment' | 'read-setup' | 'refresh-setup';
    } & OnObject)
  /** A refund is never asked for without a key. */
  | ({ readonly op: 'refund'; readonly key: string; readonly amountMinor: number } & OnObject)
  /** Moves the account's sandbox clock forward. */
  | { readonly op: 'advance'; readonly account: number; readonly key: string | null; readonly byMs: number }
  | ({ readonly op: 'delete-setup'; readonly includeAuthorized: boolean } & OnObject);

type OnObject = { readonly account: number; readonly key: string | null; readonly of: number };

/** What happens to a message on its way to the acquirer, what the acquirer decides, and what happens to its answer. */
export type Journey =
  | 'once'
  | 'lost-before'
  | 'lost-after'
  | 'disconnect-before'
  | 'disconnect-after'
  | 'garbage-before'
  | 'garbage-after'
  | 'twice'
  | 'answer-late';

export type Fate =
  | { readonly type: 'ok' }
  /** A read that finds no database; a commit that fails before or after it took effect. */
  | { readonly type: 'fail' | 'fail-before' | 'fail-after' }
  | { readonly type: 'message'; readonly journey: Journey; readonly responseCode: string };

/** One decision of the scheduler. `id` is its place in the run that was recorded, and stays when others are left out. */
export type Step = { readonly id: number } & (
  | { readonly do: 'call'; readonly node: number; readonly order: Order }
  /** Sends the request of an earlier call again, with its idempotency key. */
  | { readonly do: 'repeat'; readonly node: number; readonly of: number }
  /** The same idempotency key on another request. */
  | { readonly do: 'clash'; readonly node: number; readonly of: number }
  | { readonly do: 'turn'; readonly label: string; readonly fate: Fate }
  /** Real time goes by. */
  | { readonly do: 'pass'; readonly ms: number }
  /** A process dies, and another starts in its place. */
  | { readonly do: 'crash'; readonly node: number }
);

export const okFate: Fate = { type: 'ok' };
