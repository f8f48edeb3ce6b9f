import Type from 'typebox';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { flagInQuery, idInPath } from '../path-id.ts';
import { renderSetupIntent } from './render.ts';
import { setupIntentId, setupIntentSchema } from './schemas.ts';

const url = '/setup-intents/:setupIntentId';

export const deleteSetupIntent: Operation = {
  method: 'DELETE',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'deleteSetupIntent',
    resource: 'Setup intents',
    summary: 'Delete a setup intent',
    description:
      'A Created one becomes Canceled; with includeAuthorized an Authorized one becomes Closed and its card is forgotten.',
    audience: 'merchant',
    params: setupIntentId,
    query: Type.Object({ includeAuthorized: Type.Optional(Type.Boolean({ default: false })) }),
    answer: setupIntentSchema,
    problems: [404, 409],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'setupIntentId', 'si');
    if (!id.ok) return id;
    const includeAuthorized = flagInQuery(request, 'includeAuthorized');
    if (!includeAuthorized.ok) return includeAuthorized;
    const once = {
      operation: `DELETE ${url}`,
      content: request.body,
      render: renderSetupIntent(request.apiVersion),
    };
    const input = { account: callerOf(request), id: id.value, includeAuthorized: includeAuthorized.value };
    return deliverOnce(server, request, once, (remember) => server.useCases.deleteSetupIntent({ ...input, remember }));
  },
};
