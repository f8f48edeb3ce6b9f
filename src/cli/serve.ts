import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { publicSandboxKey } from '../config/public-sandbox-key.ts';
import { newestApiVersion } from '../domain/versions.ts';
import { type RunningServer, startServer } from '../main.ts';
import { fail, outliveOutput, print } from './output.ts';
import { addSettingFlags, settingsOf } from './settings-of.ts';

/** `strongroom serve`: the server as the settings say, until a signal ends it. */
export const addServeCommand = (program: Command): void => {
  addSettingFlags(program.command('serve'))
    .description('Run the server: a sandbox unless --mode production, all of it unless --role names a part.')
    .action(async (_options, command: Command) => {
      const config = settingsOf(command);
      outliveOutput();
      const server = await startServer(config);
      greet(config, server);
      stopOnSignal(server);
    });
};

const greet = (config: Config, { urls }: RunningServer): void => {
  const lines = { API: urls.api, PCI: urls.pci, Link: urls.link, Health: urls.health };
  for (const [name, url] of Object.entries(lines)) if (url !== undefined) print(`${name.padEnd(4)} ${url}`);
  if (config.mode === 'production') return;
  if (urls.api !== undefined) print(`Key  ${publicSandboxKey}`);
  print(`Data ${config.dataDir}`);
  if (urls.pci === undefined) return;
  print('\nTokenise a test card:\n');
  print(sampleCall(urls.pci));
  print('');
};

const sampleCall = (pciUrl: string): string => {
  const body = {
    reference: 'Booking 234',
    merchantInitiatedTransactionType: 'NoShow',
    terms: 'We charge the card when nobody comes.',
    cardDetails: { cardNumber: '5200 0000 0000 1005', cardName: 'A Guest', expiryDate: '12 / 29', cV2: '020' },
  };
  const headers = [
    `Authorization: Basic ${publicSandboxKey}`,
    `Version: ${newestApiVersion}`,
    'Content-Type: application/json',
  ];
  return `curl ${pciUrl}/setup-intents ${headers.map((header) => `-H '${header}'`).join(' ')} -d '${JSON.stringify(body)}'`;
};

/** The first signal finishes what is in flight; a second one is a person who does not want to wait. */
const stopOnSignal = (server: RunningServer): void => {
  let stopping = false;
  const exit = (code: number): void => {
    // A thread that waits for a disk or a resolver delays the exit: from here on a signal ends this process like any other.
    process.off('SIGTERM', stop).off('SIGINT', stop);
    process.exit(code);
  };
  const stop = (): void => {
    if (stopping) return exit(1);
    stopping = true;
    server.stop().then(
      () => exit(0),
      (error: unknown) =>
        fail(`The server did not stop cleanly: ${error instanceof Error ? error.message : 'unknown'}`),
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
};
