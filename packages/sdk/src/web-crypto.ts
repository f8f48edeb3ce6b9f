/** The part of Web Crypto that signatures need; named here because the declarations must not depend on a DOM. */
type HmacKey = object;
type HmacCrypto = {
  importKey(
    format: 'raw',
    key: Uint8Array,
    algorithm: { readonly name: 'HMAC'; readonly hash: 'SHA-256' },
    extractable: boolean,
    usages: readonly ('sign' | 'verify')[],
  ): Promise<HmacKey>;
  sign(algorithm: 'HMAC', key: HmacKey, data: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: 'HMAC', key: HmacKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
};

type WebCrypto = {
  readonly subtle: HmacCrypto;
  getRandomValues(bytes: Uint8Array): Uint8Array;
  randomUUID(): string;
};

let loaded: Promise<WebCrypto> | undefined;

/** Node 18 has Web Crypto in a module and not yet as a global. A computed name keeps bundlers for browsers from looking for it. */
const load = async (): Promise<WebCrypto> => {
  const { crypto } = globalThis as { readonly crypto?: unknown };
  if (crypto !== undefined) return crypto as WebCrypto;
  const moduleName = ['node', 'crypto'].join(':');
  const { webcrypto } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleName)) as {
    readonly webcrypto: unknown;
  };
  return webcrypto as WebCrypto;
};

/** Web Crypto, wherever this runs. */
export const webCrypto = (): Promise<WebCrypto> => (loaded ??= load());

const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const;

export const hmacSha256 = async (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> => {
  const { subtle } = await webCrypto();
  return new Uint8Array(
    await subtle.sign('HMAC', await subtle.importKey('raw', key, algorithm, false, ['sign']), data),
  );
};

/** Whether a signature is the key's own over the data; Web Crypto compares in constant time. */
export const isHmacSha256 = async (key: Uint8Array, signature: Uint8Array, data: Uint8Array): Promise<boolean> => {
  const { subtle } = await webCrypto();
  return subtle.verify('HMAC', await subtle.importKey('raw', key, algorithm, false, ['verify']), signature, data);
};
