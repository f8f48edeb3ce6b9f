import type { Command } from 'commander';
import { openAdministration } from '../main.ts';
import { createAccount } from '../use-cases/create-account.ts';
import { fail, print, printOrFail } from './output.ts';
import { addSettingFlags, databaseSettings, settingsOf } from './settings-of.ts';

const refusals = {
  'account-name-invalid': 'An account needs a name of 1 to 100 printable characters, on one line.',
  'account-name-taken': 'There is an account of this name already; accounts list shows it.',
} as const;

export const addAccountCommands = (program: Command): void => {
  const accounts = program.command('accounts').description('Create and list accounts: the owners of intents and keys.');

  addSettingFlags(accounts.command('create').argument('<name>', 'what people call it'), databaseSettings)
    .description('Create an account and print its id.')
    .action(async (name: string, _options, command: Command) => {
      await using administration = await openAdministration(settingsOf(command, databaseSettings));
      const created = await createAccount(administration.context, { name });
      if (!created.ok) return fail(refusals[created.error]);
      await printOrFail(
        created.value.id,
        'The account is made; accounts list shows its id, which could not be printed.',
      );
    });

  addSettingFlags(accounts.command('list'), databaseSettings)
    .description('List the accounts, one per line: id, time of creation, name.')
    .action(async (_options, command: Command) => {
      await using administration = await openAdministration(settingsOf(command, databaseSettings));
      for (const { id, createdAt, name } of await administration.context.store.accounts()) {
        print(`${id}  ${new Date(createdAt).toISOString()}  ${name}`);
      }
    });
};
