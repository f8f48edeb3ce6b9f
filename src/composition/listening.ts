import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.ts';
import type { ListenerTls } from '../http/listener.ts';
import { systemTimers } from '../platform/system-timers.ts';
import { StartRefused } from './start-refused.ts';

/** The certificate of the public listeners, if they have one. Throws `StartRefused`. */
export const readTls = ({ tls: files }: Config): ListenerTls | null => {
  if (files === null) return null;
  try {
    const tls = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    // Whether both are PEM and belong together, before anything listens; of keys of two kinds, OpenSSL keeps both.
    createSecureContext(tls);
    if (!new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key)))
      throw new Error('they do not belong together');
    return tls;
  } catch (error) {
    throw new StartRefused(
      `The TLS certificate or its key cannot be used: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
};

/** @returns the listener's address, the chosen port in it. Throws `StartRefused`. */
export const listen = async (
  listener: FastifyInstance,
  { host, port, isTls }: { readonly host: string; readonly port: number; readonly isTls: boolean },
): Promise<string> => {
  try {
    await listener.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new StartRefused(`Cannot listen on ${host}:${port} (${code}). Choose another port, or 0 for any free one.`);
  }
  const { address, port: chosen, family } = listener.server.address() as AddressInfo;
  return `${isTls ? 'https' : 'http'}://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`;
};

/** Requests that outlast the grace are cut off: their attempts are durable, and settled at the next start. */
export const closeWithin = async (graceMs: number, listeners: readonly FastifyInstance[]): Promise<void> => {
  const cutOff = systemTimers.after(graceMs, () => {
    for (const listener of listeners) listener.server.closeAllConnections();
  });
  await Promise.all(listeners.map((listener) => listener.close()));
  cutOff();
};
