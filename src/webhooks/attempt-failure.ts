import type { AttemptFailure } from '../domain/webhook/delivery.ts';

const failures: Readonly<Record<string, AttemptFailure>> = {
  ERR_ADDRESS_REFUSED: 'address-refused',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'connection-refused',
  ENETUNREACH: 'connection-refused',
  ENOTFOUND: 'name-unresolved',
  EAI_AGAIN: 'name-unresolved',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  UND_ERR_SOCKET: 'connection-lost',
  UND_ERR_HEADERS_OVERFLOW: 'garbled',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'garbled',
};

/** Certificates have dozens of codes; all of them mean the same to whoever must repair it. */
const tls = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/;

/** The word for what went wrong with a connection or an answer. */
export const attemptFailureOf = (error: unknown): AttemptFailure => {
  const codes = error instanceof AggregateError ? (error.errors as unknown[]).map(codeOf) : [codeOf(error)];
  for (const code of codes) {
    const known = failures[code];
    if (known !== undefined) return known;
    if (code.startsWith('HPE_')) return 'garbled';
    if (tls.test(code)) return 'tls';
  }
  return 'failed';
};

/** The client's parser does not give every one of its errors a code. */
const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  if (error.name === 'HTTPParserError') return 'HPE_';
  return 'code' in error ? String(error.code) : '';
};
