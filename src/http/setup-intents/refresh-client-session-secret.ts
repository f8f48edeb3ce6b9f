import { changeById, changeLatest } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { renderPublicSetupIntent, renderSetupIntent } from './render.ts';
import { publicSetupIntentSchema, setupIntentId, setupIntentSchema } from './schemas.ts';

export const refreshSetupIntentSession: Operation = {
  method: 'POST',
  url: '/setup-intents/:setupIntentId/refresh-client-session-secret',
  audience: 'merchant',
  id: 'refreshSetupIntentSession',
  resource: 'Setup intents',
  summary: 'Replace the client session secret of a setup intent',
  description: 'The new secret lives 30 minutes; the old one is worthless at once.',
  params: setupIntentId,
  answer: setupIntentSchema,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    return changeById(call, id.value, renderSetupIntent(request.apiVersion), server.useCases.refreshSetupIntentSession);
  },
};

/** Of each intent, the last idempotency key is remembered: a repeat must not kill the secret that was just given out. */
export const refreshPublicSetupIntentSession: Operation = {
  method: 'POST',
  url: '/setup-intents/public/:setupIntentId/refresh-client-session-secret',
  audience: 'public',
  id: 'refreshPublicSetupIntentSession',
  resource: 'Setup intents',
  summary: 'Replace the client session secret of a setup intent, from a browser or phone',
  params: setupIntentId,
  answer: publicSetupIntentSchema,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const owner = await server.useCases.ownerOfSetupIntent(id.value);
    if (!owner.ok) return owner;
    const object = { account: owner.value, id: id.value };
    return changeLatest(
      call,
      object,
      renderPublicSetupIntent(request.apiVersion),
      server.useCases.refreshSetupIntentSession,
    );
  },
};
