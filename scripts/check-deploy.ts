// `npm run check:deploy`: what a container engine and a cluster would refuse in deploy/, where there is neither.
import { readFileSync } from 'node:fs';
import { faultsOfCompose, parseCompose } from './deploy/compose-file.ts';
import { faultsOfDockerfile } from './deploy/dockerfile.ts';
import { chartFolder, renderChart, runHelm } from './deploy/helm.ts';
import { faultsOfManifests, parseManifests } from './deploy/manifests.ts';

const root = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const faultsOfChart = async (valuesFile: string): Promise<readonly string[]> => {
  const lint = runHelm(['lint', '--strict', chartFolder, '--values', valuesFile]);
  if (!lint.ok) return [lint.output + lint.errors];
  const rendered = renderChart(valuesFile);
  return rendered.ok ? faultsOfManifests(parseManifests(rendered.output)) : [rendered.errors];
};

const checks: readonly (readonly [string, () => readonly string[] | Promise<readonly string[]>])[] = [
  ['deploy/Dockerfile', () => faultsOfDockerfile(read('deploy/Dockerfile'))],
  ['deploy/compose.yaml', () => faultsOfCompose(parseCompose(read('deploy/compose.yaml')))],
  ...['production', 'sandbox'].map((kind) => {
    const valuesFile = `${chartFolder}/ci/${kind}-values.yaml`;
    return [`${chartFolder} with ci/${kind}-values.yaml`, () => faultsOfChart(valuesFile)] as const;
  }),
];

for (const [what, look] of checks) {
  const faults = await look();
  console.log(faults.length === 0 ? `${what}: good` : `${what}:\n  ${faults.join('\n  ')}`);
  if (faults.length > 0) process.exitCode = 1;
}
