/**
 * The commands of HyperLogLogs. What the strings must be was taken from Redis 7.0.15.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { sha1Hex } from '../../../src/lib/sha1.ts';
import { CommandSession, type Word } from '../../support/command-session.ts';
import { contentOf } from '../bitmap/naive-bits.ts';
import { effectOf, encodingOf, makeList, ttlMs } from '../string/key-facts.ts';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';
const NOT_HYPERLOGLOG = 'WRONGTYPE Key is not a valid HyperLogLog string value.';
const CORRUPTED = 'INVALIDOBJ Corrupted HLL object detected';
const NOTHING = { log: [], events: [], dirty: 0 };

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

function hexOf(key: string): string {
  return Buffer.from(contentOf(s, key) ?? '').toString('hex');
}

function addMany(key: string, count: number, from = 1): void {
  for (let i = from; i < from + count; i++) s.call('PFADD', key, `e${i}`);
}

describe('PFADD and PFCOUNT', () => {
  it('make the bytes that Redis makes', () => {
    expect(s.call('PFADD', 'k', 'a', 'b', 'c')).toBe(1);
    expect(hexOf('k')).toBe('48594c4c01000000000000000000008060f38050b1844bfb80425a');
    expect(s.call('PFCOUNT', 'k')).toBe(3);
    expect(hexOf('k')).toBe('48594c4c01000000030000000000000060f38050b1844bfb80425a');
    expect(s.call('PFADD', 'k', 'c', 'a')).toBe(0);

    addMany('m', 1000);
    expect(sha1Hex(contentOf(s, 'm') ?? new Uint8Array(0))).toBe('af101540f9439a45780adf0c4a4d471e895c3797');
    expect(s.call('PFCOUNT', 'm')).toBe(1008);
    addMany('m', 4000, 1001);
    expect(sha1Hex(contentOf(s, 'm') ?? new Uint8Array(0))).toBe('97e732a40774eaf03b058d09525fa61f49658641');
    expect(s.call('PFCOUNT', 'm')).toBe(4968);
    s.verify();
  });

  it('go by hll-sparse-max-bytes', () => {
    s = new CommandSession({ config: { 'hll-sparse-max-bytes': '100' } });
    addMany('n', 40);
    expect(sha1Hex(contentOf(s, 'n') ?? new Uint8Array(0))).toBe('81df3e0339e58e75908363869ff70c180ea66ce3');
  });

  it('add to the dense form in its place, also while a snapshot is alive', () => {
    const all: Word[] = Array.from({ length: 3000 }, (_, i) => `e${i}`);
    s.call('PFADD', 'once', ...all);
    s.call('PFADD', 'k', 'e0');
    s.call('EXPIRE', 'k', 100);
    expect(s.call('PFDEBUG', 'TODENSE', 'k')).toBe(1);
    for (let i = 0; i < all.length; i += 100) {
      const frozen = s.engine.keyspace.freeze();
      expect(s.call('PFADD', 'k', ...all.slice(i, i + 100))).toBe(1);
      s.call('PFCOUNT', 'k');
      s.engine.keyspace.release(frozen);
    }
    s.call('PFCOUNT', 'once');
    expect(hexOf('k')).toBe(hexOf('once'));
    expect(ttlMs(s, 'k')).toBe(100_000);
    expect(s.call('PFADD', 'k', ...all)).toBe(0);
    s.verify();
  });

  it('create an empty one without elements', () => {
    expect(s.call('PFADD', 'k')).toBe(1);
    expect(s.call('PFADD', 'k')).toBe(0);
    expect(hexOf('k')).toBe(`48594c4c0100000000000000000000807fff`);
    expect(encodingOf(s, 'k')).toBe('raw');
    expect(s.call('PFCOUNT', 'k')).toBe(0);
    expect(s.call('PFCOUNT', 'none')).toBe(0);
    expect(s.call('PFCOUNT', 'none', 'nor')).toBe(0);
  });

  it('count the union of several', () => {
    addMany('a', 600);
    addMany('b', 600, 401);
    addMany('all', 1000);
    expect(s.call('PFCOUNT', 'a', 'none', 'b')).toBe(s.call('PFCOUNT', 'all'));
    s.call('PFDEBUG', 'TODENSE', 'a');
    expect(s.call('PFCOUNT', 'a', 'b')).toBe(s.call('PFCOUNT', 'all'));
  });

  it('tell of every raised register, and of a cardinality that is cached', () => {
    expect(effectOf(s, 'PFADD', 'k', 'a', 'a', 'b')).toEqual({
      log: ['PFADD k a a b'],
      events: ['pfadd k'],
      dirty: 3,
    });
    expect(effectOf(s, 'PFADD', 'k', 'a')).toEqual(NOTHING);
    expect(effectOf(s, 'PFCOUNT', 'k')).toEqual({ log: ['PFCOUNT k'], events: [], dirty: 1 });
    expect(effectOf(s, 'PFCOUNT', 'k')).toEqual(NOTHING);
    s.call('PFDEBUG', 'TODENSE', 'k');
    expect(effectOf(s, 'PFADD', 'k', 'c', 'a', 'd')).toMatchObject({ events: ['pfadd k'], dirty: 2 });
    expect(effectOf(s, 'PFADD', 'k', 'c')).toEqual(NOTHING);
    expect(effectOf(s, 'PFCOUNT', 'k', 'k')).toEqual(NOTHING);
    expect(s.call('PFCOUNT', 'k')).toBe(4);
  });

  it('answer any cardinality that is cached', () => {
    const header = (cached: bigint) => {
      const bytes = Buffer.from('48594c4c0100000000000000000000007fff', 'hex');
      bytes.writeBigUInt64LE(cached, 8);
      return new Uint8Array(bytes);
    };
    for (const cached of [5n, 2n ** 40n, 2n ** 63n - 1n]) {
      s.call('SET', 'k', header(cached));
      expect(BigInt(s.call('PFCOUNT', 'k') as number)).toBe(cached);
    }
    s.call('SET', 'k', header(2n ** 63n));
    expect(s.call('PFCOUNT', 'k')).toBe(0);
  });

  it('refuse what is no HyperLogLog', () => {
    makeList(s, 'l');
    const dense = new Uint8Array(12_304);
    dense.set(Buffer.from('HYLL'));
    const strings: Word[] = ['', 'HYLL', 'x'.repeat(16), `HYLL\x02${'\0'.repeat(20)}`, dense.subarray(1)];
    strings.push(`HYLL${'\0'.repeat(12_299)}`, `HYLL${'\0'.repeat(12_301)}`, 'x'.repeat(100_000));
    for (const command of ['PFADD', 'PFCOUNT', 'PFMERGE']) {
      expect(s.error(command, 'l')).toBe(WRONG_TYPE);
      for (const text of strings) {
        s.call('SET', 'k', text);
        expect(s.error(command, 'k')).toBe(NOT_HYPERLOGLOG);
      }
    }
    expect(s.error('PFCOUNT', 'none', 'l')).toBe(WRONG_TYPE);
    expect(s.error('PFMERGE', 'none', 'k')).toBe(NOT_HYPERLOGLOG);
    expect(s.call('EXISTS', 'none')).toBe(0);
  });

  it('find corrupted registers, and change nothing then', () => {
    const short = Buffer.from('48594c4c01000000000000000000008000', 'hex');
    for (const bytes of [short, Buffer.concat([short, Buffer.alloc(40_000)])]) {
      s.call('SET', 'k', new Uint8Array(bytes));
      expect(s.error('PFADD', 'k', 'a')).toBe(CORRUPTED);
      expect(s.error('PFCOUNT', 'k')).toBe(CORRUPTED);
      expect(s.error('PFCOUNT', 'k', 'k')).toBe(CORRUPTED);
      expect(s.error('PFMERGE', 'd', 'k')).toBe(CORRUPTED);
      expect(s.error('PFDEBUG', 'GETREG', 'k')).toBe(CORRUPTED);
      expect(hexOf('k')).toBe(bytes.toString('hex'));
    }
    expect(s.call('EXISTS', 'd')).toBe(0);
  });
});

describe('PFMERGE', () => {
  it('makes what adding everything makes', () => {
    addMany('a', 100);
    addMany('b', 100, 51);
    addMany('c', 10, 1000);
    addMany('all', 150);
    addMany('all', 10, 1000);
    expect(effectOf(s, 'PFMERGE', 'c', 'a', 'none', 'b')).toEqual({
      log: ['PFMERGE c a none b'],
      events: ['keymiss none', 'pfadd c'],
      dirty: 1,
    });
    expect(s.call('PFDEBUG', 'GETREG', 'c')).toEqual(s.call('PFDEBUG', 'GETREG', 'all'));
    expect(s.call('PFCOUNT', 'c')).toBe(s.call('PFCOUNT', 'all'));
    s.verify();
  });

  it('keeps the sparse form if all are sparse, and makes a dense one if one of them is', () => {
    addMany('a', 30);
    s.call('PFMERGE', 'd', 'a');
    expect(s.call('PFDEBUG', 'ENCODING', 'd')).toBe('sparse');
    expect(hexOf('d')).toBe(hexOf('a'));
    s.call('EXPIRE', 'd', 100);
    addMany('b', 3000);
    s.call('PFMERGE', 'd', 'b');
    expect(hexOf('d')).toBe(hexOf('b'));
    expect(ttlMs(s, 'd')).toBe(100_000);
    s.call('PFMERGE', 'new', 'a', 'b');
    expect(hexOf('new')).toBe(hexOf('b'));
    s.call('PFMERGE', 'empty');
    expect(s.call('PFCOUNT', 'empty')).toBe(0);
    s.verify();
  });
});

describe('PFDEBUG', () => {
  it('shows opcodes, registers and the encoding', () => {
    s.call('PFADD', 'k', 'a', 'b', 'c');
    expect(s.call('PFDEBUG', 'DECODE', 'k')).toBe('Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603');
    expect(s.call('PFDEBUG', 'encoding', 'k')).toBe('sparse');
    expect(effectOf(s, 'PFDEBUG', 'getreg', 'k')).toEqual({ log: ['PFDEBUG getreg k'], events: [], dirty: 1 });
    const registers = s.call('PFDEBUG', 'GETREG', 'k') as readonly number[];
    expect(registers.length).toBe(16_384);
    expect([registers[8436], registers[8436 + 1 + 4274], registers[0]]).toEqual([1, 2, 0]);
    expect(s.call('PFDEBUG', 'ENCODING', 'k')).toBe('dense');
    expect(effectOf(s, 'PFDEBUG', 'TODENSE', 'k')).toEqual(NOTHING);
    expect(s.error('PFDEBUG', 'DECODE', 'k')).toBe('ERR HLL encoding is not sparse');
  });

  it('refuses what it does not know', () => {
    expect(s.error('PFDEBUG', 'x', 'none')).toBe('ERR The specified key does not exist');
    s.call('SET', 'k', 'v');
    expect(s.error('PFDEBUG', 'x', 'k')).toBe(NOT_HYPERLOGLOG);
    s.call('PFADD', 'h');
    expect(s.error('PFDEBUG', 'some', 'h')).toBe("ERR Unknown PFDEBUG subcommand 'some'");
  });
});

describe('PFSELFTEST', () => {
  it('finds nothing wrong', () => {
    expect(s.call('PFSELFTEST')).toBe('OK');
  });
});
