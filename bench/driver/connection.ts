import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** An answer as text with one character per byte: enough for ids and statuses, and cheaper than decoding UTF-8. */
export type Answer = { readonly status: number; readonly head: string; readonly body: string };

/** One keep-alive connection that carries one request at a time. */
export type Connection = {
  /** Sends prepared bytes (one character per byte); `onAnswer` runs once, when the whole answer is here. */
  send(request: string, onAnswer: (answer: Answer) => void): void;
  close(): void;
};

const headEnd = '\r\n\r\n';
const contentLength = /\r\ncontent-length: *(\d+)/i;

/**
 * The first whole answer in `text`, or `undefined` while bytes are missing.
 * @throws for an answer without a content length: the driver would have to guess where it ends
 */
export const readAnswer = (text: string): Answer | undefined => {
  const end = text.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = contentLength.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without content-length: ${head.split('\r\n', 1)[0]}`);
  const bodyStart = end + headEnd.length;
  const bodyEnd = bodyStart + Number(length);
  if (text.length < bodyEnd) return undefined;
  return { status: Number(head.slice(9, 12)), head, body: text.slice(bodyStart, bodyEnd) };
};

/** One read takes a whole answer of the API; a longer one takes several reads. */
const readBufferBytes = 16 * 1024;

/**
 * Opens a connection. Reads go to one buffer of the connection (`onread`) and past the stream machinery, so that
 * the driver costs less than the server that it measures.
 * @param onFailure the connection broke or ended; called at most once
 */
export const openConnection = (host: string, port: number, onFailure: (error: Error) => void): Connection => {
  let waiting: ((answer: Answer) => void) | undefined;
  let received = '';
  let closed = false;
  const fail = (error: Error): void => {
    if (closed) return;
    closed = true;
    socket.destroy();
    onFailure(error);
  };
  const take = (count: number, buffer: Uint8Array): boolean => {
    if (closed) return false;
    received += Buffer.from(buffer.buffer, buffer.byteOffset, count).toString('latin1');
    try {
      const answer = readAnswer(received);
      if (answer === undefined) return true;
      const answered = waiting;
      if (answered === undefined) throw new Error('an answer without a question');
      received = '';
      waiting = undefined;
      answered(answer);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  };
  const socket: Socket = connect({
    host,
    port,
    noDelay: true,
    onread: { buffer: new Uint8Array(readBufferBytes), callback: take },
  });
  socket.on('error', fail);
  socket.on('close', () => {
    fail(new Error('the server closed the connection'));
  });
  return {
    send: (request, onAnswer) => {
      waiting = onAnswer;
      socket.write(request, 'latin1');
    },
    close: () => {
      closed = true;
      socket.destroy();
    },
  };
};
