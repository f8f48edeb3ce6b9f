/** Of the subscription; two while they are rotated, joined by a comma. */
export const secrets = (process.env['STRONGROOM_WEBHOOK_SECRET'] ?? '').split(',').filter((secret) => secret !== '');
export const port = Number(process.env['PORT'] ?? '3000');
/** A notification has some 300 bytes. */
export const bodyBytesMax = 64 * 1024;

if (secrets.length === 0) throw new Error('Set STRONGROOM_WEBHOOK_SECRET to the secret of the subscription.');
