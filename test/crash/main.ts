/** `npm run crash`: servers under load are killed at random moments; in the end all books must agree. Exit code 1 when they do not. */
import { parseArgs } from 'node:util';
import { runCrash } from './run-crash.ts';
import { sabotageNames } from './sabotage.ts';

const usage = `npm run crash -- [options]
  --cycles <n>       power cuts (10)
  --seed <n>         of all choices (1); the moments themselves depend on the machine
  --guests <n>       concurrent callers (12)
  --engine <name>    sqlite or postgres (sqlite)
  --nodes <n>        servers on the same database (1; several need postgres)
  --webhooks         notifications across kills of server and receiver, instead of all else (--kills, --seed, --guests)
  --minutes <n>      gives up after so long (30)
  --sabotage <name>  damages the books before they are compared, to show that it is seen:
                     ${sabotageNames.join(', ')}
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
      cycles: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      guests: { type: 'string', default: '12' },
      engine: { type: 'string', default: 'sqlite' },
      nodes: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '30' },
      sabotage: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.engine !== 'sqlite' && values.engine !== 'postgres')
    throw new Error('--engine must be sqlite or postgres');
  const nodes = wholeNumber('nodes', values.nodes, 8);
  if (nodes > 1 && values.engine === 'sqlite') throw new Error('--nodes: a SQLite database serves one server');
  const damage = sabotageNames.find((name) => name === values.sabotage);
  if (values.sabotage !== undefined && damage === undefined)
    throw new Error(`--sabotage must be one of: ${sabotageNames.join(', ')}`);
  return {
    seed: wholeNumber('seed', values.seed, 1_000_000),
    cycles: wholeNumber('cycles', values.cycles, 10_000),
    guests: wholeNumber('guests', values.guests, 200),
    minutes: wholeNumber('minutes', values.minutes, 240),
    engine: values.engine,
    nodes,
    sabotage: damage ?? null,
  } as const;
};

const showDetails = (details: Readonly<Record<string, number>>): void => {
  for (const [name, value] of Object.entries(details)) console.log(`  ${name.padEnd(30)} ${value}`);
};

const violationsShown = 30;

const main = async (): Promise<void> => {
  const options = readOptions();
  if (options === undefined) return console.log(usage);
  AbortSignal.timeout(options.minutes * 60_000).addEventListener('abort', () => {
    console.error(`crash: not done after ${options.minutes} minutes`);
    process.exit(1);
  });
  const began = performance.now();
  const where = `${options.engine}, ${options.nodes} node${options.nodes === 1 ? '' : 's'}`;
  console.log(`crash: ${options.cycles} power cuts on ${where}, ${options.guests} guests, seed ${options.seed}`);
  const { violations, counts, figures } = await runCrash({
    ...options,
    onCycle: (cycle) => {
      if (cycle % 10 === 0) console.log(`  after ${cycle} cycles, ${Math.round((performance.now() - began) / 1000)} s`);
    },
  });
  showDetails({ ...counts, ...figures, seconds: Math.round((performance.now() - began) / 1000) });
  console.log(violations.length === 0 ? 'crash: all books agree' : `crash: ${violations.length} violations`);
  for (const violation of violations.slice(0, violationsShown)) console.log(`  ${violation}`);
  process.exitCode = violations.length === 0 ? 0 : 1;
};

if (process.argv.includes('--webhooks')) await import('./webhooks.ts');
else await main();
