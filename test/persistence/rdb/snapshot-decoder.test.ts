import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deadlineOf } from '../../../src/keyspace/key-entry.ts';
import { Slice } from '../../../src/lib/slice.ts';
import { RdbError } from '../../../src/persistence/rdb/rdb-error.ts';
import { startRedis } from '../../support/redis-server.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import { everyEncoding, LIMITS } from './every-encoding.ts';
import { bytesOf, file, listpack, packed, string, text, ziplist } from './file-parts.ts';
import { LoadedKeyspace } from './loaded-keyspace.ts';

/** The sources of Redis, whose tests bring old files along. */
const REDIS_ASSETS = join(process.env['REDIS_SOURCE'] ?? '/usr/src/redis', 'tests/assets');

function loaded(bytes: Uint8Array): LoadedKeyspace {
  const target = new LoadedKeyspace();
  target.load(bytes);
  target.keyspace.verify();
  return target;
}

/** The value of a key of database 0, in its order. */
function contentOf({ keyspace }: LoadedKeyspace, name: string): unknown {
  const [database] = keyspace.databases;
  const key = Slice.from(name);
  const entry = database.peek(key);
  expect(entry, name).not.toBe(0);
  const values: unknown[] = [];
  switch (keyspace.heap.word(entry, 2) & 15) {
    case 0:
      return keyspace.stringValues.slice(entry, new Slice(new Uint8Array(0), 0, 0)).toLatin1();
    case 1:
      keyspace.list.open(database, key, entry).forEach((element) => {
        values.push(element.toLatin1());
      });
      break;
    case 2:
      keyspace.set.open(database, key, entry).forEach((member) => {
        values.push(member.toLatin1());
      });
      break;
    case 3:
      keyspace.zset.open(database, key, entry).forEach((member, score) => {
        values.push([member.toLatin1(), score]);
      });
      break;
    default:
      keyspace.hash.open(database, key, entry).forEach((field, value) => {
        values.push([field.toLatin1(), value.toLatin1()]);
      });
  }
  return values;
}

function failure(bytes: Uint8Array): string {
  const target = new LoadedKeyspace();
  try {
    target.load(bytes);
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    target.keyspace.verify();
    expect(target.keyspace.keyCount).toBe(0);
    return `${error.code} ${error.message}`;
  }
  throw new Error('the file was loaded');
}

const middle = 'a text of more than 63 bytes, which has a longer head in ziplists and their like';

/** Entries of a ziplist in all of its encodings, and what they mean. */
const ZIPLIST_ENTRIES: readonly (readonly [bytes: Uint8Array, value: string])[] = [
  [text('short'), 'short'],
  [bytesOf(0x40, middle.length, middle), middle],
  [bytesOf(0x80, 0, 0, 1, 0x2c, 'l'.repeat(300)), 'l'.repeat(300)],
  [bytesOf(0xc0, 0x18, 0xfc), '-1000'],
  [bytesOf(0xd0, 0, 0, 0, 0x80), '-2147483648'],
  [bytesOf(0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80), '-9223372036854775808'],
  [bytesOf(0xf0, 0xff, 0xff, 0x7f), '8388607'],
  [bytesOf(0xfe, 0x80), '-128'],
  [bytesOf(0xf1), '0'],
  [bytesOf(0xfd), '12'],
];

