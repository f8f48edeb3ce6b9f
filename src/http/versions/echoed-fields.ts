import type { VersionTraits } from './version-traits.ts';

/** Stored request fields, on their way back to a caller of another release. */
type Echo = Readonly<Record<string, unknown>>;

/** What a client of this release knows of the stored payment methods; a card when it knows none of them. */
export const paymentMethodsShown = (echo: Echo, traits: VersionTraits): readonly string[] => {
  const stored = echo['paymentMethods'] as readonly string[] | undefined;
  const known = stored?.filter((method) => traits.paymentMethods.includes(method)) ?? [];
  return known.length === 0 ? ['Card'] : known;
};

type Line = Readonly<Record<string, unknown>>;

/** Item lines are stored under the newer names; the first release calls a line's name its caption and knows no more. */
export const itemLinesShown = (echo: Echo, traits: VersionTraits): readonly Line[] => {
  const stored = (echo['itemLines'] ?? []) as readonly Line[];
  if (traits.itemLines === 'name') return stored.map(withAmount);
  return stored.map(({ id, quantity, name, amountTotal }) => ({
    id,
    quantity,
    caption: name,
    amountTotal: amountTotal ?? undefined,
  }));
};

export const taxLinesShown = (echo: Echo, traits: VersionTraits): readonly Line[] => {
  const stored = (echo['taxLines'] ?? []) as readonly Line[];
  if (traits.itemLines === 'name') return stored.filter((line) => line['amountTotal'] !== undefined);
  return stored.map(({ id, caption, subCaption, amountTotal }) => ({ id, caption, subCaption, amountTotal }));
};

/** Newer releases promise an amount in every line, if only null; older clients may leave it out. */
const withAmount = (line: Line): Line => (line['amountTotal'] === undefined ? { ...line, amountTotal: null } : line);
