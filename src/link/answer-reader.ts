import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** Reads an answer of another part; `undefined` for anything else than such an answer: nothing is concluded from that. */
export type ReadAnswer<T> = (body: string) => T | undefined;

export const answerReader = <Schema extends TSchema>(schema: Schema): ReadAnswer<Static<Schema>> => {
  const compiled = Compile(schema);
  return (body) => {
    try {
      const value: unknown = JSON.parse(body);
      return compiled.Check(value) ? value : undefined;
    } catch {
      return undefined;
    }
  };
};
