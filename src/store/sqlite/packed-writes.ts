import type { SqlValue, Statement } from '../engine.ts';

/**
 * Writes on their way to another thread: one flat list, because copying between threads costs by the object.
 * Per write its number of statements; per statement the number of its text, 1 when it must change one row, the number of
 * its parameters and the parameters. A text travels once, the first time that it is used.
 */
export type PackedWrites = { readonly newTexts: readonly string[]; readonly values: readonly SqlValue[] };

/** Packs writes for one receiver, which must unpack every pack in the same order. */
export const packer = (): ((writes: readonly (readonly Statement[])[]) => PackedWrites) => {
  const numbers = new Map<string, number>();
  return (writes) => {
    const newTexts: string[] = [];
    const values: SqlValue[] = [];
    for (const statements of writes) {
      values.push(statements.length);
      for (const { sql, params, mustChange } of statements) {
        let number = numbers.get(sql);
        if (number === undefined) {
          number = numbers.size;
          numbers.set(sql, number);
          newTexts.push(sql);
        }
        values.push(number, mustChange === 'one' ? 1 : 0, params.length);
        for (const value of params) values.push(value);
      }
    }
    return { newTexts, values };
  };
};

/** Unpacks what one packer packs, every pack and in the same order: later ones name texts that earlier ones brought. */
export const unpacker = (): ((packed: PackedWrites) => readonly (readonly Statement[])[]) => {
  const texts: string[] = [];
  return ({ newTexts, values }) => {
    texts.push(...newTexts);
    const writes: Statement[][] = [];
    let at = 0;
    const count = (): number => values[at++] as number;
    while (at < values.length) {
      const statements: Statement[] = [];
      for (let left = count(); left > 0; left--) {
        const sql = texts[count()] ?? '';
        const mustChange = count() === 1 ? ({ mustChange: 'one' } as const) : {};
        const params = values.slice(at + 1, at + 1 + count());
        at += params.length;
        statements.push({ sql, params, ...mustChange });
      }
      writes.push(statements);
    }
    return writes;
  };
};
