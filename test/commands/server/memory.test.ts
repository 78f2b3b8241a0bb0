import { describe, expect, it, vi } from 'vitest';
import { blockBytesFor } from '../../../src/memory/layout.ts';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

describe('MEMORY USAGE', () => {
  it('counts the blocks of a key and its value', () => {
    const s = new CommandSession();
    const used = (): number => s.engine.keyspace.heap.usedBytes;
    const values: [key: string, command: string[]][] = [
      ['k', ['SET', 'k', 'v']],
      ['expiring', ['SET', 'expiring', 'v', 'EX', '100']],
      ['x'.repeat(5000), ['SET', 'x'.repeat(5000), 'v']],
      ['long', ['SET', 'long', 'v'.repeat(300_000)]],
      ['hash', ['HSET', 'hash', 'f', 'v']],
      ['big', ['HSET', 'big', ...Array.from({ length: 400 }, (_, i) => String(i))]],
    ];
    for (const [key, command] of values) {
      const before = used();
      s.call(...command);
      expect(s.call('MEMORY', 'USAGE', key), key.slice(0, 10)).toBe(used() - before);
      expect(s.call('MEMORY', 'USAGE', key, 'SAMPLES', '0')).toBe(used() - before);
    }
    // Header, stamp and length, key, value.
    expect(s.call('MEMORY', 'USAGE', 'k')).toBe(blockBytesFor(8 + 8 + 1 + 1));
    expect(s.call('MEMORY', 'USAGE', 'missing')).toBeNull();
  });
});

describe('MEMORY USAGE of large values', () => {
  const config = { 'list-max-listpack-size': '-1' } as const;
  const values: Record<string, (s: CommandSession, i: number) => void> = {
    hash: (s, i) => s.call('HSET', 'k', `field:${i}`, 'v'.repeat(300 + ((i * 37) % 100))),
    set: (s, i) => s.call('SADD', 'k', 'm'.repeat(20 + (i % 10)) + i),
    zset: (s, i) => s.call('ZADD', 'k', i % 100, `member:${i}`),
    list: (s, i) => s.call('RPUSH', 'k', 'e'.repeat(200 + ((i * 31) % 60))),
  };

  for (const [type, add] of Object.entries(values)) {
    it(`is estimated, of a ${type}, by some elements, and counted where all are asked for`, () => {
      const s = new CommandSession({ config });
      const before = s.engine.keyspace.heap.usedBytes;
      for (let i = 0; i < 3000; i++) add(s, i);
      const exact = s.engine.keyspace.heap.usedBytes - before;
      expect(s.call('MEMORY', 'USAGE', 'k', 'SAMPLES', '0')).toBe(exact);
      const walk = vi.spyOn(s.engine.keyspace.kinds, 'walk');
      for (const samples of [[], ['SAMPLES', '1000']]) {
        const estimate = s.call('MEMORY', 'USAGE', 'k', ...samples) as number;
        expect(estimate / exact).toBeGreaterThan(0.85);
        expect(estimate / exact).toBeLessThan(1.15);
      }
      expect(walk).not.toHaveBeenCalled();
    });
  }

  it('is exact of strings', () => {
    const s = new CommandSession();
    const before = s.engine.keyspace.heap.usedBytes;
    s.call('SETRANGE', 'k', '20000000', 'end');
    for (let i = 0; i < 50; i++) s.call('SETRANGE', 'k', i * 300_000, 'x'.repeat(30_000));
    expect(s.call('MEMORY', 'USAGE', 'k')).toBe(s.engine.keyspace.heap.usedBytes - before);
  });
});

describe('MEMORY', () => {
  it('tells what memory is used for', () => {
    const s = new CommandSession({ version: 3 });
    const before = s.engine.keyspace.heap.usedBytes;
    for (let i = 0; i < 3000; i++) s.call('SET', `key:${i}`, 'x'.repeat(100));
    s.call('SELECT', '3');
    s.call('SET', 'k', 'v');
    const stats = s.call('MEMORY', 'STATS') as Record<string, number>;
    const used = s.engine.keyspace.heap.usedBytes;
    expect(stats['total.allocated']).toBe(used);
    expect(stats['startup.allocated']).toBe(before);
    expect(stats['keys.count']).toBe(3001);
    expect(stats['keys.bytes-per-key']).toBe(Math.trunc((used - before) / 3001));
    expect(stats['dataset.bytes']).toBe(used - stats['overhead.total']);
    const table = (stats['db.0'] as unknown as Record<string, number>)['overhead.hashtable.main'];
    // What is not keys is table: the estimate is near.
    let keys = 0;
    s.call('SELECT', '0');
    for (let i = 0; i < 3000; i++) keys += s.call('MEMORY', 'USAGE', `key:${i}`) as number;
    const exact = used - before - keys;
    expect(table).toBeGreaterThan(exact * 0.8);
    expect(table).toBeLessThan(exact * 1.2);
  });

  it('has a doctor', () => {
    const s = new CommandSession();
    expect(s.call('MEMORY', 'DOCTOR')).toMatch(/^Hi Sam, this instance is empty/);
    s.call('SET', 'k', 'x'.repeat(10_000_000));
    expect(s.call('MEMORY', 'DOCTOR')).toMatch(/^Hi Sam, I can't find any memory issue/);
    s.call('SET', 'gone', 'x'.repeat(10_000_000));
    s.call('MEMORY', 'STATS');
    s.call('DEL', 'gone');
    s.engine.keyspace.reclaimer.finish();
    expect(s.call('MEMORY', 'DOCTOR')).toMatch(/^Sam, I detected a few issues[\s\S]* \* Peak memory/);
  });

  it("shows the allocator's statistics", () => {
    const s = new CommandSession();
    expect(s.call('MEMORY', 'MALLOC-STATS')).toMatch(`Blocks in use: ${s.engine.keyspace.heap.usedBytes} (`);
  });

  it('gives up segments that are kept for reuse, without waiting for what is being freed', () => {
    const s = new CommandSession();
    for (let i = 0; i < 2000; i++) s.call('SET', `key:${i}`, 'v');
    s.call('FLUSHALL', 'ASYNC');
    const trim = vi.spyOn(s.engine.keyspace.heap, 'trim');
    expect(s.call('MEMORY', 'PURGE')).toBe('OK');
    expect(trim).toHaveBeenCalledOnce();
    expect(s.engine.keyspace.reclaimer.isIdle).toBe(false);
  });
});

describe('MEMORY, beside Redis', () => {
  const both = besideRedis();

  it('answers mistakes as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'MEMORY',
        'MEMORY nosuch',
        'MEMORY USAGE',
        'MEMORY USAGE nosuch',
        'MEMORY USAGE nosuch SAMPLES',
        'MEMORY USAGE nosuch SAMPLES x',
        'MEMORY USAGE nosuch SAMPLES -1',
        'MEMORY USAGE nosuch SAMPLES 0 SAMPLES 5',
        'MEMORY USAGE nosuch nosuch 1',
        'MEMORY PURGE',
        'MEMORY STATS x',
      ),
    );
  });

  it('has the fields of Redis', async () => {
    await both.same(async (open) => {
      const client = await open();
      await replies(client, 'HELLO 3', 'FLUSHALL', 'SET k v');
      return [...((await client.call('MEMORY', 'STATS')) as Map<string, unknown>).keys()];
    });
  });
});
