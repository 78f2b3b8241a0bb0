import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectiveName } from '../../../src/config/directives/index.ts';
import { digestKeyspace } from '../../../src/keyspace/digest.ts';
import { deadlineOf, expires } from '../../../src/keyspace/key-entry.ts';
import type { KeyspaceRoots } from '../../../src/keyspace/keyspace.ts';
import { Slice } from '../../../src/lib/slice.ts';
import { HeapView } from '../../../src/memory/heap-view.ts';
import { BufferSink } from '../../../src/persistence/byte-sink.ts';
import { DumpEncoder } from '../../../src/persistence/rdb/dump-payload.ts';
import { RdbWriter } from '../../../src/persistence/rdb/rdb-writer.ts';
import { SnapshotEncoder, type SnapshotFacts } from '../../../src/persistence/rdb/snapshot-encoder.ts';
import { CommandSession } from '../../support/command-session.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import { checkRdb, RedisLoader } from './redis-loader.ts';

const FACTS: SnapshotFacts = {
  redisVersion: '7.2.4',
  frozenMs: 1_700_000_000_000,
  usedBytes: 123_456,
  isAofBase: false,
  replication: null,
  functions: [],
  access: 'none',
  decayMinutes: 1,
};

interface Options {
  readonly facts?: Partial<SnapshotFacts>;
  readonly compression?: boolean;
}

function encode(view: HeapView, roots: KeyspaceRoots, { facts = {}, compression = true }: Options = {}): Uint8Array {
  const sink = new BufferSink();
  const writer = new RdbWriter(sink, { compression, checksum: true, bufferBytes: 4096 });
  let last = -1;
  new SnapshotEncoder(view, writer, { ...FACTS, ...facts }, (keys) => {
    last = keys;
  }).write(roots);
  expect(last).toBe(roots.databases.reduce((sum, { keys }) => sum + keys, 0));
  return sink.take();
}

/** The file of the present moment, read as a thread would read it. */
function fileOf({ engine }: CommandSession, options: Options = {}): Uint8Array {
  const frozen = engine.keyspace.freeze();
  const file = encode(new HeapView(frozen.snapshot.segments), frozen.roots, options);
  engine.keyspace.release(frozen);
  return file;
}

function digestOf({ engine }: CommandSession): string {
  return digestKeyspace(engine.keyspace).toString();
}

const session = (config: Partial<Record<DirectiveName, string>> = {}): CommandSession => new CommandSession({ config });

const LARGE: Partial<Record<DirectiveName, string>> = {
  'hash-max-listpack-entries': '0',
  'zset-max-listpack-entries': '0',
  'set-max-intset-entries': '0',
  'list-max-listpack-size': '1',
};

const SMALL: Partial<Record<DirectiveName, string>> = {
  'hash-max-listpack-entries': '5000',
  'hash-max-listpack-value': '100000',
  'zset-max-listpack-entries': '5000',
  'zset-max-listpack-value': '100000',
  'set-max-intset-entries': '5000',
  'list-max-listpack-size': '-5',
};

/** The keys of a database, with their deadlines, 0 for none. */
function keysOf({ engine }: CommandSession, index: number): [key: Slice, deadlineMs: number][] {
  const { entries, heap, databases } = engine.keyspace;
  const { root, table } = databases[index];
  const keys: [Slice, number][] = [];
  table.forEach(root, (entry) => {
    const key = Slice.from(entries.key(entry, new Slice(new Uint8Array(0), 0, 0)).copy());
    keys.push([key, expires(heap, entry) ? deadlineOf(heap, entry) : 0]);
  });
  return keys;
}

/** Values of every type in every encoding, some with a deadline, in several databases. */
function fill(s: CommandSession): void {
  s.clock.set(Date.now());
  const noise = (length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (Math.imul(i + length, 0x9e3779b1) >>> 11) & 0xff);
  for (const value of ['', '0', '-1', '127', '128', '-32769', '2147483648', '9007199254740993', '3.25', '007']) {
    s.call('SET', `string:${value}`, value);
  }
  for (const length of [20, 21, 44, 45, 511, 512, 513, 30_000, 300_000]) {
    s.call('SET', `text:${length}`, 'some text '.repeat(length / 10 + 1).slice(0, length));
    s.call('SET', `noise:${length}`, noise(length));
  }
  s.call('SETRANGE', 'hole', 200_000, 'end');
  s.call('SET', noise(2000), 'a long key');
  s.call('SET', 'k'.repeat(30_000), 'a longer key');
  for (const count of [1, 5, 128, 129, 3000]) {
    for (let i = 0; i < count; i++) {
      s.call('HSET', `hash:${count}`, `field:${i}`, `value ${i}`);
      s.call('SADD', `set:${count}`, `member:${i}`);
      s.call('SADD', `integers:${count}`, i * count * 1000 - 70_000);
      s.call('ZADD', `zset:${count}`, i / 7 - 100, `member:${i}`);
      s.call('RPUSH', `list:${count}`, i % 3 === 0 ? i : `element ${i}`);
    }
  }
  s.call('HSET', 'hash:long', 'field', 'v'.repeat(65), 'other', noise(600), 'third', noise(50_000), noise(1100), '1');
  s.call('SADD', 'set:long', 'a', '1', noise(70), noise(40_000));
  s.call('SADD', 'set:big integers', '9223372036854775807', '-9223372036854775808', '0');
  s.call('ZADD', 'zset:scores', 'inf', 'a', '-inf', 'b', '-0', 'c', '1e300', 'd', '0.1', 'e', '3', noise(100));
  s.call('ZADD', 'zset:small', 'inf', 'a', '-inf', 'b', '17', 'c', '0.1', 'd');
  s.call('RPUSH', 'list:long', noise(20_000), 'short', noise(8000), '5', noise(100_000), noise(9000));
  s.call('PEXPIREAT', 'hash:5', Date.now() + 10 ** 9);
  s.call('PEXPIREAT', 'list:5', 9_999_999_999_999);
  s.call('PEXPIREAT', 'string:0', Date.now() + 10 ** 8);
  s.call('SELECT', 9);
  s.call('SET', 'elsewhere', '1', 'EX', '100000');
  s.call('SELECT', 0);
}

