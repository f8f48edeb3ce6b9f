import type { CardScheme } from '../../src/domain/card-summary.ts';
import type { Envelope } from '../keys/envelope.ts';
import type { VaultDatabase, VaultStatement } from './database.ts';

/** A kept card. Readable without a key: only what PCI DSS 3.4.1 lets anyone see, and the keyed fingerprint. */
export type CardRow = {
  readonly reference: string;
  readonly accountId: string;
  /** For which it was verified, as whoever asked named it. */
  readonly setupIntentId: string;
  readonly dataKeyId: string;
  readonly envelope: Envelope;
  readonly fingerprint: string;
  readonly scheme: CardScheme;
  readonly last4: string;
  /** `2029-12`, so that cards out of date can be found and destroyed without opening one. */
  readonly expiry: string;
  /** Real time, milliseconds since 1970. */
  readonly createdAt: number;
};

/** Keeps a card; refused where its reference is taken. */
export const insertCard = (row: CardRow): VaultStatement => ({
  sql:
    'insert into vault_cards (reference, account_id, data_key_id, nonce, sealed, fingerprint, scheme, last4, expiry,' +
    ' created_at, setup_intent_id)' +
    ' values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
  params: [
    row.reference,
    row.accountId,
    row.dataKeyId,
    row.envelope.nonce,
    row.envelope.sealed,
    row.fingerprint,
    row.scheme,
    row.last4,
    row.expiry,
    row.createdAt,
    row.setupIntentId,
  ],
});

/** Destroys a card; nothing happens where there is none. */
export const deleteCard = (reference: string): VaultStatement => ({
  sql: 'delete from vault_cards where reference = $1',
  params: [reference],
});

/** What a charge needs of a card; another account's card is as good as none. */
export const findSealedCard = async (
  database: VaultDatabase,
  accountId: string,
  reference: string,
): Promise<Pick<CardRow, 'dataKeyId' | 'envelope'> | undefined> => {
  const [row] = await database.all(
    'select data_key_id, nonce, sealed from vault_cards where reference = $1 and account_id = $2',
    [reference, accountId],
  );
  if (row === undefined) return undefined;
  return {
    dataKeyId: row['data_key_id'] as string,
    envelope: { nonce: row['nonce'] as Uint8Array, sealed: row['sealed'] as Uint8Array },
  };
};

/** Cards with a known owner, in the order of their references. */
export const findKeptCards = async (
  database: VaultDatabase,
  { after, keptBefore, limit }: { readonly after: string; readonly keptBefore: number; readonly limit: number },
): Promise<readonly Pick<CardRow, 'reference' | 'accountId' | 'setupIntentId'>[]> => {
  const rows = await database.all(
    'select reference, account_id, setup_intent_id from vault_cards' +
      ' where reference > $1 and created_at < $2 and setup_intent_id is not null order by reference limit $3',
    [after, keptBefore, limit],
  );
  return rows.map((row) => ({
    reference: row['reference'] as string,
    accountId: row['account_id'] as string,
    setupIntentId: row['setup_intent_id'] as string,
  }));
};
