import { administer, type StartedPostgres } from '../postgres/start-postgres.ts';

/** Runs deploy/postgres/roles.sql as psql does: `:'name'` is a text, `:"name"` an identifier, `\connect` goes on in another database. */
export const runRolesScript = async (
  server: Pick<StartedPostgres, 'url'>,
  script: string,
  variables: Readonly<Record<string, string>>,
  administrator = 'postgres',
): Promise<void> => {
  const filled = script
    .replaceAll(/^--.*$/gm, '')
    .replaceAll(/:'(\w+)'/g, (_, name: string) => `'${variables[name]}'`)
    .replaceAll(/:"(\w+)"/g, (_, name: string) => `"${variables[name]}"`);
  const [inAdministration = '', inDatabase = ''] = filled.split(/^\\connect .*$/m);
  // One by one: a database cannot be made in a transaction.
  for (const [database, part] of [
    ['postgres', inAdministration],
    [variables['database'], inDatabase],
  ] as const)
    for (const statement of part.split(';').filter((text) => text.trim() !== ''))
      await administer(server.url(database).replace('//postgres@', `//${administrator}@`), statement);
};
