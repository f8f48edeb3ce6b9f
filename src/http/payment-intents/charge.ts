import { renderChargeReport } from '../../domain/charge-report.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { chargeResponseSchema, paymentIntentId } from './schemas.ts';

const url = '/payment-intents/:paymentIntentId/charge';

export const chargePaymentIntent: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'chargePaymentIntent',
    resource: 'Payment intents',
    summary: 'Charge the card on file',
    description:
      'Charges the whole amount, once. Declined and Failed are answers, not errors; after Failed the charge is being undone, and a new one is refused until that is certain.',
    audience: 'merchant',
    params: paymentIntentId,
    answer: chargeResponseSchema,
    problems: [404, 409],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const account = callerOf(request);
    const once = { operation: `POST ${url}`, content: request.body, render: renderChargeReport };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.chargePaymentIntent({ account, id: id.value, remember }),
    );
  },
};
