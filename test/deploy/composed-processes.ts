import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCompose } from '../../scripts/deploy/compose-file.ts';
import { type StartedPostgres, startPostgres } from '../postgres/start-postgres.ts';
import { runRolesScript } from './run-roles-script.ts';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'src/cli/main.ts');
const prepareScript = join(root, 'deploy/compose/prepare.ts');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The servers of compose.yaml, in the order in which they are started. */
export const composedServers = ['api', 'worker', 'vault'] as const;
type ServerName = (typeof composedServers)[number];

/** What deploy/compose.yaml describes, with this machine's processes, ports and folders in the place of containers. */
export type Composed = {
  readonly postgres: StartedPostgres;
  /** Where prepare.ts put passwords and certificates, a folder for each reader. */
  readonly made: string;
  readonly apiPort: number;
  readonly pciPort: number;
  /** Runs it again, as the next `docker compose up` does. */
  prepare(): number | null;
  /** Runs one of the services that migrate. @returns its exit code */
  migrate(name: 'migrate-platform' | 'migrate-vault'): Promise<number | null>;
  start(name: ServerName): ChildProcess;
  /** What the image's health check says now. */
  isReady(name: ServerName): Promise<boolean>;
  printedBy(name: string): string;
  stop(): Promise<void>;
};

const freePorts = async (count: number): Promise<readonly number[]> => {
  const probes = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
  return ports;
};

/** A server on which only the administrator needs no password, with the two databases as the containers make them. */
const startDatabases = async (folder: string, made: string): Promise<StartedPostgres> => {
  const postgres = await startPostgres();
  const rules = join(folder, 'pg_hba.conf');
  writeFileSync(rules, 'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  postgres.place(rules, 'pg_hba.conf');
  await postgres.end('SIGINT');
  await postgres.start();
  for (const zone of ['platform', 'vault']) {
    const database = `strongroom_${zone}`;
    const password = (role: string): string => readFileSync(join(made, `${zone}-db`, `${role}-password`), 'utf8');
    await runRolesScript(postgres, read('deploy/postgres/roles.sql'), {
      database,
      owner: `${database}_owner`,
      owner_password: password('owner'),
      node: `${database}_node`,
      node_password: password('node'),
    });
  }
  for (const reader of readdirSync(made)) {
    const file = join(made, reader, 'database-url');
    if (statSync(file, { throwIfNoEntry: false }) === undefined) continue;
    const url = readFileSync(file, 'utf8').replace(/@(platform|vault)-db\//, `@127.0.0.1:${postgres.port}/`);
    rmSync(file);
    writeFileSync(file, url);
  }
  return postgres;
};

/** Makes secrets and databases; starts no server yet. */
export const openComposed = async (): Promise<Composed> => {
  const { services } = parseCompose(read('deploy/compose.yaml'));
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-composed-'));
  const made = join(folder, 'made');
  const running = new Set<ChildProcess>();
  const printed = new Map<string, string>();
  const [api = 0, apiLink = 0, vault = 0, vaultLink = 0, worker = 0] = await freePorts(5);
  const prepare = (): number | null =>
    spawnSync(process.execPath, [prepareScript, made, String(process.getuid?.() ?? 0), program]).status;
  if (prepare() !== 0) throw new Error('prepare.ts failed');
  const postgres = await startDatabases(folder, made);

  const environmentOf = (name: string): Record<string, string> => {
    const { environment = {}, volumes = [], command = [] } = services[name] ?? {};
    const secrets = /^made-([\w-]+):/.exec(volumes.find((volume) => volume.startsWith('made-')) ?? '')?.[1] ?? '';
    const home = join(folder, 'home', name);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const ofImage = { STRONGROOM_DATA_DIR: '/var/lib/strongroom', DATABASE_URL_FILE: '/run/strongroom/database-url' };
    const here = Object.entries({ ...ofImage, ...environment }).map(([variable, value]) => [
      variable,
      value
        .replace('/run/strongroom', join(made, secrets))
        .replace('/var/lib/strongroom', home)
        .replace('0.0.0.0', '127.0.0.1')
        .replace('api:8402', `127.0.0.1:${apiLink}`)
        .replace('vault:8402', `127.0.0.1:${vaultLink}`)
        .replace(/:8400$/, `:${api}`)
        .replace(/:8401$/, `:${vault}`),
    ]);
    const listeners: Readonly<Record<string, Record<string, string>>> = {
      api: { STRONGROOM_API_PORT: String(api), STRONGROOM_LINK_PORT: String(apiLink) },
      worker: { STRONGROOM_API_PORT: String(worker) },
      vault: { STRONGROOM_PCI_PORT: String(vault), STRONGROOM_LINK_PORT: String(vaultLink) },
    };
    return {
      ...(Object.fromEntries(here) as Record<string, string>),
      ...(command[0] === 'serve' ? listeners[name] : {}),
      PROGRAM: program,
    };
  };

  const start = (name: string): ChildProcess => {
    const { command = [], entrypoint = [] } = services[name] ?? {};
    const flags = entrypoint.filter((word) => word.startsWith('--'));
    const child = spawn(process.execPath, [...flags, join(root, 'deploy/compose/start.ts'), ...command], {
      env: environmentOf(name),
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    // Enough to say why it ended; a log of every request would not be.
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed.set(name, `${printed.get(name) ?? ''}${text}`.slice(-10_000));
      });
    return child;
  };

  const exitCode = async (child: ChildProcess): Promise<number | null> => {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };

  return {
    postgres,
    made,
    apiPort: api,
    pciPort: vault,
    prepare,
    migrate: (name) => exitCode(start(name)),
    start,
    isReady: async (name) =>
      (await exitCode(spawn(process.execPath, [join(root, 'deploy/healthcheck.js')], { env: environmentOf(name) }))) ===
      0,
    printedBy: (name) => printed.get(name) ?? '',
    stop: async () => {
      for (const child of running) child.kill('SIGKILL');
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
