import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { createKeyring } from '../../vault/index.ts';
import { orRefuse } from '../main.ts';
import { systemClock } from '../platform/system-clock.ts';
import { fail, print } from './output.ts';
import { addSettingFlags, settingsOf } from './settings-of.ts';

const keyringSettings = ['mode', 'role', 'dataDir', 'keyringFile'] as const;

export const addKeyringCommands = (program: Command): void => {
  const keyring = program.command('keyring').description('The keys that all kept cards are sealed under.');

  addSettingFlags(keyring.command('create'), keyringSettings)
    .description('Make a keyring file. Never replaces one: without it, kept cards cannot be read.')
    .action((_options, command: Command) => {
      const { keyringFile, role } = settingsOf(command, keyringSettings);
      if (keyringFile === null) return fail(`The role ${role} holds no keys. Make the keyring where the vault runs.`);
      orRefuse('The folder of the keyring cannot be made', () =>
        mkdirSync(dirname(keyringFile), { recursive: true, mode: 0o700 }),
      );
      const created = createKeyring(keyringFile, systemClock.now());
      if (!created.ok) return fail(created.error.message);
      print(`Made ${keyringFile}. Back it up apart from the database: with it lost, every kept card is lost.`);
    });
};
