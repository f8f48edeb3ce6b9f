import type { FastifyInstance } from 'fastify';
import { buildListener, type ListenerOptions } from './listener.ts';
import type { ListenerBasis, Server } from './server.ts';
import { type ForwardingServer, forwardingDoorTo } from './setup-intents/forwarding-door.ts';
import { doorTo, type SetupIntentDoor } from './setup-intents/setup-intent-door.ts';

export type { SetupIntentDoor } from './setup-intents/setup-intent-door.ts';

/**
 * The listener that takes card numbers, in one call. Ready to listen.
 * @param addIntake the vault's own route: only it sees the card
 */
export const buildPciListener = (
  server: Server,
  tls: ListenerOptions['tls'],
  addIntake: AddIntake,
): Promise<FastifyInstance> => buildWithIntake(server, doorTo(server), tls, addIntake);

/** The same listener in a process that is the vault alone. Ready to listen. */
export const buildForwardingPciListener = (
  server: ForwardingServer,
  tls: ListenerOptions['tls'],
  addIntake: AddIntake,
): Promise<FastifyInstance> => buildWithIntake(server, forwardingDoorTo(server), tls, addIntake);

type AddIntake = (listener: FastifyInstance, door: SetupIntentDoor) => void;

const buildWithIntake = (
  server: ListenerBasis,
  door: SetupIntentDoor,
  tls: ListenerOptions['tls'],
  addIntake: AddIntake,
): Promise<FastifyInstance> =>
  buildListener(
    server,
    {
      name: 'pci',
      about: {
        title: 'Strongroom PCI listener',
        description: 'Takes card numbers in one call; everything after it goes to the API listener.',
      },
      keepBodyText: false,
      saysMethodNotAllowed: false,
      tls,
    },
    (listener) => addIntake(listener, door),
  );
