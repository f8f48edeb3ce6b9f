import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { renderPublicSetupIntent, renderSetupIntent } from './render.ts';
import { publicSetupIntentSchema, setupIntentId, setupIntentSchema } from './schemas.ts';

const url = '/setup-intents/:setupIntentId/refresh-client-session-secret';

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

/** Takes no idempotency key: without an account there is nobody to keep one for, and refreshing twice harms nobody. */
export const refreshPublicSetupIntentSession: Operation = {
  method: 'POST',
  url: '/setup-intents/public/:setupIntentId/refresh-client-session-secret',
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
    const view = await server.useCases.refreshSetupIntentSession({ account: null, id: id.value, remember: null });
    return view.ok ? ok({ answer: renderPublicSetupIntent(request.apiVersion)(view.value), replayed: false }) : view;
  },
};
