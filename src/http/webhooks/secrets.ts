import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { renderNothing, renderSecrets } from './render.ts';
import { pathPart } from './request.ts';
import { secretIds, secretsSchema, subscriptionId } from './schemas.ts';

const url = '/webhooks/:subscriptionId/secrets';
const oneUrl = `${url}/:secretId`;
const described = { resource: 'Webhooks', audience: 'merchant' } as const;

export const readSecrets: Operation = {
  method: 'GET',
  url,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'readSecrets',
    summary: 'List the secrets of a subscription',
    params: subscriptionId,
    answer: secretsSchema,
    changes: false,
    problems: [404],
  }),
  handle: async (server, request) => {
    const input = { account: callerOf(request), id: pathPart(request, 'subscriptionId') };
    const subscription = await server.useCases.readSubscription(input);
    return subscription.ok ? ok({ answer: renderSecrets(subscription.value), replayed: false }) : subscription;
  },
};

export const generateSecret: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'generateSecret',
    summary: 'Add a secret to a subscription',
    description: 'It signs nothing until it is activated, so that receivers can learn it first.',
    params: subscriptionId,
    answer: secretsSchema,
    problems: [404, 409],
  }),
  handle: (server, request) =>
    deliverOnce(
      server,
      request,
      { operation: `POST ${url}`, content: request.body, render: renderSecrets },
      (remember) =>
        server.useCases.generateSecret({
          account: callerOf(request),
          id: pathPart(request, 'subscriptionId'),
          remember,
        }),
    ),
};

export const activateSecret: Operation = {
  method: 'PUT',
  url: `${oneUrl}/activate`,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'activateSecret',
    summary: 'Sign with this secret from now on',
    description: 'The one before signs beside it, in webhook-signature, for 24 hours or until it is deleted.',
    params: secretIds,
    answer: null,
    problems: [404, 409],
  }),
  handle: (server, request) => {
    const once = { operation: `PUT ${oneUrl}/activate`, content: request.body, render: renderNothing };
    const ids = { id: pathPart(request, 'subscriptionId'), secretId: pathPart(request, 'secretId') };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.activateSecret({ account: callerOf(request), ...ids, remember }),
    );
  },
};

export const deleteSecret: Operation = {
  method: 'DELETE',
  url: oneUrl,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'deleteSecret',
    summary: 'Delete a secret',
    description: 'The active one cannot be deleted.',
    params: secretIds,
    answer: null,
    problems: [404, 409],
  }),
  handle: (server, request) => {
    const once = { operation: `DELETE ${oneUrl}`, content: request.body, render: renderNothing };
    const ids = { id: pathPart(request, 'subscriptionId'), secretId: pathPart(request, 'secretId') };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.deleteSecret({ account: callerOf(request), ...ids, remember }),
    );
  },
};
