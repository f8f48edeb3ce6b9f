import type { Command } from 'commander';
import { migrateDatabase } from '../main.ts';
import { print } from './output.ts';
import { addSettingFlags, databaseSettings, settingsOf } from './settings-of.ts';

export const addMigrateCommand = (program: Command): void => {
  addSettingFlags(program.command('migrate'), databaseSettings)
    .description(
      'Bring the tables of the database up to date: the vault’s, the others’, or all, by the role. A server does so at its start, too, where its database role may.',
    )
    .action(async (_options, command: Command) => {
      await migrateDatabase(settingsOf(command, databaseSettings));
      print('The database is up to date.');
    });
};
