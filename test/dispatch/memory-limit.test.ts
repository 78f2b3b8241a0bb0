import { describe, expect, it } from 'vitest';
import { besideRedis, replies } from '../commands/connection/beside-redis.ts';
import { CommandSession } from '../support/command-session.ts';

/** A session with `keys` keys of about a hundred bytes. */
function filled(keys: number, config: Record<string, string> = {}): CommandSession {
  const s = new CommandSession({ config });
  for (let i = 0; i < keys; i++) s.call('SET', `key:${i}`, 'x'.repeat(80));
  return s;
}

function limit(s: CommandSession, bytes: number): void {
  s.call('CONFIG', 'SET', 'maxmemory', String(Math.floor(bytes)));
}

function used(s: CommandSession): number {
  return s.engine.memory.countedBytes;
}

function info(s: CommandSession, field: string): number {
  return Number(new RegExp(`${field}:(\\d+)`).exec(String(s.call('INFO')))?.[1]);
}

describe('maxmemory', () => {
  it('evicts before a command, so that there is room for it', () => {
    const s = filled(500, { 'maxmemory-policy': 'allkeys-lru', 'maxmemory-eviction-tenacity': '100' });
    const bytes = used(s);
    limit(s, bytes);
    for (let i = 0; i < 500; i++) s.call('SET', `other:${i}`, 'x'.repeat(80));
    s.call('PING');
    expect(used(s)).toBeLessThanOrEqual(bytes);
    expect(info(s, 'evicted_keys')).toBeGreaterThan(450);
    s.verify();
  });

  it('evicts before a command that only reads', () => {
    const s = filled(500, { 'maxmemory-policy': 'allkeys-random', 'maxmemory-eviction-tenacity': '100' });
    const bytes = used(s) / 2;
    limit(s, bytes);
    s.call('PING');
    expect(used(s)).toBeLessThanOrEqual(bytes);
  });

  it('tells of evicted keys, and makes watches fail', () => {
    const s = filled(1, { 'maxmemory-policy': 'allkeys-lru' });
    s.call('WATCH', 'key:0');
    limit(s, 1);
    expect(s.effectOf('PING')).toEqual({ log: ['(evicted) key:0'], events: ['evicted key:0'], dirty: 0 });
    limit(s, 1_000_000);
    s.call('MULTI');
    s.call('SET', 'key:0', 'v');
    expect(s.call('EXEC')).toBeNull();
  });

  it('evicts in slices of limited time and refuses nothing meanwhile', () => {
    const s = filled(200, { 'maxmemory-policy': 'allkeys-lru', 'maxmemory-eviction-tenacity': '0' });
    limit(s, 1);
    // All is left to the background, which is given no time either: a batch of sixteen at a time.
    expect(s.effectOf('SET', 'k', 'v').log).toEqual(['SET k v']);
    expect(s.engine.memoryLimit.state).toBe('evicting');
    expect(s.engine.memoryLimit.runSlice(0)).toBe(true);
    expect(s.call('DBSIZE')).toBe(201 - 16);
    for (let i = 0; s.engine.memoryLimit.runSlice(0); i++) expect(i).toBeLessThan(12);
    expect(s.call('DBSIZE')).toBe(0);
    expect(s.error('SET', 'k', 'v')).toMatch(/^OOM/);
  });

  it('frees what was deleted before it evicts', () => {
    const s = filled(1000, { 'maxmemory-policy': 'allkeys-lru', 'maxmemory-eviction-tenacity': '100' });
    const bytes = used(s);
    for (let i = 0; i < 1000; i++) s.call('HSET', 'h', `field:${i}`, 'x'.repeat(80));
    s.call('UNLINK', 'h');
    expect(s.engine.keyspace.reclaimer.hasJobs).toBe(true);
    limit(s, bytes * 1.1);
    s.call('PING');
    expect(s.call('DBSIZE')).toBe(1000);
  });

  it('evicts nothing while clients are paused, and refuses nothing', () => {
    const s = filled(10, { 'maxmemory-policy': 'allkeys-lru' });
    s.call('CLIENT', 'PAUSE', '100000', 'WRITE');
    limit(s, 1);
    s.call('SET', 'k', 'v');
    expect(s.call('DBSIZE')).toBe(11);
    s.call('CLIENT', 'UNPAUSE');
    s.call('PING');
    expect(s.call('DBSIZE')).toBe(0);
  });

  it('leaves out what only a snapshot keeps', () => {
    const s = filled(300, { 'maxmemory-policy': 'allkeys-lru', 'maxmemory-eviction-tenacity': '100' });
    const bytes = used(s);
    limit(s, bytes * 1.02);
    const frozen = s.engine.keyspace.freeze();
    for (let i = 0; i < 600; i++) s.call('SET', `other:${i % 300}`, 'y'.repeat(80));
    expect(s.engine.keyspace.heap.snapshotBytes).toBeGreaterThan(bytes * 0.5);
    expect(s.call('DBSIZE')).toBeGreaterThan(270);
    s.engine.keyspace.release(frozen);
    s.verify();
  });

  it('counts for how long too much was used', () => {
    const s = filled(10);
    limit(s, 1);
    s.error('SET', 'k', 'v');
    s.clock.advance(700);
    expect(info(s, 'current_eviction_exceeded_time')).toBe(700);
    limit(s, 0);
    s.clock.advance(100);
    expect(info(s, 'total_eviction_exceeded_time')).toBe(700);
    expect(info(s, 'current_eviction_exceeded_time')).toBe(0);
    s.call('CONFIG', 'RESETSTAT');
    expect(info(s, 'total_eviction_exceeded_time')).toBe(0);
  });
});

describe('maxmemory, beside Redis', () => {
  const both = besideRedis();

  it('refuses the same commands, in the same words, inside transactions too', async () => {
    await both.same(async (open) => {
      const client = await open();
      return replies(
        client,
        'FLUSHALL',
        'RPUSH l a b c',
        'SET s text',
        'MULTI',
        'SET k v',
        'CONFIG SET maxmemory 1',
        'SET k v',
        'GET s',
        'LPOP l',
        'LPUSH l a',
        'EXPIRE s 100',
        'RENAME s t',
        'COPY t u',
        'SORT l STORE m',
        'BITCOUNT t',
        'GETEX t PERSIST',
        'MULTI',
        'GET t',
        'EXEC',
        'MULTI',
        'DISCARD',
        'CONFIG SET maxmemory 0',
        'MULTI',
        'SET k v',
        'EXEC',
        'MULTI',
        'GET t',
        'CONFIG SET maxmemory-policy allkeys-lru',
        'EXEC',
        'DEL l',
        'CONFIG SET maxmemory-policy noeviction',
      );
    });
  });

  it('ends a transaction with such a command when memory has run out meanwhile', async () => {
    await both.same(async (open) => {
      const client = await open();
      const other = await open();
      const before = await replies(client, 'FLUSHALL', 'SET t v', 'MULTI', 'SET k v');
      const shrunk = await replies(other, 'CONFIG SET maxmemory 1');
      const executed = await replies(client, 'EXEC', 'EXEC', 'MULTI');
      const grown = await replies(other, 'CONFIG SET maxmemory 0');
      const queued = await replies(client, 'GET t');
      await replies(other, 'CONFIG SET maxmemory 1');
      const read = await replies(client, 'EXEC');
      await replies(other, 'CONFIG SET maxmemory 0');
      return [before, shrunk, executed, grown, queued, read];
    });
  });
});
