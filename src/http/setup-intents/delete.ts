import Type from 'typebox';
import { changeById } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { flagInQuery } from '../query.ts';
import { renderSetupIntent } from './render.ts';
import { setupIntentId, setupIntentSchema } from './schemas.ts';

export const deleteSetupIntent: Operation = {
  method: 'DELETE',
  url: '/setup-intents/:setupIntentId',
  audience: 'merchant',
  id: 'deleteSetupIntent',
  resource: 'Setup intents',
  summary: 'Delete a setup intent',
  description:
    'A Created one becomes Canceled; with includeAuthorized an Authorized one becomes Closed and its card is forgotten.',
  params: setupIntentId,
  query: Type.Object({
    includeAuthorized: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether to delete one that is Authorized too.' }),
    ),
  }),
  answer: setupIntentSchema,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const flag = flagInQuery(request, 'includeAuthorized');
    if (!flag.ok) return flag;
    return changeById(call, id.value, renderSetupIntent(request.apiVersion), (input) =>
      server.useCases.deleteSetupIntent({ ...input, includeAuthorized: flag.value }),
    );
  },
};
