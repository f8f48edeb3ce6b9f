/** One function of a V8 processor profile (Chrome DevTools protocol, `Profiler.ProfileNode`). */
export type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
};

/** Times are microseconds of a monotonic clock. */
export type CpuProfile = {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
};

export type AreaTime = {
  readonly area: string;
  readonly selfMs: number;
  readonly share: number;
  readonly functions: readonly string[];
};

/** The part of a profile that counts: without start, warm-up and shutdown. */
export type Window = { readonly fromMs: number; readonly toMs: number };

const idle = 'waiting (idle)';

/** Files in the order in which they are tried: the first pattern that fits names the area. */
const areasByFile: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/(fast-json-stringify|secure-json-parse|@fastify\/merge-json-schemas)\//, 'JSON'],
  [
    /node_modules\/(pino|pino-pretty|sonic-boom|thread-stream|pino-std-serializers|quick-format-unescaped|safe-stable-stringify)\//,
    'logging',
  ],
  [/node_modules\/(prom-client|@opentelemetry)\//, 'metrics'],
  [
    /node_modules\/(fastify|find-my-way|avvio|@fastify|ajv|typebox|light-my-request|toad-cache|process-warning|rfdc|ret|reusify|fastq|abstract-logging)/,
    'fastify',
  ],
  [/node_modules\//, 'other packages'],
  [/^node:internal\/crypto|^node:crypto/, 'cryptography'],
  [/^node:sqlite/, 'SQLite and its disk'],
  [
    /^node:(_http|http|internal\/http|net|internal\/net|_stream|stream|internal\/streams|internal\/stream_base|internal\/js_stream|events|internal\/timers|timers|internal\/url|url|querystring)/,
    'node:http and sockets',
  ],
  [
    /^node:internal\/(process|async|promise|abort)|^node:(async_hooks|diagnostics_channel|domain)/,
    'promises, ticks and async context',
  ],
  [/^node:(buffer|internal\/buffer|internal\/util|util|string_decoder|internal\/encoding)/, 'buffers and text'],
  [/^node:/, 'other Node internals'],
  [/\/src\/logging\//, 'logging'],
  // V8 counts a call into node:sqlite as the line that makes it.
  [/\/src\/store\/sqlite\//, 'SQLite and its disk'],
  [/\/src\/(store|platform)\//, 'our store: rows and documents'],
  [/\/vault\/acquirers\/simulator\//, 'acquirer simulator and its ledger'],
  [/\/src\/(http|problems)\//, 'our HTTP layer'],
  [/\/src\/(use-cases|domain|workers|ports)\//, 'our use cases and domain'],
  [/\/vault\//, 'our vault'],
  [/\/(src|dist|bin)\//, 'our other code'],
];

const areaOfFile = (url: string): string | undefined => areasByFile.find(([pattern]) => pattern.test(url))?.[1];

const sqliteMethods = new Set(['run', 'all', 'get', 'exec', 'iterate', 'prepare']);
const cryptoMethods =
  /^(update|final|digest|hkdf|randomFill|timingSafeEqual|setAuthTag|getAuthTag|setAAD|hash|Hmac|Hash|Cipher|Decipher|CipherBase|oneShotDigest)/;
const socketMethods = /^(write|read|shutdown|consume|execute|finish|uv|close|ref|listen|accept)/;

/**
 * A function written in C++ has no file: its name and its caller say where it belongs. Code made at run time
 * (`new Function`) has none either: that is fastify's compiled validators and serialisers.
 */
const areaOf = (node: ProfileNode, callerArea: string): string => {
  const { functionName: name, url, lineNumber } = node.callFrame;
  if (name === '(idle)') return idle;
  if (name === '(garbage collector)') return 'garbage collection';
  if (name === '(program)' || name === '(root)') return 'native code outside JavaScript';
  const byFile = areaOfFile(url);
  if (byFile !== undefined) return byFile;
  if (lineNumber >= 0) return 'JSON';
  if (name === 'parse' || name === 'stringify') return 'JSON';
  if (sqliteMethods.has(name) && callerArea.startsWith('our ')) return 'SQLite and its disk';
  if (callerArea === 'cryptography' || cryptoMethods.test(name)) return 'cryptography';
  if (socketMethods.test(name) && callerArea === 'logging') return 'logging';
  return callerArea;
};

const assignAreas = (profile: CpuProfile): ReadonlyMap<number, string> => {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const areas = new Map<number, string>();
  const pending: { readonly id: number; readonly callerArea: string }[] = [];
  const root = profile.nodes[0];
  if (root !== undefined) pending.push({ id: root.id, callerArea: 'native code outside JavaScript' });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = nodes.get(next.id);
    if (node === undefined) continue;
    const area = areaOf(node, next.callerArea);
    areas.set(node.id, area);
    for (const child of node.children ?? []) pending.push({ id: child, callerArea: area });
  }
  return areas;
};

const functionLabel = (node: ProfileNode): string => {
  const { functionName, url } = node.callFrame;
  const file = url.split('/').slice(-2).join('/');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name} ${file}`;
};

/**
 * Self time by area, most first, with the costliest functions of each.
 * @param window milliseconds from the start of the profile; samples outside it do not count
 */
export const groupProfile = (profile: CpuProfile, window: Window): readonly AreaTime[] => {
  const areas = assignAreas(profile);
  const labels = new Map(profile.nodes.map((node) => [node.id, functionLabel(node)]));
  const byArea = new Map<string, { us: number; functions: Map<string, number> }>();
  let at = 0;
  let totalUs = 0;
  for (const [index, id] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0;
    at += us;
    if (at < window.fromMs * 1000 || at > window.toMs * 1000) continue;
    const area = areas.get(id) ?? 'native code outside JavaScript';
    const entry = byArea.get(area) ?? { us: 0, functions: new Map<string, number>() };
    const label = labels.get(id) ?? '';
    entry.us += us;
    entry.functions.set(label, (entry.functions.get(label) ?? 0) + us);
    byArea.set(area, entry);
    totalUs += us;
  }
  const topOf = (functions: ReadonlyMap<string, number>): readonly string[] =>
    [...functions]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, 3)
      .map(([label, us]) => `${label} ${((us * 100) / totalUs).toFixed(1)} %`);
  return [...byArea]
    .map(([area, { us, functions }]) => ({ area, selfMs: us / 1000, share: us / totalUs, functions: topOf(functions) }))
    .toSorted((a, b) => b.selfMs - a.selfMs);
};
