// The HEALTHCHECK of the image, which has neither a shell nor curl: ends with 0 when this process is ready.
import { request as plain } from 'node:http';
import { request as encrypted } from 'node:https';

const { env } = process;
const port =
  env['STRONGROOM_ROLE'] === 'vault' ? (env['STRONGROOM_PCI_PORT'] ?? '8401') : (env['STRONGROOM_API_PORT'] ?? '8400');
const isEncrypted = env['STRONGROOM_TLS_CERT_FILE'] !== undefined;

// The certificate names the public address, and this call goes to the loopback of its own container: nobody is between.
const options = { host: '127.0.0.1', port, path: '/health/ready', timeout: 4000, rejectUnauthorized: false };
const call = (isEncrypted ? encrypted : plain)(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1));
call.on('timeout', () => process.exit(1));
call.on('error', () => process.exit(1));
call.end();
