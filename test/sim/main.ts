// `npm run sim -- --seeds 500 --steps 400`: the simulation of docs/reliability.md. `--seed N` replays one, `--mutate` proves that it can catch.
import { parseArgs } from 'node:util';
import { exitCodes, hookMutant, mutantNamed } from './mutant-hook.ts';
import { catchMutants } from './catch-mutants.ts';

const usage = `npm run sim -- [options]
  --seeds <n>      runs, each of another seed (500; with --mutate at most 2000 for each bug)
  --steps <n>      of each run (400)
  --from <n>       the first seed (1)
  --seed <n>       runs this one alone, step by step as before
  --mutate         puts each known bug into the product, one at a time: all must be caught
  --mutant <name>  puts this one in
  --json           the figures as one line for machines
`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    steps: { type: 'string', default: '400' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mutate: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
  process.exit();
}

const whole = (name: 'seeds' | 'steps' | 'from' | 'seed', text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} must be a whole number above zero.`);
  process.exit(exitCodes.usage);
};

const steps = whole('steps', values.steps);
const seeds = values.seed === undefined ? whole('seeds', values.seeds ?? (values.mutate ? '2000' : '500')) : 1;
const first = whole('from', values.seed ?? values.from);

if (values.mutate) {
  const escaped = await catchMutants(seeds, steps, (line) => console.log(line));
  process.exit(escaped === 0 ? 0 : exitCodes.broken);
}

// Before anything of the product is loaded.
if (values.mutant !== undefined) hookMutant(mutantNamed(values.mutant));
const { runSeed } = await import('./run-seed.ts');
const { reportFailure } = await import('./failure-report.ts');

const tally = new Map<string, number>();
const startedAt = performance.now();
let taken = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const run = await runSeed(seed, steps, tally);
  taken += run.steps.length;
  if (run.violation === undefined) continue;
  if (values.mutant !== undefined)
    console.log(`seed ${seed}, step ${run.violation.step}: ${run.violation.code}: ${run.violation.text}`);
  else console.log(`${await reportFailure(seed, run)}\nreplay: npm run sim -- --seed ${seed} --steps ${steps}`);
  process.exit(exitCodes.broken);
}

const elapsed = (performance.now() - startedAt) / 1_000;
const figures = [...tally].sort(([a], [b]) => a.localeCompare(b));
if (values.json)
  console.log(JSON.stringify({ seeds, steps: taken, seconds: elapsed, met: Object.fromEntries(figures) }));
else {
  console.log(`${seeds} seeds, ${taken} steps in ${elapsed.toFixed(1)} s: no promise was broken.`);
  for (const [what, times] of figures) console.log(`${String(times).padStart(9)}  ${what}`);
}
