import { openCable } from './cable.ts';

/**
 * What happens to the cable between two parts. It carries TLS, so a fault goes by direction and bytes, not by words.
 * - `refuse`: every connection is ended, new ones as well: nothing gets through.
 * - `swallow-answer`: what is asked arrives; at the first byte that comes back, the connection is ended.
 * - `half-answer`: half of what comes back first is delivered, and then the connection is ended.
 * - `freeze`: nothing is delivered any more, and nothing ended: a cut cable, seen from both ends.
 */
export type LinkFault = 'none' | 'refuse' | 'swallow-answer' | 'half-answer' | 'freeze';

export type LinkProxy = {
  readonly port: number;
  /** From now on, connections that are open included. A frozen connection stays so. */
  setFault(fault: LinkFault): void;
  close(): Promise<void>;
};

/** Opens a proxy on a free port of the loopback to a port there. */
export const openLinkProxy = async (targetPort: number): Promise<LinkProxy> => {
  let fault: LinkFault = 'none';
  const { port, cut, close } = await openCable(
    targetPort,
    (client, target) => {
      let isFrozen = false;
      return {
        asked: (chunk) => {
          isFrozen ||= fault === 'freeze';
          if (!isFrozen) target.write(chunk);
        },
        answered: (chunk) => {
          isFrozen ||= fault === 'freeze';
          if (isFrozen) return;
          if (fault === 'swallow-answer') return void client.destroy();
          if (fault === 'half-answer') return void client.end(chunk.subarray(0, Math.ceil(chunk.length / 2)));
          client.write(chunk);
        },
      };
    },
    () => fault === 'refuse',
  );
  return {
    port,
    setFault: (next) => {
      fault = next;
      if (fault === 'refuse') cut();
    },
    close,
  };
};
