import { refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import type { Answer } from '../../use-cases/context.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { readReceiptOrder, sendReceiptSchema } from './receipt-request.ts';
import { paymentIntentId } from './schemas.ts';

const url = '/payment-intents/:paymentIntentId/receipt';
const renderNothing = (): Answer => ({ status: 204, body: '' });

export const sendReceipt: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'sendReceipt',
    resource: 'Payment intents',
    summary: 'Ask for a receipt to be sent',
    description:
      'Sends the notification payment_intent.send-receipt with the addresses, once, to those who subscribe to it. This server mails nothing itself. The payment intent must be Captured or Refunded.',
    audience: 'merchant',
    params: paymentIntentId,
    body: sendReceiptSchema,
    answer: null,
    problems: [404, 409, 413, 415],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const emails = readReceiptOrder(request.body);
    if (!emails.ok) return refuse(problem('request-invalid', { errors: emails.error }));
    const input = { account: callerOf(request), id: id.value, emails: emails.value };
    const once = { operation: `POST ${url}`, content: request.body, render: renderNothing };
    return deliverOnce(server, request, once, (remember) => server.useCases.sendReceipt({ ...input, remember }));
  },
};
