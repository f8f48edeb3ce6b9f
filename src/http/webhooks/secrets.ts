import { ok } from '../../domain/result.ts';
import { renderNothing } from '../answer.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { renderSecrets } from './render.ts';
import { changeSubscription, pathPart } from './request.ts';
import { secretIds, secretsSchema, subscriptionId } from './schemas.ts';

const url = '/webhooks/:subscriptionId/secrets';
const oneUrl = `${url}/:secretId`;
const described = { resource: 'Webhooks', audience: 'merchant' } as const;

export const readSecrets: Operation = {
  ...described,
  method: 'GET',
  url,
  id: 'readSecrets',
  summary: 'List the secrets of a subscription',
  params: subscriptionId,
  answer: secretsSchema,
  changes: false,
  problems: [404],
  handle: async ({ server, request }) => {
    const input = { account: callerOf(request), id: pathPart(request, 'subscriptionId') };
    const subscription = await server.useCases.readSubscription(input);
    return subscription.ok ? ok(renderSecrets(subscription.value)) : subscription;
  },
};

export const generateSecret: Operation = {
  ...described,
  method: 'POST',
  url,
  id: 'generateSecret',
  summary: 'Add a secret to a subscription',
  description: 'It signs nothing until it is activated, so that receivers can learn it first.',
  params: subscriptionId,
  answer: secretsSchema,
  problems: [404, 409],
  handle: (call) => changeSubscription(call, renderSecrets, call.server.useCases.generateSecret),
};

export const activateSecret: Operation = {
  ...described,
  method: 'PUT',
  url: `${oneUrl}/activate`,
  id: 'activateSecret',
  summary: 'Sign with this secret from now on',
  description: 'The one before signs beside it, in webhook-signature, for 24 hours or until it is deleted.',
  params: secretIds,
  answer: null,
  problems: [404, 409],
  handle: (call) =>
    changeSubscription(call, renderNothing, (input) =>
      call.server.useCases.activateSecret({ ...input, secretId: pathPart(call.request, 'secretId') }),
    ),
};

export const deleteSecret: Operation = {
  ...described,
  method: 'DELETE',
  url: oneUrl,
  id: 'deleteSecret',
  summary: 'Delete a secret',
  description: 'The active one cannot be deleted.',
  params: secretIds,
  answer: null,
  problems: [404, 409],
  handle: (call) =>
    changeSubscription(call, renderNothing, (input) =>
      call.server.useCases.deleteSecret({ ...input, secretId: pathPart(call.request, 'secretId') }),
    ),
};
