import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressPolicy, isAddress, isAddressAllowed } from '../domain/webhook/address-policy.ts';

/** The address behind a name, or in its place, is none that may be sent to. Names neither. */
class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  readonly code = 'ERR_ADDRESS_REFUSED';
}

/**
 * Resolves a name and hands on only what may be connected to. It runs inside the connection's own set-up, so that nothing
 * is resolved a second time between check and use.
 */
const guardedLookup =
  (policy: AddressPolicy, lookup: typeof systemLookup): LookupFunction =>
  (hostname, options, callback) => {
    lookup(
      hostname,
      { ...options, all: true },
      (error: NodeJS.ErrnoException | null, found: readonly LookupAddress[]) => {
        if (error !== null) return callback(error, []);
        const allowed = found.filter(({ address }) => isAddressAllowed(address, policy));
        const [first] = allowed;
        if (first === undefined) return callback(new AddressRefused(), []);
        if (options.all === true) callback(null, [...allowed]);
        else callback(null, first.address, first.family);
      },
    );
  };

/**
 * Connects to addresses that the policy allows, on every new connection: a literal is judged before, a name when it is
 * resolved, and the address at the other end once more when the connection stands.
 * @param lookup the resolver, for tests of names that change
 */
export const guardedConnector = (
  policy: AddressPolicy,
  timeoutMs: number,
  lookup = systemLookup,
): buildConnector.connector => {
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    lookup: guardedLookup(policy, lookup),
    autoSelectFamily: true,
    // Enough for every receiver of a large platform.
    maxCachedSessions: 1000,
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    const isRefused =
      (isAddress(host) && !isAddressAllowed(host, policy)) || (options.protocol === 'http:' && !policy.allowHttp);
    if (isRefused) return callback(new AddressRefused(), null);
    connect({ ...options, hostname: host }, (...outcome) => {
      const [error, socket] = outcome;
      if (error !== null) return callback(error, null);
      if (isAddressAllowed(socket.remoteAddress ?? '', policy)) return callback(null, socket);
      socket.destroy();
      return callback(new AddressRefused(), null);
    });
  };
};
