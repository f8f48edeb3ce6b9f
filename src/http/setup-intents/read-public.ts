import { ok } from '../../domain/result.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { renderPublicSetupIntent } from './render.ts';
import { publicSetupIntentSchema, setupIntentId } from './schemas.ts';

export const readPublicSetupIntent: Operation = {
  method: 'GET',
  url: '/setup-intents/public/:setupIntentId',
  audience: 'public',
  id: 'readPublicSetupIntent',
  resource: 'Setup intents',
  summary: 'Read a setup intent from a browser or phone',
  description:
    'Knowing the id is enough: the answer holds the client session secret that the checkout pays with. It leaves out setupEvents.',
  changes: false,
  params: setupIntentId,
  answer: publicSetupIntentSchema,
  problems: [404],
  handle: async ({ server, request }) => {
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const view = await server.useCases.readPublicSetupIntent({ id: id.value });
    return view.ok ? ok(renderPublicSetupIntent(request.apiVersion)(view.value)) : view;
  },
};
