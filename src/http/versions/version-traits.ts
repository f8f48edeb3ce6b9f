import type { ApiVersion } from '../../domain/versions.ts';

/** Everything in which one release differs from another; no other file compares versions. */
export type VersionTraits = {
  /** Kinds of later charge that a customer may agree to. */
  readonly transactionTypes: readonly ('NoShow' | 'Unscheduled')[];
  readonly paymentMethods: readonly string[];
  /** The first release has no word for an authorized setup intent that was deleted. */
  readonly closedIsShownAs: 'Closed' | 'Canceled';
  /** Whether setup intents show `expireAt`, `paymentDetails` and `paymentSource`. */
  readonly setupIntentsShowPayment: boolean;
  /** `flat`: the card's fields lie in `paymentDetails` itself; `nested`: in `paymentDetails.card`. */
  readonly paymentDetails: 'flat' | 'nested';
  readonly avsResultIsShown: boolean;
  /** The name of an item line's text, and whether lines have categories, modifiers and PLUs. */
  readonly itemLines: 'caption' | 'name';
  /** Whether payment intents show their links, captures, terminal sessions and the later amounts. */
  readonly paymentIntentsShowLinks: boolean;
  /** What every item line and tax line must have. */
  readonly requiredInLines: readonly string[];
  /** Request fields of other releases: an unknown field is ignored, so these are too. */
  readonly ignoredInSetupIntents: readonly string[];
  readonly ignoredInPaymentIntents: readonly string[];
  readonly ignoredInItemLines: readonly string[];
  readonly ignoredInTaxLines: readonly string[];
  readonly ignoredInRefunds: readonly string[];
};

const first: VersionTraits = {
  transactionTypes: ['NoShow'],
  paymentMethods: ['Card', 'Wallet'],
  closedIsShownAs: 'Canceled',
  setupIntentsShowPayment: false,
  paymentDetails: 'flat',
  avsResultIsShown: false,
  itemLines: 'caption',
  paymentIntentsShowLinks: false,
  requiredInLines: [],
  ignoredInSetupIntents: ['expireAt', 'orderDetails'],
  ignoredInPaymentIntents: ['cardHolderNotPresent', 'orderDetails', 'cashbackAmount', 'serviceChargeAmount'],
  ignoredInItemLines: ['name', 'category', 'modifiers', 'plu'],
  ignoredInTaxLines: ['affectedPlu'],
  ignoredInRefunds: ['previousTransactionId'],
};

const second: VersionTraits = {
  transactionTypes: ['NoShow', 'Unscheduled'],
  paymentMethods: ['Card', 'Wallet', 'SavedCard'],
  closedIsShownAs: 'Closed',
  setupIntentsShowPayment: true,
  paymentDetails: 'nested',
  avsResultIsShown: false,
  itemLines: 'name',
  paymentIntentsShowLinks: true,
  requiredInLines: ['amountTotal'],
  ignoredInSetupIntents: [],
  ignoredInPaymentIntents: ['transactionSource'],
  ignoredInItemLines: ['caption'],
  ignoredInTaxLines: [],
  ignoredInRefunds: [],
};

const third: VersionTraits = { ...second, avsResultIsShown: true };

export const versionTraits: Readonly<Record<ApiVersion, VersionTraits>> = {
  '2022-04-07': first,
  '2024-02-05': second,
  '2025-09-10': third,
  '2026-02-27': third,
};

/** The status of an intent in the words of a release. */
export const statusShown = (status: string, { closedIsShownAs }: VersionTraits): string =>
  status === 'Closed' ? closedIsShownAs : status;
