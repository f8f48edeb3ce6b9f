import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { PostgresServer } from '../ports/database-choice.ts';
import { parsePostgresUrl } from './postgres-url.ts';

const parsed = (text: string): PostgresServer => {
  const result = parsePostgresUrl(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
};

describe('a PostgreSQL URL', () => {
  it('gives hosts in their order, user, password and database, decoded', () => {
    assert.deepEqual(
      parsed(
        'postgres://us%40er:p%3Aw%2F@db1:6000,[::1],db-3.example.com:5433/str%20ong?target_session_attrs=read-write&sslmode=disable',
      ),
      {
        hosts: [
          { host: 'db1', port: 6000 },
          { host: '::1', port: 5432 },
          { host: 'db-3.example.com', port: 5433 },
        ],
        user: 'us@er',
        password: 'p:w/',
        database: 'str ong',
        tls: 'disable',
        tlsRootCertFile: null,
        tlsCertFile: null,
        tlsKeyFile: null,
        options: null,
      },
    );
  });

  it('is encrypted and verified unless it says otherwise or stays on this machine', () => {
    assert.equal(parsed('postgres://u@db/x').tls, 'verify-full');
    assert.equal(parsed('postgres://u@127.0.0.1,db/x').tls, 'verify-full');
    assert.equal(parsed('postgres://u@127.0.0.1:1,localhost,[::1]/x').tls, 'disable');
    assert.equal(parsed('postgres://u@db/x?sslmode=require').tls, 'require');
  });

  it('that names an authority has it asked', () => {
    const { tls, tlsRootCertFile } = parsed('postgresql://u@db/x?sslmode=require&sslrootcert=ca.pem');
    assert.deepEqual([tls, tlsRootCertFile], ['verify-ca', resolve('ca.pem')]);
  });

  it('passes options on', () => {
    assert.equal(parsed('postgres://u@localhost/x?options=-c%20search_path%3Dcards').options, '-c search_path=cards');
  });

  const secret = 'hunter2';
  for (const bad of [
    'postgres://',
    `postgres://u:${secret}@/x`,
    `postgres://u:${secret}@db`,
    `postgres://:${secret}@db/x`,
    `postgres://db/${secret}`,
    `postgres://u:${secret}@db:0/x`,
    `postgres://u:${secret}@db:99999/x`,
    `postgres://u:${secret}@d b/x`,
    `postgres://u:${secret}@${Array(9).fill('db').join()}/x`,
    `postgres://u:${secret}@db/x?sslmode=prefer`,
    `postgres://u:${secret}@db/x?target_session_attrs=any`,
    `postgres://u:${secret}@db/x?${secret}=1`,
    `postgres://%:${secret}@db/x`,
    `postgres://u:${secret}@evil/x#y`,
  ])
    it(`is refused without being quoted: ${bad.replace(secret, '…')}`, () => {
      const result = parsePostgresUrl(bad);
      assert.ok(!result.ok);
      assert.ok(!result.error.includes(secret), result.error);
    });
});
