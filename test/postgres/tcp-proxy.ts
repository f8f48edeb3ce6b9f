import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A cable between a client and a server that a test can pull. */
export type TcpProxy = {
  readonly port: number;
  /** Delivers what the client sends up to and including this text, and nothing that the server answers from then on. */
  cutBehind(text: string): void;
  /** From now on, hands on this text of a client as another one of the same length. */
  replace(text: string, by: string): void;
  /** Delivers nothing more in either direction, and ends nothing: what a cut cable looks like from both ends. */
  freeze(): void;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  close(): Promise<void>;
};

/** Opens a proxy on a free port of the loopback to a port there. */
export const openTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let marker: string | undefined;
  let isFrozen = false;
  let replaced: { readonly text: string; readonly by: string } | undefined;
  const handedOn = (chunk: Buffer): Buffer =>
    replaced === undefined
      ? chunk
      : Buffer.from(chunk.toString('latin1').replaceAll(replaced.text, replaced.by), 'latin1');
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    let isCut = false;
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
    client.on('data', (chunk) => {
      if (isFrozen) return;
      isCut ||= marker !== undefined && chunk.includes(marker);
      target.write(handedOn(chunk));
    });
    target.on('data', (chunk) => {
      if (isFrozen) return;
      // The server has answered, so it has done what it was asked; now the client will not hear of it.
      if (isCut) client.destroy();
      else client.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cutBehind: (text) => {
      marker = text;
    },
    replace: (text, by) => {
      if (text.length !== by.length) throw new Error('A message says how long it is.');
      replaced = { text, by };
    },
    freeze: () => {
      isFrozen = true;
    },
    cut,
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
};
