/** What lets a browser act on one intent: a secret that lives 30 minutes (the API's documentation). */
export type ClientSession = { readonly secret: string /** Milliseconds since 1970. */; readonly expiresAt: number };

export const clientSessionLifetimeMs = 30 * 60 * 1000;
