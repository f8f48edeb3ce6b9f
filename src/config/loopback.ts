import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether only programs on the same machine can reach this address. A name other than `localhost` may lead anywhere. */
export const isLoopback = (address: string): boolean =>
  address === 'localhost' || loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
