import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What one connection does with what it is given to hand on. */
export type Strand = { asked(chunk: Buffer): void; answered(chunk: Buffer): void };

/** A cable between a client and a server that a test can pull. */
export type Cable = {
  readonly port: number;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
};

/**
 * Opens a cable from a free port of the loopback to a port there. Both ends of a connection end together.
 * @param join says what becomes of each connection's bytes
 * @param isRefusing whether a connection is reset before it gets through
 */
export const openCable = async (
  targetPort: number,
  join: (client: Socket, target: Socket) => Strand,
  isRefusing: () => boolean = () => false,
): Promise<Cable> => {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (isRefusing()) return void client.resetAndDestroy();
    const target = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    const { asked, answered } = join(client, target);
    client.on('data', asked);
    target.on('data', answered);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
};
