/** The part of Web Crypto that signatures need; named here because the declarations must not depend on a DOM. */
export type HmacKey = object;
export type HmacCrypto = {
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

let loaded: Promise<HmacCrypto> | undefined;

/** Node 18 has Web Crypto in a module and not yet as a global. A computed name keeps bundlers for browsers from looking for it. */
const load = async (): Promise<HmacCrypto> => {
  const inPlace = (globalThis as { readonly crypto?: { readonly subtle?: unknown } }).crypto?.subtle;
  if (inPlace !== undefined) return inPlace as HmacCrypto;
  const moduleName = ['node', 'crypto'].join(':');
  const { webcrypto } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ moduleName)) as {
    readonly webcrypto: { readonly subtle: unknown };
  };
  return webcrypto.subtle as HmacCrypto;
};

/** Web Crypto, wherever this runs. Its `verify` compares in constant time. */
export const hmacCrypto = (): Promise<HmacCrypto> => (loaded ??= load());

const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const;

export const hmacSha256 = async (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> => {
  const subtle = await hmacCrypto();
  return new Uint8Array(
    await subtle.sign('HMAC', await subtle.importKey('raw', key, algorithm, false, ['sign']), data),
  );
};

/** Whether a signature is the key's own over the data, found out in constant time. */
export const isHmacSha256 = async (key: Uint8Array, signature: Uint8Array, data: Uint8Array): Promise<boolean> => {
  const subtle = await hmacCrypto();
  return subtle.verify('HMAC', await subtle.importKey('raw', key, algorithm, false, ['verify']), signature, data);
};
