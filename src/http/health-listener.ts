import type { FastifyInstance } from 'fastify';
import { buildListener, type ListenerTls } from './listener.ts';
import type { ListenerBasis } from './server.ts';

/** The listener of a process that does its work unasked: it answers probes of health and nothing else. Ready to listen. */
export const buildHealthListener = (server: ListenerBasis, tls: ListenerTls | null): Promise<FastifyInstance> =>
  buildListener(
    server,
    { name: 'health', about: null, keepBodyText: false, saysMethodNotAllowed: false, tls },
    () => undefined,
  );
