import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { askServer, type ServerAddress } from './call-server.ts';
import { fail, print } from './output.ts';
import { addServerFlags } from './server-flags.ts';

/** Moving a clock may set off some thousand things; whoever waits longer looks at the server. */
const callTimeoutMs = 120_000;

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 };

/** `90`, `90s`, `15m`, `36h`, `30d` → seconds, or undefined. */
export const parseDuration = (text: string): number | undefined => {
  const [, digits, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (secondsOf[unit] ?? 1);
};

/** `strongroom sandbox …`: the same calls as over HTTP, for a person or a script. */
export const addSandboxCommands = (program: Command): void => {
  const sandbox = program
    .command('sandbox')
    .description('Pull the strings of a running sandbox: its clock, its acquirer, its ledger.');
  addServerFlags(sandbox);

  sandbox
    .command('clock')
    .description('Print the account’s time, or move it on to a moment.')
    .option('--set <moment>', 'such as 2027-02-27T12:00:00Z; never back')
    .action(async (options: { set?: string }, command: Command) => {
      const body = options.set === undefined ? undefined : { now: options.set };
      printNow(await call(command, body === undefined ? 'GET' : 'PUT', '/sandbox/clock', body));
    });

  sandbox
    .command('advance')
    .argument('<duration>', 'in seconds, or as 15m, 36h, 30d')
    .description('Move the account’s time on; what falls due on the way has happened when this ends.')
    .action(async (duration: string, _options, command: Command) => {
      const seconds = parseDuration(duration);
      if (seconds === undefined) return fail('A duration is a whole number of seconds, or as 15m, 36h, 30d.');
      printNow(await call(command, 'POST', '/sandbox/clock/advance', { seconds }));
    });

  sandbox
    .command('rules')
    .description('Print the acquirer’s rules, or replace or clear them.')
    .option('--set <file>', 'a JSON file of {"seed", "rules"}; - for standard input')
    .option('--clear', 'take all rules back')
    .action(async (options: { set?: string; clear?: boolean }, command: Command) => {
      if (options.clear === true && options.set !== undefined) return fail('Give --set or --clear, not both.');
      const method = options.clear === true ? 'DELETE' : options.set === undefined ? 'GET' : 'PUT';
      const body = options.set === undefined ? undefined : readJson(options.set);
      print(JSON.stringify(await call(command, method, '/sandbox/acquirer', body), null, 2));
    });

  sandbox
    .command('ledger')
    .description('Print what the acquirer received and did, oldest first, one line each.')
    .action(async (_options, command: Command) => {
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page = (await call(command, 'GET', `/sandbox/acquirer/ledger?after=${after}`)) as LedgerPage;
        for (const entry of page.entries) print(ledgerLine(entry));
        after = page.next;
      }
    });

  sandbox
    .command('reset')
    .description('Empty the account, and set its clock back to real time.')
    .action(async (_options, command: Command) => {
      await call(command, 'POST', '/sandbox/reset');
      print('The account is empty.');
    });
};

type LedgerEntry = {
  readonly at: string;
  readonly operation: string;
  readonly outcome: string;
  readonly responseCode: string;
  readonly amount?: { readonly value: number; readonly currencyCode: string };
  readonly cardLast4?: string;
  readonly setupIntentId?: string;
  readonly paymentIntentId?: string;
};
type LedgerPage = { readonly entries: readonly LedgerEntry[]; readonly next?: number };

const ledgerLine = ({ amount, ...entry }: LedgerEntry): string =>
  [
    entry.at,
    entry.operation.padEnd(7),
    entry.outcome.padEnd(8),
    entry.responseCode,
    (amount === undefined ? '' : `${amount.value} ${amount.currencyCode}`).padEnd(12),
    (entry.cardLast4 ?? '').padEnd(4),
    entry.setupIntentId ?? entry.paymentIntentId ?? '',
  ].join('  ');

const printNow = (answer: unknown): void => print((answer as { readonly now: string }).now);

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    return fail(`${file} cannot be read as JSON: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};

/** The answer of the sandbox; ends the process with what is wrong when it is none or a refusal. */
const call = (command: Command, method: string, path: string, body?: unknown): Promise<unknown> => {
  const address = command.optsWithGlobals<ServerAddress>();
  return askServer(address, { method, path, timeoutMs: callTimeoutMs, ...(body === undefined ? {} : { body }) });
};
