/** Why a delivery is not to be believed. Answer it with 400: a sender that is not ours learns nothing from that. */
export class WebhookVerificationError extends Error {
  override readonly name: string = 'WebhookVerificationError';
}

/** The delivery carries no signature, or one without the id and time that it is made over. */
export class SignatureMissingError extends WebhookVerificationError {
  override readonly name = 'SignatureMissingError';
}

/** No secret made the signature: another sender, another secret, or a body that was changed on its way or parsed and written anew. */
export class SignatureMismatchError extends WebhookVerificationError {
  override readonly name = 'SignatureMismatchError';
}

/** The signature is right and too old, or from the future: a captured delivery that is played again, or a clock that is wrong. */
export class TimestampOutsideToleranceError extends WebhookVerificationError {
  override readonly name = 'TimestampOutsideToleranceError';
  /** How far the delivery's time lies behind this machine's; negative where it lies ahead. */
  readonly ageSeconds: number;

  constructor(message: string, ageSeconds: number) {
    super(message);
    this.ageSeconds = ageSeconds;
  }
}

/** The signature is right and the body is no notification. */
export class EventUnreadableError extends WebhookVerificationError {
  override readonly name = 'EventUnreadableError';
}
