/** `npm run fuzz`: mutated requests at both listeners of a real server. Exit code 1 when an answer, the log or the memory breaks a promise. */
import { parseArgs } from 'node:util';
import { type FuzzReport, runFuzz } from './run-fuzz.ts';

const usage = `npm run fuzz -- [options]
  --requests <n>   how many (20000)
  --seed <n>       of all choices (1)
  --in-flight <n>  concurrent callers (16)
  --minutes <n>    gives up after so long (30)
`;

const wholeNumber = (name: string, text: string, max: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new Error(`--${name} must be a whole number from 1 to ${max}`);
  return value;
};

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      'in-flight': { type: 'string', default: '16' },
      minutes: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    requests: wholeNumber('requests', values.requests, 100_000_000),
    seed: wholeNumber('seed', values.seed, 1_000_000),
    inFlight: wholeNumber('in-flight', values['in-flight'], 256),
    minutes: wholeNumber('minutes', values.minutes, 240),
  } as const;
};

const show = (name: string, value: string | number): void => console.log(`  ${name.padEnd(64)} ${value}`);

const showReport = ({ counts, statuses, operations, growth }: FuzzReport, seconds: number): void => {
  for (const [name, value] of Object.entries(counts)) show(name, value);
  show('requests a second', Math.round(counts.requests / seconds));
  for (const [status, count] of [...statuses].sort(([a], [b]) => a - b)) show(`answers with ${status}`, count);
  for (const [name, { asked, accepted }] of [...operations].sort()) show(name, `${asked} asked, ${accepted} accepted`);
  if (growth === null) return show('memory', 'not measured on this system');
  show('memory when warm, MiB', growth.warmMib.toFixed(0));
  show('memory at the end, MiB', growth.endMib.toFixed(0));
};

const main = async (): Promise<void> => {
  const options = readOptions();
  if (options === undefined) return console.log(usage);
  AbortSignal.timeout(options.minutes * 60_000).addEventListener('abort', () => {
    console.error(`fuzz: not done after ${options.minutes} minutes`);
    process.exit(1);
  });
  console.log(`fuzz: ${options.requests} requests, ${options.inFlight} in flight, seed ${options.seed}`);
  const began = performance.now();
  const tenth = Math.ceil(options.requests / 10);
  let shownTenths = 0;
  const report = await runFuzz({
    ...options,
    onProgress: (requests) => {
      if (requests < (shownTenths + 1) * tenth) return;
      shownTenths = Math.floor(requests / tenth);
      console.log(`  ${requests} after ${Math.round((performance.now() - began) / 1000)} s`);
    },
  });
  showReport(report, (performance.now() - began) / 1000);
  console.log(
    report.failureCount === 0 ? 'fuzz: every promise was kept' : `fuzz: ${report.failureCount} promises were broken`,
  );
  for (const { fault, request, answer } of report.failures) console.log(`- ${fault}\n  ${request}\n  ${answer}`);
  process.exitCode = report.failureCount === 0 ? 0 : 1;
};

await main();
