import { describe, expect, it } from 'vitest';
import { parsePostgresUrl, WrongUrl } from '../../src/foundation/postgres-url.js';

describe('a URL of Postgres', () => {
  it.each([
    ['postgres://', { hosts: [['localhost', 5432]] }],
    ['postgres:///calls', { hosts: [['localhost', 5432]], database: 'calls' }],
    ['postgres://db.example', { hosts: [['db.example', 5432]], sslmode: 'prefer' }],
    ['postgres://127.0.0.1/calls', { hosts: [['127.0.0.1', 5432]], sslmode: 'disable' }],
    ['postgres://[::1]:5433/calls', { hosts: [['::1', 5433]], sslmode: 'disable' }],
    ['postgres://me@[2001:db8::7]/calls', { hosts: [['2001:db8::7', 5432]], user: 'me' }],
    [
      'postgres://a:5433,[::1],c/calls?target_session_attrs=read-write',
      {
        hosts: [
          ['a', 5433],
          ['::1', 5432],
          ['c', 5432],
        ],
        target_session_attrs: 'read-write',
      },
    ],
    [
      'postgres:///calls?host=a,b&port=5433,5434',
      {
        hosts: [
          ['a', 5433],
          ['b', 5434],
        ],
      },
    ],
    [
      'postgres:///calls?host=a,b&port=5433',
      {
        hosts: [
          ['a', 5433],
          ['b', 5433],
        ],
      },
    ],
    [
      'postgres:///calls?host=/var/run/postgresql',
      { hosts: [['/var/run/postgresql', 5432]], sslmode: 'disable', database: 'calls' },
    ],
    ['postgres://me@%2Frun%2Fpg:5433/calls', { hosts: [['/run/pg', 5433]], user: 'me' }],
    [
      'postgres://m%20e%40x:p%40s%2Fs%3A%25+@h/my%20calls%2F1',
      { user: 'm e@x', password: 'p@s/s:%+', database: 'my calls/1' },
    ],
    ['postgres://me:a:b@h', { user: 'me', password: 'a:b' }],
    ['postgres://h?user=me&password=a%26b&dbname=calls', { user: 'me', password: 'a&b', database: 'calls' }],
    ['postgres://h?sslrootcert=/ca.pem', { sslmode: 'verify-full', sslrootcert: '/ca.pem' }],
    ['postgres://h?sslmode=require&channel_binding=prefer', { sslmode: 'require' }],
    ['postgres://h?sslmode=require&sslnegotiation=direct', { sslnegotiation: 'direct' }],
    ['postgres://h?application_name=x&connect_timeout=10', { isPooled: false }],
    ['postgres://h', { isPooled: false, isPrepared: true }],
    ['postgres://h?prepare=false', { isPooled: true, isPrepared: false }],
    ['postgres://h?prepare=transaction', { isPooled: true, isPrepared: true }],
    ['postgres://h?options=-c%20work_mem%3D8MB', { options: '-c work_mem=8MB' }],
  ])('%s is read as libpq reads it', (url, expected) => {
    const { hosts, ...read } = parsePostgresUrl(url);
    expect({ ...read, hosts: hosts.map(({ host, port }) => [host, port]) }).toMatchObject(expected);
  });

  it.each([
    ['postgres://h?sslmode=allow', /^has a sslmode that is none of disable, prefer, require, /],
    ['postgres://h?sslmode=no-verify', /^has a sslmode that is none of /],
    ['postgres://h?channel_binding=require', /^has channel_binding=require, which the gateway cannot do/],
    ['postgres://h?target_session_attrs=prefer-standby', /^has a target_session_attrs that is none of any, /],
    ['postgres://h?sslnegotiation=direct', /needs sslmode=require/],
    ['postgres://h?sslcert=/a.pem', /^must have sslcert and sslkey together$/],
    ['postgres://h?schema=public', /^has the parameter schema, which is none of host, port, /],
    ['postgres://h?pgbouncer=true', /write prepare=transaction or prepare=false instead$/],
    ['postgres://h?prepare=maybe', /^has a prepare that is none of true, false, transaction$/],
    ['postgres://h?ssl=true', /write sslmode=require instead$/],
    ['postgres://a,b?port=1,2,3', /^must have one port, or as many as it has hosts$/],
    ['postgres://a:0', /^must have ports from 1 to 65535$/],
    ['postgres://a:70000', /^must have ports from 1 to 65535$/],
    ['postgres://[::g]/calls', /^cannot be read as a URL/],
    ['postgres://::1/calls', /^cannot be read as a URL/],
    ['postgres://a,%2Frun/calls', /^must have either hosts or Unix sockets$/],
  ])('%s is refused, with what is wrong', (url, message) => {
    expect(() => parsePostgresUrl(url)).toThrow(WrongUrl);
    expect(() => parsePostgresUrl(url)).toThrow(message);
  });

  it('shows no part of a password that an & has cut off', () => {
    expect(() => parsePostgresUrl('postgres://h?password=hun&ter2')).toThrow(/^has a parameter, which is/);
  });
});
