import { join } from 'node:path';
import type { Environment } from '../domain/ids.ts';
import { ok, refuse, type Result } from '../domain/result.ts';
import type { DatabaseChoice } from '../ports/database-choice.ts';
import type { LogLevel } from '../ports/logger.ts';
import { isLoopback } from './loopback.ts';
import { roleRefusals } from './role-refusals.ts';
import { type Mode, type Role, type Setting, type SettingName, settingNames, settings } from './settings.ts';
import { similarName } from './similar-name.ts';

/** How this process knows the other parts of a split server, and is known by them. */
export type LinkConfig = {
  /** 0: any free port. A worker has no listener, and no use for it. */
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** DNS names in the certificates of the parts that it talks to. */
  readonly peers: readonly [string, ...string[]];
  /** Origin of the private listener that is called. */
  readonly peerUrl: string;
  /** Where exactly this process is reached; `null`: at its host and the port that it listens on. */
  readonly advertisedUrl: string | null;
};

/** Everything that was chosen, checked and complete. Paths are absolute. */
export type Config = {
  readonly role: Role;
  readonly mode: Mode;
  /** The only kind of key that this server takes. */
  readonly environment: Environment;
  readonly host: string;
  /** 0: any free port. */
  readonly apiPort: number;
  readonly pciPort: number;
  readonly dataDir: string;
  readonly database: DatabaseChoice;
  /** `null` in a process that holds no cards. */
  readonly keyringFile: string | null;
  /** `null` where one process is the whole server. */
  readonly link: LinkConfig | null;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly trustedProxies: readonly string[];
  /** `null`: the listener's own address. */
  readonly publicApiUrl: string | null;
  readonly publicPciUrl: string | null;
  readonly acquirerTimeoutMs: number;
  /** Null: for good. */
  readonly eventRetentionDays: number | null;
  readonly shutdownGraceMs: number;
  readonly log: 'json' | 'pretty' | 'silent';
  readonly logLevel: LogLevel;
};

/** Flags by the name of their setting, as the command line gave them; they win over variables. */
export type Flags = Readonly<Record<string, string | undefined>>;

export type ConfigSources = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Flags;
  /** Whether standard output is a terminal. */
  readonly isTty: boolean;
  /**
   * The settings that a command uses which is not the server itself. The others keep their defaults, and what the server
   * would refuse as a whole (production without TLS) is no matter for it.
   */
  readonly only?: readonly SettingName[];
};

const prefix = 'STRONGROOM_';

/** Values by setting; `undefined` where neither given nor defaulted. */
export type Values = {
  readonly [name in SettingName]: (typeof settings)[name] extends Setting<infer T> ? T | undefined : never;
};

/**
 * Reads the settings. Nothing is guessed: a variable that starts with `STRONGROOM_` and is not known, and a value that
 * is not understood, are errors.
 * @returns the configuration, or all that is wrong, one sentence each: which setting, what is wrong, what would be right
 */
export const loadConfig = (sources: ConfigSources): Result<Config, readonly string[]> => {
  const errors = unknownVariables(sources.env);
  const mode = readMode(sources);
  const role = readRole(sources);
  const given = Object.fromEntries(
    settingNames.map((name) => {
      const read = readSetting(name, sources, mode);
      if (read.ok) return [name, read.value];
      errors.push(read.error);
      return [name, undefined];
    }),
  ) as Values;
  if (sources.only === undefined) {
    errors.push(...roleRefusals(given, role, (name) => isGiven(name, sources)));
    errors.push(...contradictions(given, mode, role));
  }
  return errors.length > 0 ? refuse(errors) : ok(assemble(given, { mode, role }, sources.isTty));
};

const unknownVariables = (env: ConfigSources['env']): string[] => {
  const known = settingNames.map((name): string => settings[name].variable);
  return Object.keys(env)
    .filter((variable) => variable.toUpperCase().startsWith(prefix) && !known.includes(variable))
    .sort()
    .map((variable) => {
      const similar = similarName(variable.toUpperCase(), known, prefix);
      const advice =
        similar === undefined ? 'Remove it; docs/configuration.md lists the known ones.' : `Did you mean ${similar}?`;
      return `${printable(variable)} is no setting of strongroom. ${advice}`;
    });
};

/** Keeps a strange variable name from writing control characters to a terminal. */
const printable = (name: string): string => name.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);

/** Other defaults depend on the mode, so it is read first; a bad one is reported in its turn. */
const readMode = ({ env, flags }: ConfigSources): Mode => {
  const parsed = settings.mode.parse(flags['mode'] ?? env[settings.mode.variable] ?? '');
  return parsed.ok ? parsed.value : 'sandbox';
};

/** So is the role. */
const readRole = ({ env, flags, only }: ConfigSources): Role => {
  if (only !== undefined && !only.includes('role')) return 'all';
  const parsed = settings.role.parse(flags['role'] ?? env[settings.role.variable] ?? '');
  return parsed.ok ? parsed.value : 'all';
};

const isGiven = (name: SettingName, { env, flags }: ConfigSources): boolean =>
  flags[name] !== undefined || env[settings[name].variable] !== undefined;

