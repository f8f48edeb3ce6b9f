import type { Envelope } from '../keys/envelope.ts';
import type { VaultDatabase, VaultStatement } from './database.ts';

/** A data key as it is kept: wrapped by a key of the keyring. */
export type DataKeyRow = {
  readonly id: string;
  readonly wrappingKeyId: string;
  readonly wrapped: Envelope;
  /** Real time, milliseconds since 1970. */
  readonly createdAt: number;
};

/** Keeps a data key; refused where its id is taken. */
export const insertDataKey = (row: DataKeyRow): VaultStatement => ({
  sql: 'insert into vault_data_keys (id, wrapping_key_id, nonce, wrapped, created_at) values ($1, $2, $3, $4, $5)',
  params: [row.id, row.wrappingKeyId, row.wrapped.nonce, row.wrapped.sealed, row.createdAt],
});

/** The ids of the keyring's keys that wrap any data key. */
export const findWrappingKeyIds = async (database: VaultDatabase): Promise<readonly string[]> => {
  const rows = await database.all('select distinct wrapping_key_id from vault_data_keys', []);
  return rows.map((row) => row['wrapping_key_id'] as string);
};

/** A data key, still wrapped; `undefined` where there is none of that id. */
export const findDataKey = async (database: VaultDatabase, id: string): Promise<DataKeyRow | undefined> => {
  const [row] = await database.all(
    'select id, wrapping_key_id, nonce, wrapped, created_at from vault_data_keys where id = $1',
    [id],
  );
  if (row === undefined) return undefined;
  return {
    id: row['id'] as string,
    wrappingKeyId: row['wrapping_key_id'] as string,
    wrapped: { nonce: row['nonce'] as Uint8Array, sealed: row['wrapped'] as Uint8Array },
    createdAt: row['created_at'] as number,
  };
};
