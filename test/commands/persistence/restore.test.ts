import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../../src/lib/crc64.ts';
import { everyEncoding, LIMITS } from '../../persistence/rdb/every-encoding.ts';
import { CommandSession } from '../../support/command-session.ts';
import { startRedis } from '../../support/redis-server.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';

/** The payload of a DUMP, of a version, with the right checksum. */
function payload(version: number, ...parts: readonly (string | number)[]): Uint8Array {
  const body = Buffer.concat([
    ...parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part, 'latin1'))),
    Buffer.of(version, 0),
  ]);
  const crc = new Crc64();
  crc.update(body, 0, body.length);
  return Buffer.concat([body, crc.digest()]);
}

/** The bytes of a bulk string as it is sent. */
function contentOf(reply: Buffer): Uint8Array {
  return reply.subarray(reply.indexOf('\r\n') + 2, -2);
}

const VALUE = payload(10, 0, 5, 'value');

describe('DUMP', () => {
  it('answers nothing for no key', () => {
    const s = new CommandSession();
    expect(s.call('DUMP', 'none')).toBe(null);
  });

  it('answers the bytes that Redis answers', () => {
    const s = new CommandSession();
    s.call('SET', 'k', 'value');
    const reply = s.reply('DUMP', 'k') as Uint8Array;
    expect(Buffer.from(reply)).toEqual(Buffer.from(VALUE));
  });
});

describe('RESTORE', () => {
  it('makes a key, with and without a deadline', () => {
    const s = new CommandSession();
    const now = s.clock.nowMs();
    expect(s.effectOf('RESTORE', 'k', 0, VALUE)).toMatchObject({ events: ['new k', 'restore k'], dirty: 1 });
    expect(s.call('GET', 'k')).toBe('value');
    expect(s.call('PTTL', 'k')).toBe(-1);
    const { log } = s.effectOf('RESTORE', 'k', 5000, VALUE, 'REPLACE');
    expect(log[0]).toBe(`RESTORE k ${now + 5000} ${Buffer.from(VALUE).toString('latin1')} REPLACE ABSTTL`);
    expect(s.call('PTTL', 'k')).toBe(5000);
    expect(s.call('RESTORE', 'k', now + 7000, VALUE, 'ABSTTL', 'REPLACE')).toBe('OK');
    expect(s.call('PTTL', 'k')).toBe(7000);
    s.verify();
  });

  it('compares checksums unless DEBUG says otherwise', () => {
    const s = new CommandSession({ config: { 'enable-debug-command': 'yes' } });
    const wrong = Buffer.from(VALUE);
    wrong[wrong.length - 1] ^= 1;
    expect(s.error('RESTORE', 'copy', '0', wrong)).toBe('ERR DUMP payload version or checksum are wrong');
    s.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', '1');
    expect(s.call('RESTORE', 'copy', '0', wrong)).toBe('OK');
    s.call('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', '0');
    expect(s.error('RESTORE', 'other', '0', wrong)).toBe('ERR DUMP payload version or checksum are wrong');
  });

  it('does not replace a key unless told to', () => {
    const s = new CommandSession();
    s.call('LPUSH', 'k', 'a');
    expect(s.error('RESTORE', 'k', 0, VALUE)).toBe('BUSYKEY Target key name already exists.');
    expect(s.error('RESTORE', 'k', -1, 'nonsense')).toBe('BUSYKEY Target key name already exists.');
    expect(s.call('RESTORE', 'k', 0, VALUE, 'replace')).toBe('OK');
    expect(s.call('GET', 'k')).toBe('value');
    s.verify();
  });

  it('deletes what it would replace by something that is over', () => {
    const s = new CommandSession();
    const over = s.clock.nowMs();
    expect(s.effectOf('RESTORE', 'k', over, VALUE, 'ABSTTL')).toEqual({ log: [], events: [], dirty: 0 });
    s.call('SET', 'k', 'v');
    expect(s.effectOf('RESTORE', 'k', over, VALUE, 'ABSTTL', 'REPLACE')).toEqual({
      log: ['DEL k'],
      events: ['del k'],
      dirty: 1,
    });
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.call('RPUSH', 'list', ...Array.from({ length: 1000 }, (_, i) => i));
    const list = s.reply('DUMP', 'list') as Uint8Array;
    s.call('RESTORE', 'other', over, list, 'ABSTTL');
    s.verify();
  });

  it('sets the access that the policy has', () => {
    const s = new CommandSession();
    s.call('RESTORE', 'k', 0, VALUE, 'IDLETIME', 1000);
    expect(s.call('OBJECT', 'IDLETIME', 'k')).toBe(1000);
    s.call('RESTORE', 'k', 0, VALUE, 'REPLACE', 'FREQ', 100);
    expect(s.call('OBJECT', 'IDLETIME', 'k')).toBe(0);
    const lfu = new CommandSession({ config: { 'maxmemory-policy': 'allkeys-lfu' } });
    lfu.call('RESTORE', 'k', 0, VALUE, 'FREQ', 100);
    expect(lfu.call('OBJECT', 'FREQ', 'k')).toBe(100);
  });

  it.each([
    [['k', 0, VALUE, 'IDLETIME', -1], 'ERR Invalid IDLETIME value, must be >= 0'],
    [['k', 0, VALUE, 'FREQ', 256], 'ERR Invalid FREQ value, must be >= 0 and <= 255'],
    [['k', 0, VALUE, 'FREQ', 1, 'IDLETIME', 1], 'ERR syntax error'],
    [['k', 0, VALUE, 'IDLETIME'], 'ERR syntax error'],
    [['k', 0, VALUE, 'FREQ', 'x'], 'ERR value is not an integer or out of range'],
    [['k', 'x', VALUE], 'ERR value is not an integer or out of range'],
    [['k', -1, VALUE], 'ERR Invalid TTL value, must be >= 0'],
    [['k', 0, ''], 'ERR DUMP payload version or checksum are wrong'],
    [['k', 0, payload(13, 0, 1, 'v')], 'ERR DUMP payload version or checksum are wrong'],
    [['k', 0, Buffer.concat([VALUE, Buffer.of(0)])], 'ERR DUMP payload version or checksum are wrong'],
    [['k', 0, payload(10, 0, 9, 'short')], 'ERR Bad data format'],
    [['k', 0, payload(10)], 'ERR Bad data format'],
    [['k', 0, payload(10, 2, 0)], 'ERR Bad data format'],
    [['k', 0, payload(10, 15, 0)], 'ERR Bad data format'],
    [['k', 0, payload(10, 4, 2, 1, 'f', 1, 'v', 1, 'f', 1, 'v')], 'ERR Bad data format'],
  ] as const)('refuses %j', (words, error) => {
    const s = new CommandSession();
    expect(s.error('RESTORE', ...words)).toBe(error);
    expect(s.call('DBSIZE')).toBe(0);
    s.verify();
  });
});

