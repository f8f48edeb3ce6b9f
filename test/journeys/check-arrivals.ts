import { createHmac } from 'node:crypto';
import type { Client } from './open-client.ts';
import type { Arrival } from './webhook-receiver-process.ts';

/** One notification as the account's own stream tells it. */
export type Told = {
  readonly id: string;
  readonly event: string;
  readonly intentId: string;
  readonly sequence: number;
  readonly body: string;
};

/** All notifications of the account, from the first. */
export const toldBy = async (client: Client): Promise<readonly Told[]> => {
  const all: Told[] = [];
  for (let after = '0'; ; ) {
    const reply = await client.api('GET', `/events?after=${after}&limit=500`);
    const page = JSON.parse(reply.text) as { readonly events: readonly Told[]; readonly next: string };
    all.push(...page.events);
    if (page.next === after) return all;
    after = page.next;
  }
};

/** Written apart from the product, from the reference's words. */
const signatureOf = (secret: string, body: string): string => {
  const hex = createHmac('sha256', Buffer.from(secret, 'utf8')).update(body, 'utf8').digest('hex').toUpperCase();
  return `sha256=${(hex.match(/../g) ?? []).join('-')}`;
};

/**
 * What is wrong with what arrived: an event that was never confirmed, one out of order within its intent (by its first
 * confirmed arrival), other bytes than before, a wrong signature, or something that nobody told.
 */
export const faultsOf = (told: readonly Told[], arrivals: readonly Arrival[], secret: string): readonly string[] => {
  const faults: string[] = [];
  const byId = new Map(told.map((one) => [one.id, one]));
  const firstConfirmed = new Map<string, number>();
  arrivals.forEach(({ headers, body, confirmed }, index) => {
    const id = headers['webhook-id'] ?? '';
    const known = byId.get(id);
    if (known === undefined) return void faults.push(`${id} was told by nobody`);
    if (body !== known.body) faults.push(`${id} arrived with other bytes`);
    if (headers['dojo-signature'] !== signatureOf(secret, body)) faults.push(`${id} has a wrong signature`);
    if (confirmed && !firstConfirmed.has(id)) firstConfirmed.set(id, index);
  });
  const lastOfIntent = new Map<string, { readonly sequence: number; readonly index: number }>();
  for (const { id, intentId, sequence, event } of told) {
    const index = firstConfirmed.get(id);
    if (index === undefined) {
      faults.push(`${id} (${event}) never arrived`);
      continue;
    }
    const before = lastOfIntent.get(intentId);
    if (before !== undefined && before.index > index)
      faults.push(`${id} (${sequence}) arrived before ${before.sequence}`);
    lastOfIntent.set(intentId, { sequence, index });
  }
  return faults;
};