describe('the snapshot decoder', () => {
  it('reads an empty file of every version', () => {
    for (const version of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 80]) {
      expect(loaded(file(version)).keyspace.keyCount).toBe(0);
    }
  });

  it('reads deadlines in seconds and in milliseconds, and leaves out what is over', () => {
    const target = new LoadedKeyspace();
    target.clock.set(1_000_000_000_000);
    const decoder = target.load(
      file(
        10,
        bytesOf(0xfd, 0x00, 0xca, 0x9a, 0x3b, 0x00, string('over'), string('x')),
        bytesOf(0xfd, 0x01, 0xca, 0x9a, 0x3b, 0x00, string('seconds'), string('x')),
        bytesOf(0xfc, 0x01, 0x10, 0xa5, 0xd4, 0xe8, 0, 0, 0, 0x04, string('ms'), 1, string('f'), string('v')),
        bytesOf(0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, string('long over'), 1, string('m')),
        bytesOf(0xfc, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, string('longer over'), string('m')),
        bytesOf(0, string('stays'), string('x')),
      ),
    );
    const [database] = target.keyspace.databases;
    const deadline = (name: string): number => deadlineOf(target.keyspace.heap, database.peek(Slice.from(name)));
    expect(decoder).toMatchObject({ keys: 4, expiredKeys: 2 });
    expect(deadline('over')).toBe(1_000_000_000_000);
    expect(deadline('seconds')).toBe(1_000_000_001_000);
    expect(deadline('ms')).toBe(1_000_000_000_001);
    expect(deadline('stays')).toBe(Number.POSITIVE_INFINITY);
    target.keyspace.verify();
  });

  it('keeps what is over where it is told to', () => {
    const target = new LoadedKeyspace();
    target.clock.set(1_000_000_000_000);
    const deadline = bytesOf(0xfc, 0, 0, 0, 0, 0, 0, 0, 0);
    target.load(file(10, deadline, 0, string('k'), string('v')), { nowMs: 0 });
    expect(target.keyspace.keyCount).toBe(1);
    target.keyspace.verify();
  });

  it('reads accesses as the policy needs them', () => {
    const bytes = file(
      10,
      bytesOf(0xf8, 0x40, 100, 0, string('idle'), string('x')),
      bytesOf(0xf9, 77, 0, string('frequent'), string('x')),
      bytesOf(0, string('plain'), string('x')),
    );
    const stamp = ({ keyspace }: LoadedKeyspace, key: string): number =>
      keyspace.heap.word(keyspace.databases[0].peek(Slice.from(key)), 2) >>> 8;
    const lru = loaded(bytes);
    const { access } = lru.keyspace;
    expect(['idle', 'frequent', 'plain'].map((key) => access.idleSeconds(stamp(lru, key)))).toEqual([100, 0, 0]);
    const lfu = new LoadedKeyspace();
    lfu.keyspace.access.lfu = true;
    lfu.load(bytes);
    expect(['idle', 'frequent', 'plain'].map((key) => stamp(lfu, key) & 0xff)).toEqual([5, 77, 5]);
  });

  it('reads the plain forms of collections, as old versions wrote them', () => {
    const target = loaded(
      file(
        1,
        bytesOf(1, string('list'), 3, string('a'), 0xc0, 5, string('c')),
        bytesOf(2, string('set'), 2, string('b'), string('a')),
        bytesOf(3, string('zset'), 4, string('x'), 3, '1.5', string('y'), 254, string('z'), 255, string('w'), 2, '-7'),
        bytesOf(4, string('hash'), 1, string('f'), string('v')),
        bytesOf(5, string('zset 2'), 1, string('m'), 0, 0, 0, 0, 0, 0, 0xf8, 0x3f),
      ),
    );
    expect(contentOf(target, 'list')).toEqual(['a', '5', 'c']);
    expect(contentOf(target, 'set')).toEqual(['b', 'a']);
    expect(contentOf(target, 'zset')).toEqual([
      ['z', Number.NEGATIVE_INFINITY],
      ['w', -7],
      ['x', 1.5],
      ['y', Number.POSITIVE_INFINITY],
    ]);
    expect(contentOf(target, 'hash')).toEqual([['f', 'v']]);
    expect(contentOf(target, 'zset 2')).toEqual([['m', 1.5]]);
  });

  it('reads ziplists with all encodings of entries', () => {
    const entries = ZIPLIST_ENTRIES.map(([bytes]) => bytes);
    const values = ZIPLIST_ENTRIES.map(([, value]) => value);
    const numbers = [bytesOf(0xc0, 0x18, 0xfc), bytesOf(0xf3), text('2.5'), bytesOf(0xd0, 0, 0, 1, 0)];
    const target = loaded(
      file(
        6,
        bytesOf(10, string('list'), packed(ziplist(...entries))),
        bytesOf(13, string('hash'), packed(ziplist(...entries))),
        bytesOf(12, string('zset'), packed(ziplist(...numbers.flatMap((score, i) => [text(`m${i}`), score])))),
        bytesOf(14, string('quicklist'), 2, packed(ziplist(...entries)), packed(ziplist(text('last')))),
      ),
    );
    expect(contentOf(target, 'list')).toEqual(values);
    expect(contentOf(target, 'quicklist')).toEqual([...values, 'last']);
    expect(contentOf(target, 'hash')).toEqual([0, 2, 4, 6, 8].map((i) => [values[i], values[i + 1]]));
    expect(contentOf(target, 'zset')).toEqual([
      ['m0', -1000],
      ['m1', 2],
      ['m2', 2.5],
      ['m3', 65_536],
    ]);
  });

  it('reads zipmaps', () => {
    const long = 'v'.repeat(254);
    const zipmap = bytesOf(2, 1, 'a', 1, 2, 'x', '..', 4, 'long', 254, 254, 0, 0, 0, 0, long, 0xff);
    const target = loaded(file(2, bytesOf(9, string('hash'), packed(zipmap))));
    expect(contentOf(target, 'hash')).toEqual([
      ['a', 'x'],
      ['long', long],
    ]);
  });

  it('reads listpacks and intsets, and lists of nodes', () => {
    const target = loaded(
      file(
        11,
        bytesOf(16, string('hash'), packed(listpack('a', 1, 'b', 'x'))),
        bytesOf(17, string('zset'), packed(listpack('a', 1, 'b', '1.5', 3, 2))),
        bytesOf(17, string('disorder'), packed(listpack('b', 2, 'c', 1, 'a', 2))),
        bytesOf(18, string('list'), 3, 2, packed(listpack('a', 1)), 1, string('plain'), 2, packed(listpack('z'))),
        bytesOf(20, string('set'), packed(listpack('a', 1, 'b'))),
        bytesOf(11, string('integers'), packed(bytesOf(2, 0, 0, 0, 2, 0, 0, 0, 0xff, 0xff, 7, 0))),
      ),
    );
    expect(contentOf(target, 'hash')).toEqual([
      ['a', '1'],
      ['b', 'x'],
    ]);
    expect(contentOf(target, 'zset')).toEqual([
      ['a', 1],
      ['b', 1.5],
      ['3', 2],
    ]);
    expect(contentOf(target, 'disorder')).toEqual([
      ['c', 1],
      ['a', 2],
      ['b', 2],
    ]);
    expect(contentOf(target, 'list')).toEqual(['a', '1', 'plain', 'z']);
    expect(contentOf(target, 'set')).toEqual(['a', '1', 'b']);
    expect(contentOf(target, 'integers')).toEqual(['-1', '7']);
  });

  it('gives what is too large for the limits its large form', () => {
    const elements = Array.from({ length: 60 }, (_, i) => `m${i}`);
    const intset = Buffer.alloc(8 + 2 * 60);
    intset.writeUInt32LE(2, 0);
    intset.writeUInt32LE(60, 4);
    for (let i = 0; i < 60; i++) intset.writeInt16LE(i * 10, 8 + 2 * i);
    const target = new LoadedKeyspace();
    for (const limit of Object.values(target.keyspace.limits)) limit.entries = 20;
    target.keyspace.limits.set.intsetEntries = 20;
    target.load(
      file(
        11,
        bytesOf(16, string('hash'), packed(listpack(...elements))),
        bytesOf(17, string('zset'), packed(listpack(...elements.flatMap((member, i) => [member, i])))),
        bytesOf(20, string('set'), packed(listpack(...elements))),
        bytesOf(11, string('integers'), packed(intset)),
      ),
    );
    target.keyspace.verify();
    const encoding = (key: string): string =>
      target.keyspace.kinds.encodingName(target.keyspace.databases[0].peek(Slice.from(key)));
    expect(['hash', 'zset', 'set', 'integers'].map(encoding)).toEqual([
      'hashtable',
      'skiplist',
      'hashtable',
      'hashtable',
    ]);
    expect(contentOf(target, 'hash')).toHaveLength(30);
    expect(contentOf(target, 'zset')).toHaveLength(60);
    expect(contentOf(target, 'set')).toHaveLength(60);
    expect(contentOf(target, 'integers')).toHaveLength(60);
  });

  it('passes over what it has no use for, and keeps what others may have', () => {
    const target = new LoadedKeyspace();
    const module = bytesOf(0x81, 0x8d, 0x66, 0xda, 0x75, 0xd6, 0xa9, 0xa4, 0x01);
    const decoder = target.load(
      file(
        12,
        bytesOf(0xfa, string('redis-ver'), string('7.4.0'), 0xfa, string('used-mem'), 0xc1, 0, 4),
        bytesOf(0xfa, string('repl-id'), string('abc'), 0xfa, string('%info'), string('told')),
        bytesOf(0xf7, module, 2, 2, 1, 5, 2, 2, 3, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, string('x'), 0),
        bytesOf(0xf5, string('#!lua name=lib'), 0xfe, 3, 0xfb, 5, 5, 0xf4, 1, 2, 3),
        bytesOf(0, string('k'), string('v')),
      ),
    );
    expect(target.keyspace.databases[3].size).toBe(1);
    expect(decoder.usedBytes).toBe(1024);
    expect(decoder.facts.get('repl-id')).toBe('abc');
    expect(decoder.functions.map(String)).toEqual([String(Buffer.from('#!lua name=lib').toJSON().data)]);
    expect(target.log).toContain("RDB '%info': told");
    expect(target.log.at(-1)).toMatch(/^The RDB file contains AUX module data I can't load: no matching module '\w+'$/);
  });

  it('leaves out keys without elements', () => {
    const target = new LoadedKeyspace();
    const decoder = target.load(
      file(
        10,
        ...[1, 2, 3, 4, 5, 14, 18].map((type) => bytesOf(type, string(`key ${type}`), 0)),
        bytesOf(16, string('hash'), packed(listpack())),
        bytesOf(18, string('list'), 1, 2, packed(listpack())),
        bytesOf(0, string('k'), string('v')),
      ),
    );
    expect(decoder).toMatchObject({ keys: 1, emptyKeys: 9 });
    target.keyspace.verify();
  });

  it.each([
    ['another file', Buffer.from('GIF89a, not a dump'), /does not begin with REDIS/],
    ['a version that is none', Buffer.from('REDISabcd'), /does not begin with REDIS/],
    ['a version to come', file(13), /RDB_UNSUPPORTED Can't handle RDB format version 13/],
    ['version 0', file(0), /RDB_UNSUPPORTED/],
    ['an end too early', file(4, 0, string('k'), 5, 'a'), /it ends too early/],
    ['no end', Buffer.from('REDIS0004'), /ends too early at offset 9/],
    [
      'a wrong checksum',
      bytesOf('REDIS0010', 0xff, 1, 2, 3, 4, 5, 6, 7, 8),
      /Wrong RDB checksum .*: RDB CRC error at offset 10/,
    ],
    ['an unknown opcode', file(10, 100), /unknown opcode 100 at offset 9/],
    ['a type that never was', file(10, 8, string('k')), /unknown type 8 of a value at offset 9/],
    ['a database beyond the last', file(10, 0xfe, 16), /more than 16 databases/],
    [
      'a key twice',
      file(10, 0, string('k'), string('v'), 2, string('k'), 1, string('m')),
      /duplicated key "k" in DB 0 at offset 14/,
    ],
    ['a stream', file(10, 15, string('k'), 0), /RDB_UNSUPPORTED a stream/],
    [
      'a module',
      file(10, 7, string('k'), 0x81, 0x4b, 0x5a, 0xd8, 0xb9, 0x7c, 0xb4, 0x52, 0x00),
      /module type 'S1rYuXy0U|module type/,
    ],
    ['functions of a release candidate', file(10, 0xf6, string('f')), /Pre-release function format/],
    [
      'a field twice',
      file(10, 16, string('k'), packed(listpack('a', 1, 'a', 2))),
      /Hash listpack integrity check failed: listpack with dup elements at offset 12/,
    ],
    ['a field without value', file(10, 16, string('k'), packed(listpack('a'))), /a field without a value/],
    [
      'a plain field twice',
      file(10, 4, string('k'), 2, string('a'), string('b'), string('a'), string('c')),
      /field twice/,
    ],
    ['a member twice', file(10, 20, string('k'), packed(listpack('a', 'a'))), /^.*Set listpack integrity check failed/],
    ['a plain member twice', file(10, 2, string('k'), 2, string('a'), string('a')), /a member twice/],
    [
      'a scored member twice',
      file(10, 17, string('k'), packed(listpack('a', 1, 'a', 1))),
      /Zset listpack integrity check failed/,
    ],
    ['a score that is no number', file(10, 17, string('k'), packed(listpack('a', 'b'))), /not a number/],
    ['NaN', file(10, 3, string('k'), 1, string('m'), 253), /not a number/],
    [
      'an intset in disorder',
      file(10, 11, string('k'), packed(bytesOf(2, 0, 0, 0, 2, 0, 0, 0, 7, 0, 7, 0))),
      /ascending/,
    ],
    ['a damaged ziplist', file(10, 10, string('k'), packed(ziplist(text('a')).fill(9, 0, 1))), /actual size/],
    ['a zipmap without fields', file(10, 9, string('k'), packed(bytesOf(0, 0xff))), /Zipmap integrity check failed/],
    [
      'a zipmap with a long form of a short length',
      file(10, 9, string('k'), packed(bytesOf(1, 254, 1, 0, 0, 0, 'a', 1, 0, 'x', 0xff))),
      /longer than it need be/,
    ],
    ['a list node without bytes', file(10, 18, string('k'), 1, 1, string('')), /a list node without bytes/],
    ['a damaged zipmap', file(10, 9, string('k'), packed(bytesOf(1, 1, 'a', 9, 0, 'x', 0xff))), /beyond the end/],
    ['an unknown container', file(10, 18, string('k'), 1, 3, string('x')), /container 3/],
    ['more elements than can follow', file(10, 2, string('k'), 0x80, 0x7f, 0xff, 0xff, 0xff), /can not follow/],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(failure(bytes)).toMatch(reason);
  });

  it('compares no checksum where it is told not to, or where there is none', () => {
    const target = new LoadedKeyspace();
    target.load(bytesOf('REDIS0010', 0xff, 1, 2, 3, 4, 5, 6, 7, 8), { checksum: false });
    target.load(bytesOf('REDIS0010', 0xff, 0, 0, 0, 0, 0, 0, 0, 0));
    expect(target.log).toEqual(['RDB file was saved with checksum disabled: no check performed.']);
  });

  it('reads a file to its end without keeping anything', () => {
    const target = new LoadedKeyspace();
    const met: string[] = [];
    target.load(file(10, 0, string('a'), string('1'), 0xfe, 50, 16, string('b'), packed(listpack('f', 1))), {
      databases: [],
      onKey: ({ key, database, rdbType, fileBytes }) => met.push(`${key} ${database} ${rdbType} ${fileBytes}`),
    });
    expect(met).toEqual(['a 0 0 5', 'b 50 16 17']);
    expect(target.keyspace.keyCount).toBe(0);
    target.keyspace.verify();
  });

  it.runIf(existsSync(REDIS_ASSETS))("reads the old files of Redis's own tests", () => {
    const failed = readdirSync(REDIS_ASSETS)
      .filter((name) => name.endsWith('.rdb'))
      .filter((name) => {
        const target = new LoadedKeyspace();
        try {
          target.load(readFileSync(join(REDIS_ASSETS, name)));
        } catch (error) {
          if (!(error instanceof RdbError)) throw error;
        }
        target.keyspace.verify();
        return target.keyspace.keyCount === 0;
      });
    expect(failed).toEqual(['corrupt_empty_keys.rdb', 'corrupt_ziplist.rdb', 'scriptbackup.rdb']);
  });
});

describe.skipIf(!hasReferenceRedis)('files of real Redis', () => {
  it.each(LIMITS)('are loaded with every type in every encoding: %s', async (_name, config) => {
    await using redis = await startRedis({ config });
    const client = await redis.connect();
    for (const compression of ['yes', 'no']) {
      await client.call('FLUSHALL');
      await client.call('CONFIG', 'SET', 'rdbcompression', compression);
      await client.send(everyEncoding(Date.now() + 10 ** 8));
      await client.call('SELECT', 9);
      await client.call('SET', 'elsewhere', '1');
      await client.call('SELECT', 0);
      await client.call('SAVE');
      const bytes = await readFile(join(redis.directory, 'dump.rdb'));
      const target = new LoadedKeyspace();
      target.clock.set(Date.now());
      // -0 becomes 0 in a small sorted set alone.
      target.keyspace.limits.zset.entries = Number(config['zset-max-listpack-entries'] ?? 128);
      target.load(bytes);
      expect(target.digest).toBe(String(await client.call('DEBUG', 'DIGEST')));
      target.keyspace.verify();
      const roomy = new LoadedKeyspace();
      roomy.clock.set(Date.now());
      const { hash, set } = roomy.keyspace.limits;
      hash.entries = hash.valueBytes = set.entries = set.valueBytes = set.intsetEntries = 10 ** 6;
      roomy.keyspace.limits.zset.entries = target.keyspace.limits.zset.entries;
      roomy.load(bytes);
      expect(roomy.digest).toBe(target.digest);
      roomy.keyspace.verify();
    }
  });
});
