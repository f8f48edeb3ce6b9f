import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressPolicies, checkTarget, isAddressAllowed } from './address-policy.ts';

const { prod, sandbox } = addressPolicies;

const allowed = [
  '93.184.216.34',
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700:4700::1111',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
];
const refused: Readonly<Record<string, readonly string[]>> = {
  'this network': ['0.0.0.0', '0.1.2.3', '::'],
  private: ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1', 'fec0::1'],
  'link-local and metadata': ['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'fd00:ec2::254'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255', '100.100.100.200'],
  multicast: ['224.0.0.1', '239.255.255.250', 'ff02::1'],
  'broadcast and reserved': [
    '255.255.255.255',
    '240.0.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '203.0.113.9',
    '2001:db8::1',
    '100::1',
  ],
  'mapped into IPv6': [
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:192.168.0.1',
    '::10.0.0.1',
    '::ffff:0:169.254.169.254',
  ],
  'behind NAT64': ['64:ff9b::10.0.0.1', '64:ff9b::8.8.8.8', '64:ff9b:1::a00:1'],
  'behind 6to4 and Teredo': ['2002:a00:1::1', '2002:808:808::1', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  'not addresses': ['', 'localhost', '1.2.3', '1.2.3.256', '1:2:3', ':::', '12345::', '::1::', '0x7f.1'],
};

for (const [what, addresses] of Object.entries(refused)) {
  for (const address of addresses) {
    test(`refuses ${address || 'nothing'}, which is ${what}, in sandbox and production`, () => {
      assert.equal(isAddressAllowed(address, prod), false);
      assert.equal(isAddressAllowed(address, sandbox), false);
    });
  }
}

for (const address of allowed) {
  test(`lets notifications go to ${address}`, () => assert.ok(isAddressAllowed(address, prod)));
}

for (const address of ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1']) {
  test(`lets a sandbox, and nobody else, send to ${address}`, () => {
    assert.ok(isAddressAllowed(address, sandbox));
    assert.equal(isAddressAllowed(address, prod), false);
  });
}

const refusalOf = (url: string, policy = prod): string | undefined => {
  const checked = checkTarget(url, policy);
  return 'refusal' in checked ? checked.refusal : undefined;
};

test('takes https to a public name, in canonical form', () => {
  assert.deepEqual(checkTarget('https://Example.com:443/a b#c', prod), { url: 'https://example.com/a%20b' });
});

test('refuses spellings of private addresses that only a URL parser sees through', () => {
  for (const host of [
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '①②⑦.0.0.1',
    '169.254.169.254.',
  ]) {
    assert.equal(refusalOf(`https://${host}/`), 'url-address-refused', host);
  }
});

test('refuses names that mean the machine or its network', () => {
  for (const host of ['localhost', 'LOCALHOST.', 'a.localhost', 'printer.local', 'metadata.google.internal']) {
    assert.equal(refusalOf(`https://${host}/`), 'url-address-refused', host);
  }
  assert.equal(refusalOf('http://localhost:3000/hooks', sandbox), undefined);
  assert.equal(refusalOf('http://printer.local/', sandbox), 'url-address-refused');
});

test('refuses http in production only, and other schemes everywhere', () => {
  assert.equal(refusalOf('http://example.com/'), 'url-not-https');
  assert.equal(refusalOf('http://example.com/', sandbox), undefined);
  for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com', 'no url', '']) {
    assert.equal(refusalOf(url, sandbox), 'url-invalid', url);
  }
});

test('refuses credentials in the address, which would be logged and shown', () => {
  assert.equal(refusalOf('https://user:secret@example.com/'), 'url-credentials');
});
