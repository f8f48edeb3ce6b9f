import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Writes `$1`, `$2` … as SQLite's `?`. Throws where they are not in order: then the parameters would be bound wrongly. */
const withQuestionMarks = (sql: string): string => {
  let count = 0;
  return sql.replace(/\$(\d+)/g, (_, digits: string) => {
    count += 1;
    if (Number(digits) !== count) throw new Error(`Parameter $${digits} stands where $${count} must: ${sql}`);
    return '?';
  });
};

/** More than all statements of the program; bounds what SQL made at run time could pile up. */
const cachedMax = 256;

/** Compiles each SQL text once per connection; the one that was compiled first makes room. */
export const statementCache = (database: DatabaseSync): ((sql: string) => StatementSync) => {
  const compiled = new Map<string, StatementSync>();
  return (sql) => {
    const known = compiled.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(withQuestionMarks(sql));
    const [oldest] = compiled.keys();
    if (compiled.size >= cachedMax && oldest !== undefined) compiled.delete(oldest);
    compiled.set(sql, statement);
    return statement;
  };
};
