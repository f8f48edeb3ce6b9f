import { BlockList, isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../problems/problems.ts';
import { sendProblem } from './answer.ts';

/**
 * Whether an address is one of these addresses and CIDR ranges; IPv4 addresses are known in their IPv6 form, too.
 * @param entries checked by the configuration
 */
export const addressMatcher = (entries: readonly string[]): ((address: string | undefined) => boolean) => {
  const known = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(prefix), family);
  }
  return (address = '') => isIP(address) !== 0 && known.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
};

/**
 * Where a proxy ends TLS, whoever reaches the port past it would send card numbers in the clear (PCI DSS 4.2.1): such a
 * caller is refused, and so is one of whom the proxy says that he came over plain HTTP. Probes of health are answered to all.
 */
export const refuseUnprotected = (
  listener: FastifyInstance,
  isTrustedProxy: (address: string | undefined) => boolean,
): void => {
  listener.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const cameInTheClear = /^http(,|$)/i.test(String(request.headers['x-forwarded-proto'] ?? ''));
    const isProtected = isTrustedProxy(request.socket.remoteAddress) && !cameInTheClear;
    if (isProtected || request.routeOptions.url?.startsWith('/health/') === true) done();
    else sendProblem(request, reply, problem('connection-unprotected'));
  });
};
