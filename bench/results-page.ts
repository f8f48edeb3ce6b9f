import { callNames } from './driver/flow.ts';
import type { SyncsByFile } from './commit-count.ts';
import type { MemoryResult } from './memory-run.ts';
import type { ProfileResult } from './profile-run.ts';
import type { Level } from './rounds.ts';

export type Machine = {
  readonly cores: number;
  readonly processor: string;
  readonly kernel: string;
  readonly node: string;
  readonly memoryBytes: number;
  readonly date: string;
};

/** Everything one run measured; parts that were not asked for are null. */
export type BenchReport = {
  readonly machine: Machine;
  readonly rounds: number;
  readonly ratioToBareHttp: number;
  readonly levels: readonly Level[];
  readonly commits: { readonly flows: number; readonly syncs: SyncsByFile } | null;
  readonly memory: MemoryResult | null;
  readonly profile: ProfileResult | null;
  readonly errors: number;
  readonly firstError: string | null;
};

const targets = { ratioMin: 0.25, ratioAim: 0.4, p99MsMax: 150, memoryBytesMax: 250e6, commitsPerFlowMax: 4 } as const;

const whole = (value: number): string => Math.round(value).toLocaleString('en-GB').replaceAll(',', ' ');
const ms = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map((_name, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
  '',
];

const flowsTable = (levels: readonly Level[]): string[] =>
  table(
    [
      'in flight',
      'Strongroom flows/s',
      '(a) bare HTTP flows/s',
      '(b) bare commits flows/s',
      '(c) stack alone flows/s',
      'of (a)',
      'of (b)',
      'of (c)',
      '(c) of (a)',
      'p50 of a call',
      'p99 of a call',
      'driver load',
      'memory',
    ],
    levels.map((level) => [
      String(level.inFlight),
      whole(level.product.flowsPerSecond),
      whole(level.bareHttp.flowsPerSecond),
      whole(level.commitFlowsPerSecond),
      whole(level.stackAlone.flowsPerSecond),
      percent(level.ratioToBareHttp),
      percent(level.ratioToCommits),
      percent(level.ratioToStackAlone),
      percent(level.stackAlone.flowsPerSecond / level.bareHttp.flowsPerSecond),
      `${ms(level.product.overall.p50Ms)} ms`,
      `${ms(level.product.overall.p99Ms)} ms`,
      `${level.product.driverLoad.toFixed(2)} / ${level.bareHttp.driverLoad.toFixed(2)}`,
      megabytes(level.rssBytes),
    ]),
  );

const stackSentence = (levels: readonly Level[]): string => {
  const reached = levels.map(
    ({ inFlight, stackAlone, bareHttp }) =>
      `${percent(stackAlone.flowsPerSecond / bareHttp.flowsPerSecond)} of (a) at ${inFlight}`,
  );
  return `The stack alone, without the product, reaches ${reached.join(', ')}: more is out of reach of any server that keeps these rows on this stack.`;
};

const callsTable = (levels: readonly Level[]): string[] =>
  table(
    [
      'call, p50 / p99 in ms',
      ...levels.map(({ inFlight }) => `${inFlight} in flight`),
      ...levels.map(({ inFlight }) => `(a) at ${inFlight}`),
    ],
    callNames.map((name) => [
      name,
      ...levels.map(({ product }) => `${ms(product.calls[name].p50Ms)} / ${ms(product.calls[name].p99Ms)}`),
      ...levels.map(({ bareHttp }) => `${ms(bareHttp.calls[name].p50Ms)} / ${ms(bareHttp.calls[name].p99Ms)}`),
    ]),
  );

/**
 * Commits of the one flow that is alone: how often the log of the product's own database was forced to disk. A checkpoint
 * forces the log once before it copies it and once when it begins anew, and the database file once in between (sqlite.org/wal.html):
 * those are no commits.
 */
export const commitsPerFlow = (commits: { readonly flows: number; readonly syncs: SyncsByFile }): number =>
  ((commits.syncs['strongroom.db-wal'] ?? 0) - 2 * (commits.syncs['strongroom.db'] ?? 0)) / commits.flows;

const verdict = (held: boolean): string => (held ? 'held' : '**missed**');

const targetRows = (report: BenchReport): string[][] => {
  const loaded = report.levels.filter(({ inFlight }) => inFlight >= 16);
  const p99 = Math.max(...(loaded.length > 0 ? loaded : report.levels).map(({ product }) => product.overall.p99Ms));
  const rows = [
    [
      'of bare HTTP, worst of 16 and 64',
      `≥ ${percent(targets.ratioMin)} (aim ${percent(targets.ratioAim)})`,
      percent(report.ratioToBareHttp),
      verdict(report.ratioToBareHttp >= targets.ratioMin),
    ],
    ['p99 of a call, worst of 16 and 64', `< ${targets.p99MsMax} ms`, `${ms(p99)} ms`, verdict(p99 < targets.p99MsMax)],
  ];
  if (report.memory !== null) {
    const { memory } = report;
    rows.push([
      `memory over ${whole(memory.flows)} flows`,
      `< ${megabytes(targets.memoryBytesMax)}`,
      megabytes(memory.maxRssBytes),
      verdict(memory.maxRssBytes < targets.memoryBytesMax),
    ]);
  }
  if (report.commits !== null) {
    const each = commitsPerFlow(report.commits);
    rows.push([
      'commits of one flow alone',
      `≤ ${targets.commitsPerFlowMax}`,
      each.toFixed(2),
      verdict(each > 0 && each <= targets.commitsPerFlowMax + 0.05),
    ]);
  }
  return rows;
};

const commitsSection = (commits: NonNullable<BenchReport['commits']>): string[] => [
  '## What one flow forces to disk',
  '',
  `Counted by the kernel (\`strace\`) over ${commits.flows} flows, one at a time; per flow:`,
  '',
  ...table(
    ['file', 'fsync and fdatasync per flow'],
    Object.entries(commits.syncs)
      .toSorted((a, b) => b[1] - a[1])
      .map(([file, count]) => [`\`${file}\``, (count / commits.flows).toFixed(2)]),
  ),
];

const memorySection = (memory: MemoryResult): string[] => [
  '## Memory',
  '',
  `Resident memory of the server (\`VmRSS\`) while ${whole(memory.flows)} flows pass at ${memory.inFlight} in flight. ` +
    `Highest ${megabytes(memory.maxRssBytes)}; growth over the second half ${(memory.growthBytesPerThousandFlows / 1000).toFixed(0)} kB per 1000 flows ` +
    '(median slope; under a hundred bytes a flow, the collector moves more than that).',
  '',
  ...table(
    ['flows', 'resident'],
    memory.points
      .filter((_point, index) => index % 4 === 0)
      .map(({ flows, rssBytes }) => [whole(flows), megabytes(rssBytes)]),
  ),
];

const profileSection = (profile: ProfileResult): string[] => [
  '## Where the time goes',
  '',
  `V8's sampling profiler (every 0.5 ms) over ${profile.seconds} s at ${profile.inFlight} in flight, ` +
    `${whole(profile.flowsPerSecond)} flows/s under the profiler; self time by area. SQLite's share includes waiting for the disk inside a commit.`,
  '',
  ...profile.threads.flatMap(({ thread, areas }) => [
    `**${thread}**`,
    '',
    ...table(
      ['area', 'self time', 'most of it'],
      areas
        .filter(({ share }) => share >= 0.002)
        .map(({ area, share, functions }) => [
          area,
          percent(share),
          functions.map((text) => text.replaceAll('|', '\\|')).join('; '),
        ]),
    ),
  ]),
];

/** The report as a Markdown page: what `bench/RESULTS.md` holds and what the terminal shows. */
export const renderResults = (report: BenchReport): string =>
  [
    '# Benchmark results',
    '',
    'Made by `npm run bench -- --memory --profile --write`; `bench/README.md` says what is measured and how.',
    '',
    `${report.machine.date}. ${report.machine.cores} cores of ${report.machine.processor}, ${megabytes(report.machine.memoryBytes)} of memory, ` +
      `Linux ${report.machine.kernel}, Node ${report.machine.node}. Medians of ${report.rounds} interleaved rounds; errors: ${report.errors}.`,
    '',
    ...table(['target', 'wanted', 'measured', ''], targetRows(report)),
    '## Flows per second',
    '',
    'A flow is four calls: tokenise, create payment intent, charge, read setup intent.',
    '',
    ...flowsTable(report.levels),
    stackSentence(report.levels),
    '',
    ...callsTable(report.levels),
    ...(report.commits === null ? [] : commitsSection(report.commits)),
    ...(report.memory === null ? [] : memorySection(report.memory)),
    ...(report.profile === null ? [] : profileSection(report.profile)),
  ].join('\n');
