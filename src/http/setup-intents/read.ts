import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { renderSetupIntent } from './render.ts';
import { setupIntentId, setupIntentSchema } from './schemas.ts';

export const readSetupIntent: Operation = {
  method: 'GET',
  url: '/setup-intents/:setupIntentId',
  audience: 'merchant',
  id: 'readSetupIntent',
  resource: 'Setup intents',
  summary: 'Read a setup intent',
  changes: false,
  params: setupIntentId,
  answer: setupIntentSchema,
  problems: [404],
  handle: async ({ server, request }) => {
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const view = await server.useCases.readSetupIntent({ account: callerOf(request), id: id.value });
    return view.ok ? ok(renderSetupIntent(request.apiVersion)(view.value)) : view;
  },
};

/** The guide's cURL sample for its last step reads with POST, and samples must run as they are printed. */
export const readSetupIntentByPost: Operation = {
  ...readSetupIntent,
  method: 'POST',
  id: 'readSetupIntentByPost',
  summary: 'Read a setup intent, as the cURL sample of the guide does',
};
