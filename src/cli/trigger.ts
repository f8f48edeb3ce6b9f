import { Argument, type Command } from 'commander';
import { systemClock } from '../platform/system-clock.ts';
import { print } from './output.ts';
import { addServerFlags } from './server-flags.ts';
import { type FlowAddress, openFlow } from './trigger/flow.ts';
import { type Given, scenarios } from './trigger/scenarios.ts';

type TriggerOptions = FlowAddress & Partial<Pick<Given, 'setupIntent' | 'paymentIntent' | 'moveClock'>>;

const width = Math.max(...Object.keys(scenarios).map((name) => name.length));
const table = Object.entries(scenarios).map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`);

/** `strongroom trigger`: makes an event happen, by the calls and the waiting that make it happen in earnest. */
export const addTriggerCommand = (program: Command): void => {
  const command = program
    .command('trigger')
    .description('Drive an object of a sandbox, yours or a fresh one, to a state, and print the events of that.')
    .addArgument(new Argument('<state>', 'one of those below').choices(Object.keys(scenarios)))
    .option('--setup-intent <id>', 'this one, not a fresh one')
    .option('--payment-intent <id>', 'this one, not a fresh one')
    .option('--move-clock', 'where an object of yours has to lapse: let the account’s time pass')
    .option('--pci-url <url>', 'where the PCI listener is', 'http://127.0.0.1:8401')
    .addHelpText('after', ['', 'States:', ...table].join('\n'));
  addServerFlags(command).action(async (state: string, { moveClock = false, ...options }: TriggerOptions) => {
    const flow = openFlow(options, systemClock.now);
    const cursor = await flow.newestCursor();
    const ids = (await scenarios[state]?.run(flow, { ...options, moveClock })) ?? [];
    for (const id of ids) print(id);
    for (const { event, id, intentId } of await flow.eventsAfter(cursor)) {
      if (ids.includes(intentId)) print(`  ${event.padEnd(width)}  ${intentId}  ${id}`);
    }
  });
};