describe.skipIf(!hasReferenceRedis)('payloads', () => {
  it.each(LIMITS)('are exchanged with real Redis: %s', async (_name, config) => {
    await using redis = await startRedis({ config });
    const client = await redis.connect();
    const deadlineMs = Date.now() + 10 ** 8;
    const settings = { config: { ...config, 'enable-debug-command': 'yes' } };
    const own = new CommandSession(settings);
    own.clock.set(Date.now());
    for (const command of everyEncoding(deadlineMs)) own.call(...command);
    const digest = own.call('DEBUG', 'DIGEST');
    await client.send(everyEncoding(deadlineMs));
    expect(String(await client.call('DEBUG', 'DIGEST'))).toBe(digest);

    const names = new Set(everyEncoding(deadlineMs).map(([, key]) => key as string | Uint8Array));
    const restored = new CommandSession(settings);
    restored.clock.set(Date.now());
    const theirs: [string | Uint8Array, Uint8Array][] = [];
    for (const name of names) theirs.push([name, contentOf(await client.raw('DUMP', name))]);
    await client.call('FLUSHALL');
    for (const [name, bytes] of theirs) {
      const deadline = Number(own.call('PEXPIRETIME', name));
      expect(restored.call('RESTORE', name, Math.max(0, deadline), bytes, 'ABSTTL')).toBe('OK');
      expect(restored.call('OBJECT', 'ENCODING', name), String(name)).toBe(own.call('OBJECT', 'ENCODING', name));
      const dump = own.reply('DUMP', name) as Uint8Array;
      await client.call('RESTORE', name, Math.max(0, deadline), dump, 'ABSTTL');
    }
    expect(restored.call('DEBUG', 'DIGEST')).toBe(digest);
    expect(String(await client.call('DEBUG', 'DIGEST'))).toBe(digest);
    restored.verify();
  });
});
