import { type Setting, settingNames, settings, shownDefault } from '../src/config/settings.ts';

/** `docs/configuration.md`: every setting, from the table that the server itself reads. */
export const renderConfigurationPage = async (): Promise<string> => `# Configuration

<!-- Made by \`npm run generate\` from src/config/settings.ts. -->

Each setting is a variable of the environment or a flag of \`strongroom serve\`; the flag wins. A variable that starts with
\`STRONGROOM_\` and is not in this table stops the server, and so does a value that it does not understand: all errors are
printed at once, each with what would be right. So does a setting that the process's role has no use for.

| variable and flag | takes | default | meaning and reason |
|---|---|---|---|
${settingNames.map((name) => row(settings[name], shownDefault(name))).join('\n')}

## What production refuses

With \`STRONGROOM_MODE=production\` the server does not start

- without a certificate and its key, unless \`STRONGROOM_TRUSTED_PROXY\` names the proxy that ends TLS in front of it (a
  worker, which answers probes of health only, may);
- with a public address that is not \`https\`;
- without a keyring: it never makes one by itself, because a new one would hide that the right one is missing.

## What a role needs

- \`all\`: nothing of the link. One process, function calls, one database.
- \`vault\`: \`STRONGROOM_PLATFORM_URL\` and the three link files. Its database holds the cards and nothing else.
- \`api\` and \`worker\`: \`STRONGROOM_VAULT_URL\` and the three link files. They share a database, and refuse to start with a
  keyring file: a process that holds no card must hold no key.

[operating.md](operating.md#several-processes) shows the three together.
`;

const row = ({ variable, flag, argument, takes, meaning, why, roles }: Setting<unknown>, byDefault: string): string => {
  const forWhom = roles === undefined ? '' : ` *Only for ${roles.map((role) => `\`${role}\``).join(', ')}.*`;
  return `| \`${variable}\`<br>\`--${flag} ${argument}\` | ${takes} | ${byDefault} | ${meaning} ${why}${forWhom} |`;
};
