import type { QueryConfig } from 'pg';
import type { SqlValue, Statement } from '../engine.ts';

/** More than all statements of the program; bounds what SQL made at run time could pile up in every session. */
const namedMax = 256;

const isPreparable = (sql: string): boolean => /^\s*(select|insert|update|delete)\b/i.test(sql);

/** Makes the server itself fail a statement that changed another number of rows than one: there is no time to ask. */
const exactlyOne = (sql: string): string =>
  `with changed as (${sql} returning 1) select 1 / (count(*) = 1)::int from changed`;

export type PreparedStatements = {
  config(statement: Statement): QueryConfig;
  /** Without a name. In a failed transaction a session cannot learn one, and what is sent behind would not find it. */
  nameless(statement: Statement): QueryConfig;
};

/** Gives every SQL text a name under which a session parses and plans it once. */
export const preparedStatements = (): PreparedStatements => {
  const known = new Map<string, { readonly name?: string; readonly text: string }>();
  const describe = (
    sql: string,
    mustChange: Statement['mustChange'],
  ): { readonly name?: string; readonly text: string } => {
    const key = mustChange === 'one' ? `one ${sql}` : sql;
    const found = known.get(key);
    if (found !== undefined) return found;
    const text = mustChange === 'one' ? exactlyOne(sql) : sql;
    if (!isPreparable(sql) || known.size >= namedMax) return { text };
    const made = { name: `s${known.size + 1}`, text };
    known.set(key, made);
    return made;
  };
  return {
    nameless: ({ sql, params, mustChange }) => ({
      text: mustChange === 'one' ? exactlyOne(sql) : sql,
      values: params as SqlValue[],
    }),
    config: ({ sql, params, mustChange }) => {
      const { name, text } = describe(sql, mustChange);
      const values = params as SqlValue[];
      return name === undefined ? { text, values } : { name, text, values };
    },
  };
};

/**
 * Whether every value is one that the driver sends as it is. One that it cannot write fails on our side of the wire, where
 * the server does not notice and would commit the rest.
 */
export const areSendable = (statements: readonly Statement[]): boolean =>
  statements.every(({ params }) =>
    params.every(
      (value: unknown) =>
        value === null || typeof value === 'string' || typeof value === 'number' || value instanceof Uint8Array,
    ),
  );
