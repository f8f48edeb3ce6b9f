import type { KeyObject } from 'node:crypto';
import { createHmac } from 'node:crypto';
import type { Pan } from '../card/pan.ts';

/**
 * The same text for the same card, and no way back: HMAC-SHA-256 of the whole number under a key kept apart from
 * the hashes (PCI DSS 3.5.1.1; a hash without a key falls to trying all numbers of a range).
 */
export const fingerprintOf = (key: KeyObject, pan: Pan): string =>
  createHmac('sha256', key).update(pan.reveal()).digest('base64url');
