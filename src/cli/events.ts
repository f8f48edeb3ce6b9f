import type { Command } from 'commander';
import { deliveryId } from '../domain/webhook/delivery.ts';
import { notificationPart } from '../domain/webhook/notification.ts';
import { askServer, callServer, isSuccess, refusalText, type ServerAddress } from './call-server.ts';
import type { EventsPage, ListedEvent } from './listen/follow-events.ts';
import { fail, print } from './output.ts';
import { addServerFlags } from './server-flags.ts';

type Subscription = { readonly id: string; readonly url: string; readonly events: readonly string[] };
type Redelivery = { readonly id: string; readonly status: string };

/** The largest that the server gives. */
const pageSize = 500;

/** `strongroom events …`: what an account's subscribers are told of. */
export const addEventCommands = (program: Command): void => {
  const events = program.command('events').description('Look at the account’s events, and deliver one again.');
  addServerFlags(events);

  events
    .command('list')
    .description('Print the newest events, oldest first, one line each.')
    .option('--limit <count>', 'how many', '20')
    .option('--events <names>', 'only these, joined by commas')
    .action(async (options: { limit: string; events?: string }, command: Command) => {
      if (!/^[1-9]\d{0,5}$/.test(options.limit)) return fail('--limit takes a whole number from 1 to 999999.');
      for (const event of await newestEvents(addressOf(command), Number(options.limit), options.events)) {
        print(eventLine(event));
      }
    });

  events
    .command('show')
    .argument('<event>', 'evt_…')
    .description('Print an event with its body as it is delivered.')
    .action(async (id: string, _options, command: Command) => {
      const { body, ...about } = await readEvent(addressOf(command), id);
      print(JSON.stringify({ ...about, body: JSON.parse(body) as unknown }, null, 2));
    });

  events
    .command('resend')
    .argument('<event>', 'evt_…')
    .option('--subscription <id>', 'only to this one; else to all that want such events')
    .description('Deliver an event to its subscriptions again.')
    .action(async (id: string, options: { subscription?: string }, command: Command) =>
      resend(addressOf(command), id, options.subscription),
    );
};

const addressOf = (command: Command): ServerAddress => command.optsWithGlobals<ServerAddress>();

const readEvent = (address: ServerAddress, id: string): Promise<ListedEvent> =>
  askServer(address, { method: 'GET', path: `/events/${encodeURIComponent(id)}` });

/** Of an account with a long past the whole stream is read, a page at a time, and no more of it kept than is shown. */
const newestEvents = async (
  address: ServerAddress,
  count: number,
  names: string | undefined,
): Promise<readonly ListedEvent[]> => {
  const filter = names === undefined ? '' : `&events=${encodeURIComponent(names)}`;
  let newest: readonly ListedEvent[] = [];
  for (let after = '0'; ; ) {
    const path = `/events?after=${after}&limit=${pageSize}${filter}`;
    const page = await askServer<EventsPage>(address, { method: 'GET', path });
    newest = [...newest, ...page.events].slice(-count);
    if (page.next === after) return newest;
    after = page.next;
  }
};

const eventLine = ({ createdAt, event, id, intentId, body }: ListedEvent): string =>
  [createdAt, event.padEnd(29), intentId, statusIn(body).padEnd(11), id].join('  ');

/** What the object had become. */
const statusIn = (body: string): string => {
  const { data } = JSON.parse(body) as { readonly data: Readonly<Record<string, string>> };
  return data['setupIntentStatus'] ?? data['paymentStatus'] ?? '';
};

const resend = async (address: ServerAddress, id: string, only: string | undefined): Promise<void> => {
  const event = await readEvent(address, id);
  const subscriptions = await askServer<readonly Subscription[]>(address, { method: 'GET', path: '/webhooks' });
  const chosen = subscriptions.filter((known) =>
    only === undefined ? known.events.includes(event.event) : known.id === only,
  );
  if (chosen.length === 0) {
    return fail(only === undefined ? `No subscription wants ${event.event}.` : `There is no subscription ${only}.`);
  }
  const delivery = deliveryId(Number(event.cursor), notificationPart(event.id));
  const refusals: string[] = [];
  for (const subscription of chosen) {
    const path = `/webhooks/${subscription.id}/deliveries/${delivery}/redeliver`;
    const { status, said } = await callServer(address, { method: 'POST', path });
    // One that may not be sent there yet is no reason to keep it from the others.
    if (isSuccess(status))
      print(`${delivery}  ${subscription.id}  ${subscription.url}  ${(said as Redelivery).status}`);
    else refusals.push(`${subscription.id}  ${status === null ? 'No answer came.' : refusalText(status, said)}`);
  }
  if (refusals.length > 0) fail(refusals.join('\n'));
};
