/** A receiver of notifications as a process of its own: answers each at once, and says how many came and how old they were. */
import { createHistogram } from 'node:perf_hooks';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { systemClock } from '../../src/platform/system-clock.ts';

export type ReceiverQuestion = { readonly ask: 'port' | 'take' };
export type ReceiverReply = {
  readonly port: number;
  /** Since the last `take`. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

const answer = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
const headEnd = '\r\n\r\n';
let ages = createHistogram({ lowest: 1, highest: 600_000, figures: 3 });

/** From the moment that the event says, which lies before its commit: what is measured is more than commit to arrival. */
const note = (body: string): void => {
  const createdAt = Date.parse(/"createdAt":"([^"]+)"/.exec(body)?.[1] ?? '');
  ages.record(Math.max(1, systemClock.now() - createdAt));
};

const receive = (socket: Socket): void => {
  let text = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk.toString();
    for (;;) {
      const end = text.indexOf(headEnd);
      if (end === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      const next = end + headEnd.length + length;
      if (text.length < next) return;
      note(text.slice(end + headEnd.length, next));
      text = text.slice(next);
      socket.write(answer);
    }
  });
};

const server = createServer(receive);
server.listen(0, '127.0.0.1', () => {
  process.on('message', ({ ask }: ReceiverQuestion) => {
    const { count } = ages;
    const percentile = (share: number): number => (count === 0 ? 0 : ages.percentile(share));
    const { port } = server.address() as AddressInfo;
    const result: ReceiverReply = {
      port,
      count,
      p50Ms: percentile(50),
      p99Ms: percentile(99),
      maxMs: count === 0 ? 0 : ages.max,
    };
    if (ask === 'take') ages = createHistogram({ lowest: 1, highest: 600_000, figures: 3 });
    process.send?.({ result });
  });
});
process.on('disconnect', () => process.exit(0));
