import type { IntentEvent } from '../domain/intent-event.ts';
import type { SetupIntent } from '../domain/setup-intent/setup-intent.ts';
import type { UseCaseContext } from './context.ts';

/** A setup intent with all that happened to it, oldest first: what its owner is shown. */
export type SetupIntentView = { readonly setupIntent: SetupIntent; readonly events: readonly IntentEvent[] };

export const viewSetupIntent = async (context: UseCaseContext, setupIntent: SetupIntent): Promise<SetupIntentView> => ({
  setupIntent,
  events: await context.store.intentEvents(setupIntent.id),
});