describe('the snapshot encoder', () => {
  it('writes the head of a file as Redis does', () => {
    const text = Buffer.from(fileOf(session())).toString('latin1');
    expect(text.slice(0, -8)).toBe(
      'REDIS0010\xfa\x09redis-ver\x057.2.4\xfa\x0aredis-bits\xc0\x40\xfa\x05ctime\xc2\x00\xf1\x53\x65' +
        '\xfa\x08used-mem\xc2\x40\xe2\x01\x00\xfa\x08aof-base\xc0\x00\xff',
    );
  });

  it('writes what the facts say of replication, of functions, and of the base of an append-only file', () => {
    const id = '0123456789abcdef'.repeat(3).slice(0, 40);
    const facts = {
      replication: { id, offset: 5, database: 2 },
      functions: [new TextEncoder().encode('#!lua')],
      isAofBase: true,
    };
    const text = Buffer.from(fileOf(session(), { facts, compression: false })).toString('latin1');
    expect(text).toContain(
      `\xfa\x0erepl-stream-db\xc0\x02\xfa\x07repl-id\x28${id}\xfa\x0brepl-offset\xc0\x05\xfa\x08aof-base\xc0\x01\xf5\x05#!lua\xff`,
    );
  });

  it('writes the last access where the policy asks for it', () => {
    const s = session();
    s.call('SET', 'k', 'v');
    s.clock.advance(100_000);
    const frozenMs = s.clock.nowMs();
    const idle = Buffer.from(fileOf(s, { facts: { access: 'idle', frozenMs } })).toString('latin1');
    expect(idle).toContain('\xfb\x01\x00\xf8\x40\x64\x00\x01k\x01v\xff');
    const lfu = session({ 'maxmemory-policy': 'allkeys-lfu' });
    lfu.call('SET', 'k', 'v');
    lfu.clock.advance(120_000);
    const file = fileOf(lfu, { facts: { access: 'frequency', frozenMs: lfu.clock.nowMs() } });
    expect(Buffer.from(file).toString('latin1')).toContain('\xf9\x03\x00\x01k\x01v\xff');
  });
});

describe.skipIf(!hasReferenceRedis)('real Redis', () => {
  let redis: RedisLoader;
  let directory: string;

  beforeAll(async () => {
    redis = await RedisLoader.start();
    directory = await mkdtemp(join(tmpdir(), 'respd-rdb-'));
  });

  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it.each([
    ['the usual limits', {}],
    ['limits that make everything large', LARGE],
    ['limits that keep more small', SMALL],
    ['short leaves', { 'list-max-listpack-size': '2' }],
  ])('loads every type in every encoding: %s', async (_name, config) => {
    for (const compression of [true, false]) {
      const s = session(config);
      fill(s);
      const file = fileOf(s, { compression });
      expect(await redis.load(file)).toBe(digestOf(s));
      const path = join(directory, 'checked.rdb');
      await writeFile(path, file);
      expect(await checkRdb(path)).toMatch(/RDB looks OK[\s\S]*4 expires/);
      s.verify();
    }
  });

  it('would write the same data to a file of about the same size', async () => {
    const s = session();
    fill(s);
    const file = fileOf(s);
    await redis.load(file);
    expect(file.length).toBeLessThanOrEqual(1.02 * (await redis.ownFileBytes()));
  });

  it('sees the moment of the freeze, whatever is written afterwards', async () => {
    const s = session();
    fill(s);
    const { keyspace } = s.engine;
    const digest = digestOf(s);
    const frozen = keyspace.freeze();
    const view = new HeapView(frozen.snapshot.segments);
    for (let i = 0; i < 3000; i += 2) {
      s.call('HSET', 'hash:3000', `field:${i}`, 'another value');
      s.call('SREM', 'set:3000', `member:${i}`);
      s.call('ZADD', 'zset:3000', -i, `member:${i}`);
      s.call('LPOP', 'list:3000');
      s.call('SET', `new:${i}`, i);
    }
    s.call('RENAME', 'hash:5', 'renamed');
    s.call('SWAPDB', 0, 9);
    expect(await redis.load(encode(view, frozen.roots))).toBe(digest);
    s.call('FLUSHALL');
    keyspace.reclaimer.finish();
    expect(await redis.load(encode(view, frozen.roots))).toBe(digest);
    keyspace.release(frozen);
    s.verify();
    expect(keyspace.heap.snapshotBytes).toBe(0);
  });

  it('restores the payloads of DUMP', async () => {
    const s = session();
    fill(s);
    await redis.client.call('FLUSHALL');
    const { keyspace } = s.engine;
    for (const database of keyspace.databases) {
      if (database.size === 0) continue;
      await redis.client.call('SELECT', database.index);
      const dumps = new DumpEncoder(keyspace.heap, database.index === 0);
      for (const [key, deadlineMs] of keysOf(s, database.index)) {
        const payload = dumps.dump(database.find(key));
        await redis.client.call('RESTORE', key.copy(), deadlineMs, payload, 'ABSTTL');
      }
    }
    await redis.client.call('SELECT', 0);
    expect(String(await redis.client.call('DEBUG', 'DIGEST'))).toBe(digestOf(s));
  });
});
