export type Addresses = { readonly apiUrl: string; readonly pciUrl: string };

const ansi = /\u001b\[[0-9;]*m/g;
const line = (name: string): RegExp => new RegExp(`^\\W*(?:the )?${name}\\b.*?(https?://[^\\s/"']+:\\d+)`, 'im');

/** The address in the line that begins with a name. `undefined` while it is missing. */
export const readPrintedAddress = (printed: string, name: string): string | undefined =>
  line(name).exec(printed.replaceAll(ansi, ''))?.[1];

/**
 * The two addresses that `strongroom serve` prints when it is ready, one line each, beginning with `API` and `PCI`.
 * `undefined` while one of them is still missing.
 */
export const readPrintedAddresses = (printed: string): Addresses | undefined => {
  const apiUrl = readPrintedAddress(printed, 'API');
  const pciUrl = readPrintedAddress(printed, 'PCI');
  return apiUrl === undefined || pciUrl === undefined ? undefined : { apiUrl, pciUrl };
};
