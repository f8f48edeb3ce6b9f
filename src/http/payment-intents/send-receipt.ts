import { refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import { renderNothing } from '../answer.ts';
import { changeById } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { readReceiptOrder, sendReceiptSchema } from './receipt-request.ts';
import { paymentIntentId } from './schemas.ts';

export const sendReceipt: Operation = {
  method: 'POST',
  url: '/payment-intents/:paymentIntentId/receipt',
  audience: 'merchant',
  id: 'sendReceipt',
  resource: 'Payment intents',
  summary: 'Ask for a receipt to be sent',
  description:
    'Sends the notification payment_intent.send-receipt with the addresses, once, to those who subscribe to it. This server mails nothing itself. The payment intent must be Captured or Refunded.',
  params: paymentIntentId,
  body: sendReceiptSchema,
  answer: null,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const emails = readReceiptOrder(request.body);
    if (!emails.ok) return refuse(problem('request-invalid', { errors: emails.error }));
    return changeById(call, id.value, renderNothing, (input) =>
      server.useCases.sendReceipt({ ...input, emails: emails.value }),
    );
  },
};
