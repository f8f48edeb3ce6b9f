import type { Command } from 'commander';
import { openAdministration } from '../main.ts';
import { print } from './output.ts';
import { addSettingFlags, databaseSettings, settingsOf } from './settings-of.ts';

export const addMigrateCommand = (program: Command): void => {
  addSettingFlags(program.command('migrate'), databaseSettings)
    .description('Bring the tables of the database up to date. A server does so at its start, too, where its role may.')
    .action(async (_options, command: Command) => {
      const administration = await openAdministration(settingsOf(command, databaseSettings));
      await administration[Symbol.asyncDispose]();
      print('The database is up to date.');
    });
};
