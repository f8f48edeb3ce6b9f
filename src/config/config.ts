import { join } from 'node:path';
import type { Environment } from '../domain/ids.ts';
import { ok, refuse, type Result } from '../domain/result.ts';
import type { LogLevel } from '../ports/logger.ts';
import { type Database, isLoopback } from './setting-parsers.ts';
import { type Mode, type Setting, type SettingName, settingNames, settings } from './settings.ts';
import { similarName } from './similar-name.ts';

/** Everything that was chosen, checked and complete. Paths are absolute. */
export type Config = {
  readonly mode: Mode;
  /** The only kind of key that this server takes. */
  readonly environment: Environment;
  readonly host: string;
  /** 0: any free port. */
  readonly apiPort: number;
  readonly pciPort: number;
  readonly dataDir: string;
  readonly database: Database;
  readonly keyringFile: string;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly trustedProxies: readonly string[];
  /** `null`: the listener's own address. */
  readonly publicApiUrl: string | null;
  readonly publicPciUrl: string | null;
  readonly acquirerTimeoutMs: number;
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
type Values = {
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
  const given = Object.fromEntries(
    settingNames.map((name) => {
      const read = readSetting(name, sources, mode);
      if (read.ok) return [name, read.value];
      errors.push(read.error);
      return [name, undefined];
    }),
  ) as Values;
  if (sources.only === undefined) errors.push(...contradictions(given, mode));
  return errors.length > 0 ? refuse(errors) : ok(assemble(given, mode, sources.isTty));
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
const contradictions = (given: Values, mode: Mode): readonly string[] => {
  const errors: string[] = [];
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = settings;
  if (given.tlsCertFile !== undefined && given.tlsKeyFile === undefined)
    errors.push(`${certFile.variable} is set and ${keyFile.variable} is not: give both.`);
  if (given.tlsKeyFile !== undefined && given.tlsCertFile === undefined)
    errors.push(`${keyFile.variable} is set and ${certFile.variable} is not: give both.`);
  if (given.apiPort !== undefined && given.apiPort !== 0 && given.apiPort === given.pciPort)
    errors.push(`${settings.apiPort.variable} and ${settings.pciPort.variable} are the same port: give two.`);
  if (mode === 'production') errors.push(...productionRefusals(given));
  return errors;
};

const productionRefusals = (given: Values): readonly string[] => {
  const errors: string[] = [];
  const isEncrypted =
    given.tlsCertFile !== undefined || given.tlsKeyFile !== undefined || given.trustedProxy !== undefined;
  if (!isEncrypted) {
    const host =
      given.host !== undefined && !isLoopback(given.host) ? ', the less so on an address that others can reach' : '';
    errors.push(
      `Production does not take card numbers in the clear${host}: give ${settings.tlsCertFile.variable} and ` +
        `${settings.tlsKeyFile.variable}, or name the proxy that ends TLS in ${settings.trustedProxy.variable}.`,
    );
  }
  for (const name of ['publicApiUrl', 'publicPciUrl'] as const)
    if (given[name]?.startsWith('http:') === true)
      errors.push(`${settings[name].variable} is not https: give an https URL in production.`);
  return errors;
};

/** Defaults that depend on other settings. Called only when all values were understood. */
const assemble = (given: Values, mode: Mode, isTty: boolean): Config => {
  const dataDir = present(given.dataDir);
  return {
    mode,
    environment: mode === 'production' ? 'prod' : 'sandbox',
    host: present(given.host),
    apiPort: present(given.apiPort),
    pciPort: present(given.pciPort),
    dataDir,
    database: given.databaseUrl ?? { kind: 'sqlite', path: join(dataDir, 'strongroom.db') },
    keyringFile: given.keyringFile ?? join(dataDir, 'keyring.json'),
    tls:
      given.tlsCertFile === undefined || given.tlsKeyFile === undefined
        ? null
        : { certFile: given.tlsCertFile, keyFile: given.tlsKeyFile },
    trustedProxies: given.trustedProxy ?? [],
    publicApiUrl: given.publicApiUrl ?? null,
    publicPciUrl: given.publicPciUrl ?? null,
    acquirerTimeoutMs: present(given.acquirerTimeoutMs),
    shutdownGraceMs: present(given.shutdownGraceMs),
    log: given.log ?? (isTty ? 'pretty' : 'json'),
    logLevel: present(given.logLevel),
  };
};

const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('a setting without a default was not given');
  return value;
};
