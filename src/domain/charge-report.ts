/** What a caller of charge is told; the fields and words are the API's own (`ChargeResponse`), in every version. */
export type ChargeReport = {
  readonly paymentIntentId: string;
  readonly status: 'Successful' | 'Declined' | 'Failed' | 'Created';
  readonly message: string;
};

/** The bytes of the answer, made in one place: the caller, a replayed idempotency key and the settling worker give the same. */
export const renderChargeReport = (report: ChargeReport): { readonly status: number; readonly body: string } => ({
  status: 200,
  body: JSON.stringify({ paymentIntentId: report.paymentIntentId, status: report.status, message: report.message }),
});

/** The report in an answer that was remembered. Takes only what `renderChargeReport` wrote. */
export const chargeReportIn = (body: string): ChargeReport => JSON.parse(body) as ChargeReport;
