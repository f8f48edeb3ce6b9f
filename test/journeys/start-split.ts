import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCertificates } from '../../src/cli/certs/write-certificates.ts';
import { openSystemRandomness } from '../../src/platform/system-randomness.ts';
import { systemClock } from '../../src/platform/system-clock.ts';
import { type RunningPart, startPart } from './start-strongroom.ts';

export type SplitOptions = {
  /** Settings of every part. */
  readonly env?: Readonly<Record<string, string>>;
  readonly apiEnv?: Readonly<Record<string, string>>;
  readonly vaultEnv?: Readonly<Record<string, string>>;
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** The ports of the private listeners are fixed before anything starts, because the two name each other. */
  readonly apiLinkPort: number;
  readonly vaultLinkPort: number;
  /** Where the API and the worker are told that the vault is; a proxy in front of it, say. */
  readonly vaultUrlShown?: string;
};

/** A server in three processes, the vault with a database of its own. */
export type SplitStrongroom = {
  readonly api: RunningPart;
  readonly vault: RunningPart;
  readonly worker: RunningPart;
  /** Of the platform, shared by the API and the worker. */
  readonly platformDir: string;
  readonly vaultDir: string;
  readonly folder: string;
  readonly apiUrl: string;
  readonly pciUrl: string;
  /** Starts the vault again with the same data and the same ports, after it was killed. */
  restartVault(): Promise<RunningPart>;
  stop(): Promise<void>;
};

/** Certificates of a new authority in a folder, as `strongroom certs` makes them. */
export const makeCertificates = (folder: string, names: readonly string[], days = 1): void => {
  const made = writeCertificates({ folder, names, days }, { clock: systemClock, random: openSystemRandomness() });
  if (!made.ok) throw new Error(made.error);
};

/** The settings by which a part proves itself. */
export const linkFiles = (folder: string, name: string): Readonly<Record<string, string>> => ({
  STRONGROOM_LINK_CERT_FILE: join(folder, `${name}.pem`),
  STRONGROOM_LINK_KEY_FILE: join(folder, `${name}-key.pem`),
  STRONGROOM_LINK_CA_FILE: join(folder, 'authority.pem'),
});

export const startSplit = async (options: SplitOptions): Promise<SplitStrongroom> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-split-'));
  const certs = join(folder, 'certs');
  makeCertificates(certs, ['strongroom-api', 'strongroom-worker', 'strongroom-vault']);
  const platformDir = join(folder, 'platform');
  const vaultDir = join(folder, 'vault');
  mkdirSync(platformDir);
  const vaultUrl = options.vaultUrlShown ?? `https://127.0.0.1:${options.vaultLinkPort}`;
  const started: RunningPart[] = [];
  const start = async (...given: Parameters<typeof startPart>): Promise<RunningPart> => {
    const part = await startPart(...given);
    started.push(part);
    return part;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((part) => part.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  const startVault = (pciPort: string): Promise<RunningPart> =>
    start('vault', {
      dataDir: vaultDir,
      env: {
        STRONGROOM_PCI_PORT: pciPort,
        STRONGROOM_LINK_PORT: String(options.vaultLinkPort),
        STRONGROOM_PLATFORM_URL: `https://127.0.0.1:${options.apiLinkPort}`,
        ...linkFiles(certs, 'strongroom-vault'),
        ...options.env,
        ...options.vaultEnv,
      },
    });
  try {
    const [vault, api] = await Promise.all([
      startVault('0'),
      start('api', {
        dataDir: platformDir,
        env: {
          STRONGROOM_API_PORT: '0',
          STRONGROOM_LINK_PORT: String(options.apiLinkPort),
          STRONGROOM_VAULT_URL: vaultUrl,
          ...linkFiles(certs, 'strongroom-api'),
          ...options.env,
          ...options.apiEnv,
        },
      }),
    ]);
    const worker = await start('worker', {
      dataDir: platformDir,
      env: {
        STRONGROOM_API_PORT: '0',
        STRONGROOM_VAULT_URL: vaultUrl,
        ...linkFiles(certs, 'strongroom-worker'),
        ...options.env,
        ...options.workerEnv,
      },
    });
    const restartVault = (): Promise<RunningPart> => startVault(new URL(vault.pciUrl).port);
    const { apiUrl } = api;
    return { api, vault, worker, platformDir, vaultDir, folder, apiUrl, pciUrl: vault.pciUrl, restartVault, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
