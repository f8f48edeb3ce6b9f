import type { Command } from 'commander';
import { openAdministration } from '../main.ts';
import { createApiKey } from '../use-cases/create-api-key.ts';
import { revokeApiKey } from '../use-cases/revoke-api-key.ts';
import { fail, print, printOrFail } from './output.ts';
import { addSettingFlags, databaseSettings, settingsOf } from './settings-of.ts';

const noAccount = 'There is no account with this id; accounts list shows them.';

export const addKeyCommands = (program: Command): void => {
  const keys = program.command('keys').description('Create, list and revoke the secret keys of an account.');

  addSettingFlags(keys.command('create').argument('<account-id>', 'acc_…'), databaseSettings)
    .description('Create a secret key and print it, once: only its hash is kept.')
    .action(async (accountId: string, _options, command: Command) => {
      await using administration = await openAdministration(settingsOf(command, databaseSettings));
      const created = await createApiKey(administration.context, { accountId });
      if (!created.ok) return fail(noAccount);
      const { secretKey, apiKey } = created.value;
      const ifLost = `The key ${apiKey.id} is made but could not be printed, and is not shown again: keys revoke ${apiKey.id}, then make another.`;
      await printOrFail(secretKey, ifLost);
      process.stderr.write(`This is ${apiKey.id}. The key is not shown again.\n`);
    });

  addSettingFlags(keys.command('list').argument('<account-id>', 'acc_…'), databaseSettings)
    .description('List the keys of an account, one per line: id, last four characters, time of creation, state.')
    .action(async (accountId: string, _options, command: Command) => {
      await using administration = await openAdministration(settingsOf(command, databaseSettings));
      const { store } = administration.context;
      if ((await store.account(accountId)) === undefined) return fail(noAccount);
      for (const key of await store.apiKeys(accountId)) {
        const state = key.revokedAt === null ? 'active' : `revoked ${new Date(key.revokedAt).toISOString()}`;
        print(`${key.id}  sk_${key.environment}_…${key.last4}  ${new Date(key.createdAt).toISOString()}  ${state}`);
      }
    });

  addSettingFlags(keys.command('revoke').argument('<key-id>', 'key_…'), databaseSettings)
    .description('Revoke a key, at once and for good.')
    .action(async (id: string, _options, command: Command) => {
      await using administration = await openAdministration(settingsOf(command, databaseSettings));
      const revoked = await revokeApiKey(administration.context, { id });
      if (!revoked.ok) return fail('There is no active key with this id; keys list shows them.');
      print(`${id} is revoked.`);
    });
};
