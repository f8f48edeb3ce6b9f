import { refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import { callerOf } from '../call.ts';
import { deliverLatest, deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { renderPublicSetupIntent, renderSetupIntent } from './render.ts';
import { publicSetupIntentSchema, setupIntentId, setupIntentSchema } from './schemas.ts';

const url = '/setup-intents/:setupIntentId/refresh-client-session-secret';
const publicUrl = '/setup-intents/public/:setupIntentId/refresh-client-session-secret';

export const refreshSetupIntentSession: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'refreshSetupIntentSession',
    resource: 'Setup intents',
    summary: 'Replace the client session secret of a setup intent',
    description: 'The new secret lives 30 minutes; the old one is worthless at once.',
    audience: 'merchant',
    params: setupIntentId,
    answer: setupIntentSchema,
    problems: [404, 409],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const account = callerOf(request);
    const once = { operation: `POST ${url}`, content: request.body, render: renderSetupIntent(request.apiVersion) };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.refreshSetupIntentSession({ account, id: id.value, remember }),
    );
  },
};

/** Of each intent, the last idempotency key is remembered: a repeat must not kill the secret that was just given out. */
export const refreshPublicSetupIntentSession: Operation = {
  method: 'POST',
  url: publicUrl,
  audience: 'public',
  schema: describeOperation({
    id: 'refreshPublicSetupIntentSession',
    resource: 'Setup intents',
    summary: 'Replace the client session secret of a setup intent, from a browser or phone',
    audience: 'public',
    params: setupIntentId,
    answer: publicSetupIntentSchema,
    problems: [404, 409],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const owner = await server.useCases.ownerOfSetupIntent(id.value);
    if (owner === undefined) return refuse(problem('setup-intent-not-found'));
    const render = renderPublicSetupIntent(request.apiVersion);
    const once = { operation: `POST ${publicUrl}`, content: request.body, render };
    return deliverLatest(server, request, once, { owner, id: id.value }, (remember) =>
      server.useCases.refreshSetupIntentSession({ account: owner, id: id.value, remember }),
    );
  },
};