const readSetting = (name: SettingName, { env, flags, only }: ConfigSources, mode: Mode): Result<unknown, string> => {
  const setting: Setting<unknown> = settings[name];
  const isUsed = only === undefined || only.includes(name);
  const flag = isUsed ? flags[name] : undefined;
  const text = flag ?? (isUsed ? env[setting.variable] : undefined) ?? setting.fallback[mode];
  if (text === null) return ok(undefined);
  const parsed = text === '' ? refuse('is empty') : setting.parse(text);
  if (parsed.ok) return parsed;
  const source = flag === undefined ? setting.variable : `--${setting.flag}`;
  const otherwise = text === '' ? ', or leave it out' : '';
  return refuse(`${source} ${parsed.error}: give ${setting.takes}${otherwise}.`);
};

/** What is wrong with values that are each right. */
const contradictions = (given: Values, mode: Mode, role: Role): readonly string[] => {
  const errors: string[] = [];
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = settings;
  if (given.tlsCertFile !== undefined && given.tlsKeyFile === undefined)
    errors.push(`${certFile.variable} is set and ${keyFile.variable} is not: give both.`);
  if (given.tlsKeyFile !== undefined && given.tlsCertFile === undefined)
    errors.push(`${keyFile.variable} is set and ${certFile.variable} is not: give both.`);
  errors.push(...samePorts(given, role));
  if (mode === 'production') errors.push(...productionRefusals(given, role));
  return errors;
};

/** The ports of the listeners that a process of this role has. */
const portsOf = {
  all: ['apiPort', 'pciPort'],
  api: ['apiPort', 'linkPort'],
  vault: ['pciPort', 'linkPort'],
  worker: [],
} as const;

const samePorts = (given: Values, role: Role): readonly string[] => {
  const [one, other] = portsOf[role];
  if (one === undefined || given[one] === undefined || given[one] === 0 || given[one] !== given[other]) return [];
  return [`${settings[one].variable} and ${settings[other].variable} are the same port: give two.`];
};

const productionRefusals = (given: Values, role: Role): readonly string[] => {
  const errors: string[] = [];
  const isEncrypted =
    given.tlsCertFile !== undefined || given.tlsKeyFile !== undefined || given.trustedProxy !== undefined;
  // A worker answers probes of health and nothing else.
  if (!isEncrypted && role !== 'worker') {
    const host =
      given.host !== undefined && !isLoopback(given.host) ? ', the less so on an address that others can reach' : '';
    errors.push(
      `Production does not take ${role === 'api' ? 'secret keys' : 'card numbers'} in the clear${host}: give ${settings.tlsCertFile.variable} and ` +
        `${settings.tlsKeyFile.variable}, or name the proxy that ends TLS in ${settings.trustedProxy.variable}.`,
    );
  }
  for (const name of ['publicApiUrl', 'publicPciUrl'] as const)
    if (given[name]?.startsWith('http:') === true)
      errors.push(`${settings[name].variable} is not https: give an https URL in production.`);
  return errors;
};

/** Defaults that depend on other settings. Called only when all values were understood. */
const assemble = (
  given: Values,
  { mode, role }: { readonly mode: Mode; readonly role: Role },
  isTty: boolean,
): Config => {
  const dataDir = present(given.dataDir);
  const databaseFile = role === 'vault' ? 'vault.db' : 'strongroom.db';
  return {
    role,
    mode,
    environment: mode === 'production' ? 'prod' : 'sandbox',
    host: present(given.host),
    apiPort: present(given.apiPort),
    pciPort: present(given.pciPort),
    dataDir,
    database: given.databaseUrl ?? { kind: 'sqlite', path: join(dataDir, databaseFile) },
    keyringFile: role === 'all' || role === 'vault' ? (given.keyringFile ?? join(dataDir, 'keyring.json')) : null,
    link: linkOf(given, role),
    tls:
      given.tlsCertFile === undefined || given.tlsKeyFile === undefined
        ? null
        : { certFile: given.tlsCertFile, keyFile: given.tlsKeyFile },
    trustedProxies: given.trustedProxy ?? [],
    publicApiUrl: given.publicApiUrl ?? null,
    publicPciUrl: given.publicPciUrl ?? null,
    acquirerTimeoutMs: present(given.acquirerTimeoutMs),
    eventRetentionDays: given.eventRetentionDays ?? null,
    shutdownGraceMs: present(given.shutdownGraceMs),
    log: given.log ?? (isTty ? 'pretty' : 'json'),
    logLevel: present(given.logLevel),
  };
};

/** `null` too for a command that is not the server and has read none of it. */
const linkOf = (given: Values, role: Role): LinkConfig | null => {
  const { linkCertFile: certFile, linkKeyFile: keyFile, linkCaFile: caFile } = given;
  const peerUrl = given.vaultUrl ?? given.platformUrl;
  if (role === 'all' || certFile === undefined || keyFile === undefined || caFile === undefined) return null;
  return {
    port: present(given.linkPort),
    certFile,
    keyFile,
    caFile,
    peers: given.linkPeers ?? (role === 'vault' ? ['strongroom-api', 'strongroom-worker'] : ['strongroom-vault']),
    peerUrl: present(peerUrl),
    advertisedUrl: given.linkAdvertisedUrl ?? null,
  };
};

const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a setting without a default was not given');
  return value;
};
