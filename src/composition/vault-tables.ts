import type { VaultDatabase } from '../../vault/index.ts';
import type { Engine } from '../store/engine.ts';

/**
 * The vault's tables over an engine. It keeps writes in the order of the calls, so an append is ordered
 * as soon as it is handed over; if its commit fails, so does every later one that was waiting.
 */
export const vaultTablesOver = (engine: Engine, onFault: (error: unknown, what: string) => void): VaultDatabase => ({
  all: (sql, params) => engine.all(sql, params),
  append: async (statements) => {
    const refused = (refusal: unknown): void => onFault(refusal, 'vault: a card could not be kept');
    engine.write(statements).then((refusal) => {
      if (refusal !== undefined) refused(new Error(refusal.refused));
    }, refused);
  },
  write: async (statements) => {
    const refusal = await engine.write(statements);
    if (refusal !== undefined) throw new Error(`the vault's tables refused a write: ${refusal.refused}`);
  },
});
