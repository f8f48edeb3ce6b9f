import type { Command } from 'commander';
import { type Config, loadConfig } from '../config/config.ts';
import { type SettingName, settingFlags } from '../config/settings.ts';
import { fail } from './output.ts';

/** Adds the flags of these settings to a command; they win over the variables. */
export const addSettingFlags = (command: Command, names?: readonly SettingName[]): Command => {
  for (const { name, flags, description } of settingFlags) {
    if (names === undefined || names.includes(name)) command.option(flags, description);
  }
  return command;
};

/** The settings that decide which database a command opens, and with which tables. */
export const databaseSettings = ['mode', 'dataDir', 'databaseUrl', 'role'] as const satisfies readonly SettingName[];

/** The configuration from flags and environment; ends the process with all that is wrong, one line each. */
export const settingsOf = (command: Command, only?: readonly SettingName[]): Config => {
  const flags: Record<string, string | undefined> = command.opts();
  const loaded = loadConfig({
    env: process.env,
    flags,
    isTty: process.stdout.isTTY === true,
    ...(only === undefined ? {} : { only }),
  });
  if (loaded.ok) return loaded.value;
  return fail(loaded.error.join('\n'));
};
