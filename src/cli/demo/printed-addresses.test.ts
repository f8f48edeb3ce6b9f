import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPrintedAddress, readPrintedAddresses } from './printed-addresses.ts';

const addresses = { apiUrl: 'http://127.0.0.1:41001', pciUrl: 'http://127.0.0.1:41002' };

test('both addresses are read, whatever stands around them', () => {
  const printed =
    'Strongroom sandbox\n  API   http://127.0.0.1:41001\n  PCI   http://127.0.0.1:41002\n  try: curl http://127.0.0.1:9/setup-intents\n';
  assert.deepEqual(readPrintedAddresses(printed), addresses);
  assert.deepEqual(
    readPrintedAddresses('PCI listener: http://127.0.0.1:41002/\nAPI listener: http://127.0.0.1:41001/\n'),
    addresses,
  );
});

test('colours do not hide the addresses', () => {
  const printed =
    '\u001b[1mAPI\u001b[0m \u001b[36mhttp://127.0.0.1:41001\u001b[0m\n\u001b[1mPCI\u001b[0m http://127.0.0.1:41002\n';
  assert.deepEqual(readPrintedAddresses(printed), addresses);
});

test('one address alone is not an answer', () => {
  assert.equal(readPrintedAddresses('API http://127.0.0.1:41001\n'), undefined);
  assert.equal(readPrintedAddresses('PCI http://127.0.0.1:41002\n'), undefined);
  assert.equal(readPrintedAddresses(''), undefined);
});

test('a part of a split server is found by what it prints', () => {
  const printed = 'Health http://127.0.0.1:41003\nLink https://127.0.0.1:41004\n';
  assert.equal(readPrintedAddress(printed, 'Health'), 'http://127.0.0.1:41003');
  assert.equal(readPrintedAddress(printed, 'Link'), 'https://127.0.0.1:41004');
  assert.equal(readPrintedAddress(printed, 'API'), undefined);
});
