import { readFile } from 'node:fs/promises';
import { type TestCard, testCards } from '../vault/index.ts';

const page = new URL('../docs/sandbox.md', import.meta.url);
const begin = '<!-- The table is made by `npm run generate` from vault/acquirers/simulator/test-cards.ts. -->';
const end = '<!-- End of the table. -->';

/** `docs/sandbox.md`, written by hand but for the table of test cards. Throws when the table has lost its place. */
export const renderSandboxPage = async (): Promise<string> => {
  const text = await readFile(page, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error('docs/sandbox.md has no place for the table of test cards');
  return `${text.slice(0, from)}${begin}\n\n${table()}\n\n${text.slice(to)}`;
};

const table = (): string =>
  ['| number | scheme | CVV | what happens |', '|---|---|---|---|', ...testCards.map(row)].join('\n');

const row = ({ number, scheme, cvv, title }: TestCard): string =>
  `| \`${number.match(/.{1,4}/g)?.join(' ')}\` | ${scheme} | ${cvv} | ${title} |`;
