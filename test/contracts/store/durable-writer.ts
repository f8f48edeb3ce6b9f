// A process to be killed: writes numbers as fast as it can and prints each one that was answered.
import { writeSync } from 'node:fs';
import { openSqliteEngine } from '../../../src/store/sqlite/sqlite-engine.ts';

const engine = openSqliteEngine({ path: process.argv[2] ?? '' });
await engine.write([{ sql: 'create table numbers (n integer primary key) strict', params: [] }]);

const writeOn = async (first: number): Promise<void> => {
  for (let n = first; ; n += 8) {
    await engine.write([{ sql: 'insert into numbers (n) values ($1)', params: [n] }]);
    // Straight to the pipe: what is printed was answered before the kill.
    writeSync(1, `${n}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, (_, index) => writeOn(index)));
