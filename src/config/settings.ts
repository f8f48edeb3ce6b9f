import { logLevels } from '../ports/logger.ts';
import {
  databaseUrl,
  dnsNames,
  listenAddress,
  oneOf,
  origin,
  type Parse,
  path,
  port,
  proxyList,
  secureOrigin,
  wholeNumber,
} from './setting-parsers.ts';

export type Mode = 'sandbox' | 'production';

export const roles = ['all', 'api', 'vault', 'worker'] as const;
/** What one process does: everything, or one part of a split server. */
export type Role = (typeof roles)[number];

/** One thing that an operator can choose: as a variable, as a flag, in the docs and in `--help`. */
export type Setting<T> = {
  readonly variable: `STRONGROOM_${string}`;
  /** Without its dashes. */
  readonly flag: string;
  /** What stands behind the flag in `--help`. */
  readonly argument: string;
  /** Parsed as if it had been given; `null` leaves the setting out. */
  readonly fallback: { readonly [mode in Mode]: string | null };
  /** For people, where the default depends on something else than the mode. */
  readonly fallbackShown?: string;
  /** What would be right; completes “give …”. */
  readonly takes: string;
  readonly meaning: string;
  /** The reason for the default, the limit or the setting itself. */
  readonly why: string;
  readonly parse: Parse<T>;
  /** The roles that have a use for it; absent where all have. Given to another, it is refused. */
  readonly roles?: readonly Role[];
};

const same = (text: string | null): Setting<unknown>['fallback'] => ({ sandbox: text, production: text });

/** Infers what `parse` gives, so that the configuration's type follows from this table. */
const setting = <T>(described: Setting<T>): Setting<T> => described;

const acquirerTimeoutMsMin = 100;
const acquirerTimeoutMsMax = 120_000;
const shutdownGraceMsMax = 9_000;
const eventRetentionDaysMin = 35;
const eventRetentionDaysMax = 36_500;

