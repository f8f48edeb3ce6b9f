import { Command, CommanderError } from 'commander';
import { addAccountCommands } from './accounts.ts';
import { addCertsCommand } from './certs.ts';
import { addDemoCommand } from './demo.ts';
import { addKeyCommands } from './keys.ts';
import { addKeyringCommands } from './keyring.ts';
import { addEventCommands } from './events.ts';
import { addListenCommand } from './listen.ts';
import { addTriggerCommand } from './trigger.ts';
import { addSandboxCommands } from './sandbox.ts';
import { addMigrateCommand } from './migrate.ts';
import { addMoveCommand } from './move.ts';
import { StartRefused } from '../main.ts';
import { StoreUnavailable } from '../ports/store.ts';
import { fail, outliveReaders } from './output.ts';
import { addServeCommand } from './serve.ts';

/** The command line: parses, then calls the server or one use case. Exit codes: 0 done, 1 refused or failed, 2 misused. */
const program = new Command('strongroom')
  .description('A self-hosted card vault and payments server that speaks the Dojo API.')
  .showSuggestionAfterError()
  .exitOverride();

addServeCommand(program);
addDemoCommand(program);
addAccountCommands(program);
addKeyCommands(program);
addKeyringCommands(program);
addCertsCommand(program);
addMigrateCommand(program);
addMoveCommand(program);
addSandboxCommands(program);
addListenCommand(program);
addEventCommands(program);
addTriggerCommand(program);

outliveReaders();
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof StartRefused) fail(error.message);
  if (error instanceof StoreUnavailable) {
    const why = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    fail(`${error.message} Look at the disk and the database${why}.`);
  }
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
