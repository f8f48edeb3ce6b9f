export type Addresses = { readonly apiUrl: string; readonly pciUrl: string };

const ansi = /\u001b\[[0-9;]*m/g;
const line = (name: string): RegExp => new RegExp(`^\\W*(?:the )?${name}\\b.*?(https?://[^\\s/"']+:\\d+)`, 'im');

/**
 * The two addresses that `strongroom serve` prints when it is ready, one line each, beginning with `API` and `PCI`.
 * `undefined` while one of them is still missing.
 */
export const readPrintedAddresses = (printed: string): Addresses | undefined => {
  const text = printed.replaceAll(ansi, '');
  const apiUrl = line('API').exec(text)?.[1];
  const pciUrl = line('PCI').exec(text)?.[1];
  return apiUrl === undefined || pciUrl === undefined ? undefined : { apiUrl, pciUrl };
};