/** Every setting of the server. The order is that of the docs. */
export const settings = {
  mode: setting({
    variable: 'STRONGROOM_MODE',
    flag: 'mode',
    argument: '<mode>',
    fallback: same('sandbox'),
    takes: 'sandbox or production',
    meaning:
      'What the server is for. A sandbox has a preloaded key, test cards and a simulated acquirer; production has none of them.',
    why: 'A server must be told that it handles real money; nothing is inferred from its surroundings.',
    parse: oneOf<Mode>('sandbox', 'production'),
  }),
  role: setting({
    variable: 'STRONGROOM_ROLE',
    flag: 'role',
    argument: '<role>',
    fallback: same('all'),
    takes: 'all, api, vault or worker',
    meaning:
      'What this process does. `all`: everything. Split: `vault` takes and keeps the cards and talks to the acquirer, `api` answers everything else, `worker` settles, expires and sends webhooks; they reach each other over mutual TLS. A setting that the role has no use for stops the server.',
    why: 'Only a process and a database of its own take everything but the vault out of the reach of card numbers.',
    parse: oneOf(...roles),
  }),
  host: setting({
    variable: 'STRONGROOM_HOST',
    flag: 'host',
    argument: '<address>',
    fallback: same('127.0.0.1'),
    takes: 'an IP address, or localhost',
    meaning: 'The address that the listeners bind to.',
    why: 'Loopback keeps a server that was started to try it out away from the network.',
    parse: listenAddress,
  }),
  apiPort: setting({
    variable: 'STRONGROOM_API_PORT',
    flag: 'api-port',
    argument: '<port>',
    fallback: same('8400'),
    takes: 'a port from 1 to 65535, or 0 for any free one',
    meaning:
      'The port of the API listener. With 0 the chosen port is printed. A worker answers only `/health/live` and `/health/ready` there.',
    why: 'Fixed, so that samples can be pasted.',
    parse: port,
    roles: ['all', 'api', 'worker'],
  }),
  pciPort: setting({
    variable: 'STRONGROOM_PCI_PORT',
    flag: 'pci-port',
    argument: '<port>',
    fallback: same('8401'),
    takes: 'a port from 1 to 65535, or 0 for any free one',
    meaning: 'The port of the PCI listener, the only one that takes card numbers. With 0 the chosen port is printed.',
    why: 'A listener of its own can be fenced off from everything else by address.',
    parse: port,
    roles: ['all', 'vault'],
  }),
  dataDir: setting({
    variable: 'STRONGROOM_DATA_DIR',
    flag: 'data-dir',
    argument: '<folder>',
    fallback: same('./strongroom-data'),
    takes: 'the path of a folder',
    meaning: 'Where the database, the keyring and the simulator’s ledger are kept. Made at the first start.',
    why: 'One folder is one thing to back up, or to delete.',
    parse: path,
  }),
  databaseUrl: setting({
    variable: 'STRONGROOM_DATABASE_URL',
    flag: 'database-url',
    argument: '<url>',
    fallback: same(null),
    fallbackShown:
      '`sqlite:` and `strongroom.db` in the data folder, `vault.db` for the vault; none for the API and the workers in production',
    takes: 'sqlite:<path of a file> or postgres://<user>:<password>@<hosts>/<database>',
    meaning:
      'The database of this process. Split, the vault’s holds the cards and nothing else, and that of the API and the workers everything else. A PostgreSQL URL may name several hosts (`a:5432,b:5432`): the one that takes writes is used. It may carry `sslmode` (`disable`, `require`, `verify-ca`, `verify-full`), `sslrootcert`, `sslcert`, `sslkey`, `options` and `target_session_attrs=read-write`.',
    why: 'SQLite needs no server beside this one; it must lie on a local disk, for network file systems break its locks. PostgreSQL serves several nodes, over verified TLS unless it runs on this machine or the URL says otherwise.',
    parse: databaseUrl,
  }),
  keyringFile: setting({
    variable: 'STRONGROOM_KEYRING_FILE',
    flag: 'keyring-file',
    argument: '<file>',
    fallback: same(null),
    fallbackShown: '`keyring.json` in the data folder',
    takes: 'the path of a file',
    meaning:
      'The keys that all kept cards are sealed under. Made at the first start of a sandbox; production never makes one by itself.',
    why: 'Cards are lost with it and exposed with it: keep it, and its backup, apart from the database’s. A process that holds no cards must hold no key, so the API and the workers refuse it.',
    parse: path,
    roles: ['all', 'vault'],
  }),
  tlsCertFile: setting({
    variable: 'STRONGROOM_TLS_CERT_FILE',
    flag: 'tls-cert-file',
    argument: '<file>',
    fallback: same(null),
    takes: 'the path of a PEM file',
    meaning: 'The certificate chain of the public listeners. Goes together with the key file.',
    why: 'PCI DSS 4.2.1 wants card numbers encrypted on the way.',
    parse: path,
  }),
  tlsKeyFile: setting({
    variable: 'STRONGROOM_TLS_KEY_FILE',
    flag: 'tls-key-file',
    argument: '<file>',
    fallback: same(null),
    takes: 'the path of a PEM file',
    meaning: 'The private key of the certificate.',
    why: 'A file, because variables and arguments of a process can be read by others.',
    parse: path,
  }),
  trustedProxy: setting({
    variable: 'STRONGROOM_TRUSTED_PROXY',
    flag: 'trusted-proxy',
    argument: '<addresses>',
    fallback: same(null),
    takes: 'IP addresses or CIDR ranges, separated by commas, none of them /0',
    meaning:
      'The proxies that end TLS in front of this server. Without TLS of its own, it refuses whoever else connects (403), but for probes of health, and whoever a proxy names in `X-Forwarded-Proto` as plain HTTP.',
    why: 'A port that is reached past the proxy would take card numbers in the clear.',
    parse: proxyList,
    roles: ['all', 'api', 'vault'],
  }),
  publicApiUrl: setting({
    variable: 'STRONGROOM_PUBLIC_API_URL',
    flag: 'public-api-url',
    argument: '<url>',
    fallback: same(null),
    fallbackShown: 'the API listener’s own address',
    takes: 'an http or https URL without a path',
    meaning: 'The API’s address as its clients know it, for links and messages.',
    why: 'Behind a proxy the server cannot know it.',
    parse: origin,
    roles: ['all', 'api'],
  }),
  publicPciUrl: setting({
    variable: 'STRONGROOM_PUBLIC_PCI_URL',
    flag: 'public-pci-url',
    argument: '<url>',
    fallback: same(null),
    fallbackShown: 'the PCI listener’s own address',
    takes: 'an http or https URL without a path',
    meaning:
      'The PCI listener’s address as its clients know it: a caller who sends card details to the API is told this one.',
    why: 'Behind a proxy the server cannot know it.',
    parse: origin,
    roles: ['all', 'api'],
  }),
  acquirerTimeoutMs: setting({
    variable: 'STRONGROOM_ACQUIRER_TIMEOUT_MS',
    flag: 'acquirer-timeout-ms',
    argument: '<ms>',
    fallback: { sandbox: '2000', production: '30000' },
    takes: `a whole number from ${acquirerTimeoutMsMin} to ${acquirerTimeoutMsMax}`,
    meaning:
      'How long the acquirer may take to answer, in milliseconds, before an attempt counts as unknown and is reversed. The same for all parts of a split server.',
    why: 'Issuers may answer after 20 s and more; giving up earlier reverses payments that were about to succeed. A sandbox need not make tests wait.',
    parse: wholeNumber(acquirerTimeoutMsMin, acquirerTimeoutMsMax),
  }),
  vaultUrl: setting({
    variable: 'STRONGROOM_VAULT_URL',
    flag: 'vault-url',
    argument: '<url>',
    fallback: same(null),
    takes: 'an https URL without a path',
    meaning: 'Where the API and the workers reach the vault’s private listener.',
    why: 'The one way from there to a card, and it leads to outcomes only.',
    parse: secureOrigin,
    roles: ['api', 'worker'],
  }),
  platformUrl: setting({
    variable: 'STRONGROOM_PLATFORM_URL',
    flag: 'platform-url',
    argument: '<url>',
    fallback: same(null),
    takes: 'an https URL without a path',
    meaning:
      'Where the vault reaches the API’s private listener, to authenticate callers and forward requests without their card details.',
    why: 'The vault knows neither keys nor intents.',
    parse: secureOrigin,
    roles: ['vault'],
  }),
  linkPort: setting({
    variable: 'STRONGROOM_LINK_PORT',
    flag: 'link-port',
    argument: '<port>',
    fallback: same('8402'),
    takes: 'a port from 1 to 65535, or 0 for any free one',
    meaning: 'The port of this process’s private listener, mutual TLS only. With 0 the chosen port is printed.',
    why: 'A port of its own, so that a firewall can keep it among the parts.',
    parse: port,
    roles: ['api', 'vault'],
  }),
  linkCertFile: setting({
    variable: 'STRONGROOM_LINK_CERT_FILE',
    flag: 'link-cert-file',
    argument: '<file>',
    fallback: same(null),
    takes: 'the path of a PEM file',
    meaning: 'The certificate by which the other parts know this one, at both ends of its connections.',
    why: '`strongroom certs` makes some to start with.',
    parse: path,
    roles: ['api', 'vault', 'worker'],
  }),
  linkKeyFile: setting({
    variable: 'STRONGROOM_LINK_KEY_FILE',
    flag: 'link-key-file',
    argument: '<file>',
    fallback: same(null),
    takes: 'the path of a PEM file',
    meaning: 'The private key of that certificate.',
    why: 'It opens connections and no card.',
    parse: path,
    roles: ['api', 'vault', 'worker'],
  }),
  linkCaFile: setting({
    variable: 'STRONGROOM_LINK_CA_FILE',
    flag: 'link-ca-file',
    argument: '<file>',
    fallback: same(null),
    takes: 'the path of a PEM file',
    meaning: 'The certificate of the private authority that signs the parts’ certificates.',
    why: 'The authorities that browsers trust sign for anybody, so none of them counts here.',
    parse: path,
    roles: ['api', 'vault', 'worker'],
  }),
  linkPeers: setting({
    variable: 'STRONGROOM_LINK_PEERS',
    flag: 'link-peers',
    argument: '<names>',
    fallback: same(null),
    fallbackShown: '`strongroom-api,strongroom-worker` for the vault, else `strongroom-vault`',
    takes: 'DNS names, separated by commas',
    meaning:
      'The parts that this one talks to, by the DNS names in their certificates: whoever else calls its private listener is refused, and whoever else answers its calls is not believed.',
    why: 'An authority may sign for more than these parts.',
    parse: dnsNames,
    roles: ['api', 'vault', 'worker'],
  }),
  linkAdvertisedUrl: setting({
    variable: 'STRONGROOM_LINK_ADVERTISED_URL',
    flag: 'link-advertised-url',
    argument: '<url>',
    fallback: same(null),
    fallbackShown: 'the host and the link port',
    takes: 'an https URL without a path',
    meaning:
      'Where the API reaches exactly this vault process. To be given where the host is all addresses (`0.0.0.0`).',
    why: 'A card waits for its verification in the memory of the process that took it, not of another behind the same name.',
    parse: secureOrigin,
    roles: ['vault'],
  }),
  eventRetentionDays: setting({
    variable: 'STRONGROOM_EVENT_RETENTION_DAYS',
    flag: 'event-retention-days',
    argument: '<days>',
    fallback: same(null),
    fallbackShown: 'events are kept for good',
    takes: `a whole number from ${eventRetentionDaysMin} to ${eventRetentionDaysMax}`,
    meaning:
      'How long events are kept, on PostgreSQL: those of all intents of a month go together, when the last of them is older than this. The intents stay, without their histories; what a webhook has not delivered until then is lost to it.',
    why: 'An event is the history that an intent shows and what is told of it, so nothing goes unless it is asked for. A month is far beyond the three days for which a delivery is tried.',
    parse: wholeNumber(eventRetentionDaysMin, eventRetentionDaysMax),
    roles: ['all', 'worker'],
  }),
  shutdownGraceMs: setting({
    variable: 'STRONGROOM_SHUTDOWN_GRACE_MS',
    flag: 'shutdown-grace-ms',
    argument: '<ms>',
    fallback: same('8000'),
    takes: `a whole number from 0 to ${shutdownGraceMsMax}`,
    meaning:
      'How long requests in flight may still take after SIGTERM, in milliseconds. What is cut off is settled at the next start.',
    why: 'Process managers kill after 10 s; what is left of them is for the workers, the database and the log to end.',
    parse: wholeNumber(0, shutdownGraceMsMax),
  }),
  log: setting({
    variable: 'STRONGROOM_LOG',
    flag: 'log',
    argument: '<form>',
    fallback: same(null),
    fallbackShown: '`pretty` on a terminal, else `json`',
    takes: 'json, pretty or silent',
    meaning: 'The form of the log on standard output.',
    why: 'Machines read JSON; people do not.',
    parse: oneOf('json', 'pretty', 'silent'),
  }),
  logLevel: setting({
    variable: 'STRONGROOM_LOG_LEVEL',
    flag: 'log-level',
    argument: '<level>',
    fallback: same('info'),
    takes: 'error, warn, info or debug',
    meaning: 'The least important lines that are still written. `info` has one line per request.',
    why: 'Stack traces appear with errors and at `debug` only.',
    parse: oneOf(...logLevels),
  }),
} as const;

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as readonly SettingName[];

/** What the flags of `strongroom serve` are made of. */
export const settingFlags: readonly {
  readonly name: SettingName;
  readonly flags: string;
  readonly description: string;
}[] = settingNames.map((name) => {
  const { flag, argument, meaning, variable } = settings[name];
  return {
    name,
    flags: `--${flag} ${argument}`,
    description: `${meaning} [${variable}; default: ${shownDefault(name)}]`,
  };
});

/** The default in words, for `--help` and the docs. */
export function shownDefault(name: SettingName): string {
  const { fallback, fallbackShown }: Setting<unknown> = settings[name];
  if (fallbackShown !== undefined) return fallbackShown;
  if (fallback.sandbox !== fallback.production)
    return `\`${fallback.sandbox}\`, in production \`${fallback.production}\``;
  return fallback.sandbox === null ? 'none' : `\`${fallback.sandbox}\``;
}
