/**
 * A card number as it may be shown: first 8 and last 4 of 16 digits or more, else first 6 and last 4.
 * PCI DSS 3.4.1 and the schemes' truncation limits (PCI SSC FAQ 1091): what is left out must keep the number unguessable.
 */
export const maskNumber = (digits: string): string =>
  `${digits.slice(0, digits.length >= 16 ? 8 : 6)}****${digits.slice(-4)}`;
