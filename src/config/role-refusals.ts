import type { Values } from './config.ts';
import { type Role, type Setting, type SettingName, settingNames, settings } from './settings.ts';

/** What each role cannot do without. */
const required: { readonly [role in Role]: readonly SettingName[] } = {
  all: [],
  api: ['vaultUrl', 'linkCertFile', 'linkKeyFile', 'linkCaFile'],
  vault: ['platformUrl', 'linkCertFile', 'linkKeyFile', 'linkCaFile'],
  worker: ['vaultUrl', 'linkCertFile', 'linkKeyFile', 'linkCaFile'],
};

/**
 * And in production: beside new and empty books, made at a start in the wrong place, all cards of the vault belong to nobody.
 * A vault's file lies beside its keyring, without which it does not start there either.
 */
const requiredInProduction: typeof required = { all: [], api: ['databaseUrl'], vault: [], worker: ['databaseUrl'] };

const inWords = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/**
 * What a role lacks, and what it was given without a use for it: a setting that is ignored hides a mistake, and a keyring
 * that is given to a process without cards is one.
 */
export const roleRefusals = (given: Values, role: Role, isGiven: (name: SettingName) => boolean): readonly string[] => {
  const errors: string[] = [];
  for (const name of settingNames) {
    const { roles, variable }: Setting<unknown> = settings[name];
    if (roles === undefined || roles.includes(role) || !isGiven(name)) continue;
    const users = roles.length === 1 ? `only ${roles[0]} takes` : `${inWords(roles)} take`;
    errors.push(`${variable} is of no use to the role ${role}: ${users} it. Remove it.`);
  }
  const inProduction = given.mode === 'production' ? requiredInProduction[role] : [];
  for (const name of [...required[role], ...inProduction]) {
    const { variable, takes }: Setting<unknown> = settings[name];
    if (given[name] === undefined && !isGiven(name))
      errors.push(`${variable} is missing, and the role ${role} needs it: give ${takes}.`);
  }
  const isAnywhere = given.host === '0.0.0.0' || given.host === '::';
  if (role === 'vault' && isAnywhere && !isGiven('linkAdvertisedUrl')) {
    const { linkAdvertisedUrl, host } = settings;
    errors.push(
      `${linkAdvertisedUrl.variable} is missing, and ${host.variable} is no address to call: give ${linkAdvertisedUrl.takes} that leads to this process alone.`,
    );
  }
  return errors;
};
