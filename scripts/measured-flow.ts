import type { Change, Store } from '../src/ports/store.ts';
import {
  append,
  insertAccount,
  insertAttempt,
  insertPayment,
  insertSetup,
  sampleAttempt,
  samplePaymentIntent,
  sampleSetupIntent,
} from '../test/contracts/store/sample-objects.ts';

export type MeasuredFlows = {
  readonly flowsPerSecond: number;
  readonly commitsPerSecond: number;
  readonly commitMsP50: number;
  readonly commitMsP99: number;
  readonly commitMsMax: number;
};

/** The intents of the flow with this number. */
export const flowToken = (n: number): string => String(n).padStart(22, '0');

/** What the four calls of the guide write and read: 4 commits of 3, 2, 3 and 5 statements, and 5 reads. */
const flow = async (store: Store, commit: (...changes: Change[]) => Promise<void>, token: string): Promise<void> => {
  const si = { id: `si_sandbox_${token}` };
  const pi = { id: `pi_sandbox_${token}`, setupIntentId: si.id, payment: null };
  const attempt = { id: `att_${token}`, paymentIntentId: pi.id, setupIntentId: si.id };
  const live = { version: 2, liveAttemptId: attempt.id };
  await commit(insertSetup(si), append({ sequence: 1 }, si.id), append({ sequence: 2 }, si.id));
  await store.setupIntent(si.id);
  await commit(insertPayment(pi), append({ sequence: 1 }, pi.id));
  await store.paymentIntent(pi.id);
  await store.setupIntent(si.id);
  await commit(
    insertAttempt(attempt),
    { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ ...si, ...live }) },
    { kind: 'save-payment-intent', paymentIntent: samplePaymentIntent({ ...pi, ...live }) },
  );
  await commit(
    { kind: 'save-charge-attempt', chargeAttempt: sampleAttempt({ ...attempt, version: 2, state: 'approved' }) },
    { kind: 'save-setup-intent', setupIntent: sampleSetupIntent({ ...si, version: 3, status: 'Completed' }) },
    { kind: 'save-payment-intent', paymentIntent: samplePaymentIntent({ ...pi, version: 3, status: 'Captured' }) },
    append({ sequence: 3 }, si.id),
    append({ sequence: 2 }, pi.id),
  );
  await store.setupIntent(si.id);
  await store.intentEvents(si.id);
};

/**
 * Runs that many flows, that many at a time, against an empty store, and times them.
 * @param first number of the first flow, so that several processes can share a store
 * @param afterEach called with the number of flows that were begun
 */
export const measureFlows = async (
  store: Store,
  {
    flows,
    inFlight,
    first = 0,
    afterEach = () => undefined,
  }: { flows: number; inFlight: number; first?: number; afterEach?: (begun: number) => void },
): Promise<MeasuredFlows> => {
  // Another process that shares the store may have made it.
  await store.commit([insertAccount()]);
  const commitMs: number[] = [];
  const commit = async (...changes: Change[]): Promise<void> => {
    const begun = performance.now();
    const result = await store.commit(changes);
    commitMs.push(performance.now() - begun);
    if (!result.ok) throw new Error(result.error);
  };
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < flows) {
      next += 1;
      const begun = next;
      await flow(store, commit, flowToken(first + begun));
      afterEach(begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, run));
  const seconds = (performance.now() - begun) / 1000;
  commitMs.sort((a, b) => a - b);
  const percentile = (share: number): number => commitMs[Math.floor((commitMs.length - 1) * share)] ?? 0;
  return {
    flowsPerSecond: flows / seconds,
    commitsPerSecond: (4 * flows) / seconds,
    commitMsP50: percentile(0.5),
    commitMsP99: percentile(0.99),
    commitMsMax: percentile(1),
  };
};
