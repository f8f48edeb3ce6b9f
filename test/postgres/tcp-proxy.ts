import { type Cable, openCable } from '../link/cable.ts';

/** A cable to a database, whose words can be read. */
export type TcpProxy = Cable & {
  /** Delivers what the client sends up to and including this text, and nothing that the server answers from then on. */
  cutBehind(text: string): void;
  /** From now on, hands on this text of a client as another one of the same length. */
  replace(text: string, by: string): void;
  /** Delivers nothing more in either direction, and ends nothing: what a cut cable looks like from both ends. */
  freeze(): void;
};

/** Opens a proxy on a free port of the loopback to a port there. */
export const openTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  let marker: string | undefined;
  let isFrozen = false;
  let replaced: { readonly text: string; readonly by: string } | undefined;
  const handedOn = (chunk: Buffer): Buffer =>
    replaced === undefined
      ? chunk
      : Buffer.from(chunk.toString('latin1').replaceAll(replaced.text, replaced.by), 'latin1');
  const cable = await openCable(targetPort, (client, target) => {
    let isCut = false;
    return {
      asked: (chunk) => {
        if (isFrozen) return;
        isCut ||= marker !== undefined && chunk.includes(marker);
        target.write(handedOn(chunk));
      },
      answered: (chunk) => {
        if (isFrozen) return;
        // The server has answered, so it has done what it was asked; now the client will not hear of it.
        if (isCut) client.destroy();
        else client.write(chunk);
      },
    };
  });
  return {
    ...cable,
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
  };
};
