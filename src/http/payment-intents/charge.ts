import { renderChargeReport } from '../../domain/charge-report.ts';
import { changeById } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { chargeResponseSchema, paymentIntentId } from './schemas.ts';

export const chargePaymentIntent: Operation = {
  method: 'POST',
  url: '/payment-intents/:paymentIntentId/charge',
  audience: 'merchant',
  id: 'chargePaymentIntent',
  resource: 'Payment intents',
  summary: 'Charge the card on file',
  description:
    'Charges the whole amount, once. Declined and Failed are answers, not errors; after Failed the charge is being undone, and a new one is refused until that is certain.',
  params: paymentIntentId,
  answer: chargeResponseSchema,
  problems: [404, 409],
  handle: async (call) => {
    const id = idInPath(call.request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    return changeById(call, id.value, renderChargeReport, call.server.useCases.chargePaymentIntent);
  },
};
