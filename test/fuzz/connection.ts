import { connect, type Socket } from 'node:net';

/** One answer as it came. Header names are in lower case; of a repeated header the last one counts. */
export type WireAnswer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

/** An answer, or why there is none: the connection ended, or nothing came in time. */
export type Exchange = WireAnswer | 'closed' | 'silent';

/** Longer than the server's own limits on slow requests and acquirers, so that silence is the server's fault. */
const patienceMs = 15_000;
const headEnd = '\r\n\r\n';

type Read = { readonly answer: WireAnswer; readonly length: number };

const headersOf = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );

/** The length of a chunked body with its framing, and its content; `undefined` while it is not whole. */
const readChunks = (text: string, from: number): { readonly content: string; readonly end: number } | undefined => {
  let content = '';
  for (let at = from; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (text.length < next) return undefined;
    if (size === 0) return { content, end: next };
    content += text.slice(lineEnd + 2, next - 2);
    at = next;
  }
};

/**
 * The first whole answer in bytes (one character per byte), interim answers passed over; `undefined` while bytes are missing.
 * @param isWhole nothing will follow: a body without a length ends here
 */
export const readAnswer = (text: string, toHead: boolean, isWhole: boolean): Read | undefined => {
  const end = text.indexOf(headEnd);
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
  const bodyStart = end + headEnd.length;
  if (status >= 100 && status < 200) {
    const final = readAnswer(text.slice(bodyStart), toHead, isWhole);
    return final === undefined ? undefined : { answer: final.answer, length: bodyStart + final.length };
  }
  const headers = headersOf(lines);
  const give = (body: string, length: number): Read => ({
    answer: { status, headers, body: Buffer.from(body, 'latin1').toString('utf8') },
    length,
  });
  if (toHead || status === 204 || status === 304) return give('', bodyStart);
  const contentLength = headers.get('content-length');
  if (contentLength !== undefined) {
    const bodyEnd = bodyStart + Number(contentLength);
    return text.length < bodyEnd ? undefined : give(text.slice(bodyStart, bodyEnd), bodyEnd);
  }
  if (headers.get('transfer-encoding') === 'chunked') {
    const chunks = readChunks(text, bodyStart);
    return chunks === undefined ? undefined : give(chunks.content, chunks.end);
  }
  return isWhole ? give(text.slice(bodyStart), text.length) : undefined;
};

/** A kept connection that carries whatever bytes it is given, one request at a time, and opens itself again when it must. */
export type WireConnection = {
  exchange(request: Buffer, toHead: boolean): Promise<Exchange>;
  close(): void;
};

export const openWire = (port: number): WireConnection => {
  let socket: Socket | null = null;
  const drop = (): void => {
    socket?.destroy();
    socket = null;
  };
  return {
    close: drop,
    exchange: (request, toHead) =>
      new Promise((resolve) => {
        socket ??= connect({ host: '127.0.0.1', port, noDelay: true });
        const own = socket;
        let received = '';
        const done = (outcome: Exchange, keep: boolean): void => {
          clearInterval(limit);
          own.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
          own.on('error', () => undefined);
          if (!keep) drop();
          resolve(outcome);
        };
        const look = (isWhole: boolean): boolean => {
          const read = readAnswer(received, toHead, isWhole);
          if (read === undefined) return false;
          // More than one answer to one request would be taken for the next one's.
          const isClean = read.length === received.length && read.answer.headers.get('connection') !== 'close';
          done(read.answer, isClean && !isWhole);
          return true;
        };
        const limit = setInterval(() => done('silent', false), patienceMs);
        own.on('data', (bytes) => {
          received += bytes.toString('latin1');
          look(false);
        });
        own.on('error', () => undefined);
        own.on('close', () => {
          if (!look(true)) done('closed', false);
        });
        own.write(request);
      }),
  };
};

/**
 * Sends bytes over a connection of their own and gives all answers that come.
 * @param halfClose says at once that nothing will follow; without it the bytes must make the server close
 */
export const sendRaw = (port: number, bytes: Buffer, halfClose: boolean): Promise<readonly WireAnswer[] | 'silent'> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let received = '';
    const limit = setInterval(() => {
      socket.destroy();
      clearInterval(limit);
      resolve('silent');
    }, patienceMs);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(limit);
      resolve(answersIn(received));
    });
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });

/** All answers in what a connection gave until it was closed. */
export const answersIn = (text: string): readonly WireAnswer[] => {
  const answers: WireAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const read = readAnswer(rest, false, true);
    if (read === undefined) break;
    answers.push(read.answer);
    rest = rest.slice(read.length);
  }
  return answers;
};

/** A request in its bytes. The length is always right: wrong ones are sent raw. */
export const wireBytes = (request: {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | null;
}): Buffer => {
  const { method, target, headers, body } = request;
  const length =
    body === null && !['POST', 'PUT', 'PATCH'].includes(method) ? [] : [`content-length: ${body?.length ?? 0}`];
  const head = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), ...length];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body ?? Buffer.alloc(0)]);
};
