import type { FastifyInstance } from 'fastify';
import { buildListener, type ListenerOptions } from './listener.ts';
import { addOperation, type Operation } from './operation.ts';
import { chargePaymentIntent } from './payment-intents/charge.ts';
import { createPaymentIntent } from './payment-intents/create.ts';
import { deletePaymentIntent } from './payment-intents/delete.ts';
import { readPaymentIntent } from './payment-intents/read.ts';
import { readPublicPaymentIntent } from './payment-intents/read-public.ts';
import { readRefund, refundPaymentIntent } from './payment-intents/refund.ts';
import {
  refreshPaymentIntentSession,
  refreshPublicPaymentIntentSession,
} from './payment-intents/refresh-client-session-secret.ts';
import { sendReceipt } from './payment-intents/send-receipt.ts';
import { sandboxOperations } from './sandbox/sandbox-operations.ts';
import type { Server } from './server.ts';
import { createSetupIntent } from './setup-intents/create.ts';
import { deleteSetupIntent } from './setup-intents/delete.ts';
import { readSetupIntent, readSetupIntentByPost } from './setup-intents/read.ts';
import { readPublicSetupIntent } from './setup-intents/read-public.ts';
import {
  refreshPublicSetupIntentSession,
  refreshSetupIntentSession,
} from './setup-intents/refresh-client-session-secret.ts';

import { webhookOperations } from './webhooks/webhook-operations.ts';

/** Every call of the API listener, in the order of the documentation. */
export const apiOperations: readonly Operation[] = [
  createSetupIntent,
  readSetupIntent,
  readSetupIntentByPost,
  deleteSetupIntent,
  refreshSetupIntentSession,
  readPublicSetupIntent,
  refreshPublicSetupIntentSession,
  createPaymentIntent,
  readPaymentIntent,
  deletePaymentIntent,
  chargePaymentIntent,
  refundPaymentIntent,
  readRefund,
  sendReceipt,
  refreshPaymentIntentSession,
  readPublicPaymentIntent,
  refreshPublicPaymentIntentSession,
  ...webhookOperations,
];

/** The listener that everything goes to except card numbers. Ready to listen. */
export const buildApiListener = (server: Server, tls: ListenerOptions['tls']): Promise<FastifyInstance> =>
  buildListener(
    server,
    {
      name: 'api',
      about: {
        title: 'Strongroom API',
        description: 'Setup intents and payment intents. No card number is taken here.',
      },
      keepBodyText: true,
      saysMethodNotAllowed: true,
      tls,
    },
    (listener) => {
      for (const operation of apiOperations) addOperation(listener, server, operation);
      for (const operation of server.sandbox === null ? [] : sandboxOperations(server.sandbox)) {
        addOperation(listener, server, operation);
      }
    },
  );
