// `node scripts/measure-composed.ts [seconds] [in flight…]`: the three processes of deploy/compose.yaml and their databases, on this
// machine instead of in containers: flows a second, and what each process takes of memory and processor meanwhile.
import { readFileSync } from 'node:fs';
import { startWorkerProcess } from '../bench/worker-process.ts';
import type { DriveJob, DriveResult } from '../bench/driver/drive.ts';
import { readRssBytes } from '../bench/product-process.ts';
import { publicSandboxKey } from '../src/config/public-sandbox-key.ts';
import { composedServers, openComposed } from '../test/deploy/composed-processes.ts';

const [seconds = 20, ...given] = process.argv.slice(2).map(Number);
const levels = given.length > 0 ? given : [1, 16, 64];

/** Of a process since its start (proc(5), utime and stime, in the kernel's ticks of 10 ms). */
const processorMs = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

const composed = await openComposed();
try {
  for (const name of ['migrate-platform', 'migrate-vault'] as const)
    if ((await composed.migrate(name)) !== 0) throw new Error(composed.printedBy(name));
  const pids = composedServers.map((name) => [name, composed.start(name).pid ?? 0] as const);
  for (const [name] of pids) while (!(await composed.isReady(name)));

  const driver = startWorkerProcess<DriveJob, DriveResult>(
    new URL('../bench/driver/driver-process.ts', import.meta.url),
  );
  const target = { host: '127.0.0.1', apiPort: composed.apiPort, pciPort: composed.pciPort, key: publicSandboxKey };
  await driver.ask({ target, inFlight: 16, until: { seconds: 3 } });
  console.log(
    `| in flight | flows/s | p99 of a call | ${pids.map(([name]) => `${name}: memory, processor a flow`).join(' | ')} | errors |`,
  );
  for (const inFlight of levels) {
    const before = pids.map(([, pid]) => processorMs(pid));
    const { flowsPerSecond, flows, overall, errors } = await driver.ask({ target, inFlight, until: { seconds } });
    const shares = pids.map(([, pid], index) => {
      const perFlow = (processorMs(pid) - (before[index] ?? 0)) / flows;
      return `${Math.round(readRssBytes(readFileSync(`/proc/${pid}/status`, 'latin1')) / 1e6)} MB, ${perFlow.toFixed(2)} ms`;
    });
    console.log(
      `| ${inFlight} | ${Math.round(flowsPerSecond)} | ${overall.p99Ms.toFixed(1)} ms | ${shares.join(' | ')} | ${errors} |`,
    );
  }
  driver.stop();
} finally {
  await composed.stop();
}
