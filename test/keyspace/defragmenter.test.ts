import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { SEGMENT_BYTES } from '../../src/memory/layout.ts';
import type { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { CommandSession } from '../support/command-session.ts';
import { freeze } from './keyspace-fixtures.ts';

function heapOf(s: CommandSession): ParanoidHeap {
  return s.engine.keyspace.heap as ParanoidHeap;
}

const DEBUG = { 'enable-debug-command': 'yes' } as const;

/** What all keys hold, as their digests tell it. */
function contents(s: CommandSession): Map<string, unknown> {
  const dumps = new Map<string, unknown>();
  for (const key of (s.call('KEYS', '*') as string[]).sort()) {
    dumps.set(key, s.call('DEBUG', 'DIGEST-VALUE', key));
    dumps.set(`${key} expires`, s.call('PEXPIRETIME', key));
  }
  return dumps;
}

/** One pass, to its end; `between` is called between its steps. */
function defragment(s: CommandSession, between: () => void = () => {}): void {
  const { defragmenter } = s.engine;
  expect(defragmenter.begin()).toBe(true);
  while (defragmenter.run(0)) between();
}

/** Executes one pass, of more than `least` slabs, and answers how many it has not emptied; `between` is called between its steps. */
function slabsLeft(s: CommandSession, least: number, between?: () => void): number {
  const heap = heapOf(s);
  const { endEvacuation } = heap;
  let left = -1;
  heap.endEvacuation = () => {
    left = heap.markedSlabs;
    endEvacuation.call(heap);
  };
  expect(s.engine.defragmenter.begin()).toBe(true);
  expect(heap.markedSlabs).toBeGreaterThan(least);
  while (s.engine.defragmenter.run(0)) between?.();
  heap.endEvacuation = endEvacuation;
  return left;
}

/** Values of all types and forms. */
function fill(s: CommandSession, count: number): void {
  for (let i = 0; i < count; i++) {
    s.call('SET', `string:${i}`, 'x'.repeat((i * 37) % 700));
    s.call('SET', `long:${i}`, 'y'.repeat(i * 997), 'PX', 1000 + i);
    s.call('SET', `${'k'.repeat(1000 + i * 50)}`, 'long key');
    s.call('HSET', `hash:${i % 7}`, `field:${i}`, 'v'.repeat((i * 61) % 900));
    s.call('SADD', `set:${i % 5}`, `member:${i}`, 'm'.repeat(i * 13));
    s.call('SADD', `integers:${i % 3}`, i * 1000);
    s.call('ZADD', `zset:${i % 6}`, i % 11, `member:${i}`, i, 'z'.repeat(i * 11));
    s.call('RPUSH', `list:${i % 4}`, `element:${i}`, 'e'.repeat((i * 89) % 12_000));
  }
}

/** Strings of so many bytes as values, names of keys, fields, members and elements. */
function fillLong(s: CommandSession, length: number): void {
  const text = (seed: string): string => seed.repeat(length / seed.length);
  s.call('SET', text('long key '), text('value '));
  s.call('HSET', 'hash', text('field '), text('of a field '), 'short', text('of a short field '));
  s.call('SADD', 'set', text('member '), text('another '), 'short');
  // Scores alone lead to one of them.
  s.call('ZADD', 'zset', 1, text('scored '), 1, text('scored too '), 2, text('alone '), 3, 'short');
  s.call('RPUSH', 'list', 'short', text('element '), text('a neighbour '), 'last');
}

describe('the defragmenter', () => {
  it('moves every block, of values of all types', () => {
    // So that large forms are met with few elements.
    const config = {
      'hash-max-listpack-entries': '8',
      'zset-max-listpack-entries': '8',
      'set-max-intset-entries': '8',
    };
    const s = new CommandSession({ config: { ...DEBUG, ...config } });
    fill(s, 150);
    s.call('SELECT', '5');
    fill(s, 10);
    s.call('SELECT', '0');
    const before = contents(s);
    for (const scanFields of ['1', '1000']) {
      s.call('CONFIG', 'SET', 'active-defrag-max-scan-fields', scanFields);
      expect(slabsLeft(s, 30)).toBe(0);
      s.verify();
      expect(contents(s)).toEqual(before);
    }
    expect(s.engine.defragmenter.stats.hits).toBe(heapOf(s).movedBlocks);
    expect(s.engine.defragmenter.stats.keyHits).toBeGreaterThan(450);
  });

  it('moves the leaves of a very long string, but for its holes', () => {
    const s = new CommandSession({ config: DEBUG });
    s.call('SETRANGE', 'k', 5_000_000, 'end');
    for (let i = 0; i < 40; i++) s.call('SETRANGE', 'k', i * 100_000, `part ${i}`);
    const digest = s.call('DEBUG', 'DIGEST-VALUE', 'k');
    const used = heapOf(s).usedBytes;
    defragment(s);
    expect(heapOf(s).movedBlocks).toBeGreaterThan(40);
    expect(heapOf(s).usedBytes).toBe(used);
    expect(s.call('DEBUG', 'DIGEST-VALUE', 'k')).toEqual(digest);
    s.verify();
  });

  it('moves long strings wherever they are, a little at a time', () => {
    const s = new CommandSession({ config: DEBUG });
    fillLong(s, 1_300_000);
    const before = contents(s);
    const heap = heapOf(s);
    let bytes = 0;
    let most = 0;
    const left = slabsLeft(s, 200, () => {
      most = Math.max(most, heap.movedBytes - bytes);
      bytes = heap.movedBytes;
    });
    expect(left).toBe(0);
    expect(heap.movedBytes).toBeGreaterThan(15_000_000);
    expect(most).toBeLessThan(512 * 1024);
    s.verify();
    expect(contents(s)).toEqual(before);
  });

  it('moves entries of equal hashes, which lie in chains', () => {
    const s = new CommandSession({ config: DEBUG });
    s.engine.keyspace.hasher.hash = () => 0x12345678;
    for (let i = 0; i < 150; i++) s.call('SET', `key:${i}`, i);
    const before = contents(s);
    defragment(s);
    expect(contents(s)).toEqual(before);
    s.verify();
  });

  it('leaves frozen blocks where they are', () => {
    const s = new CommandSession();
    fill(s, 20);
    const { keyspace } = s.engine;
    const frozen = freeze(keyspace);
    const before = heapOf(s).movedBlocks;
    defragment(s);
    expect(heapOf(s).movedBlocks).toBe(before);
    expect(heapOf(s).snapshotBytes).toBe(0);
    s.call('SET', 'young', 'v');
    defragment(s);
    expect(heapOf(s).movedBlocks).toBeGreaterThan(before);
    keyspace.release(frozen);
    s.verify();
  });

  it('may be interrupted by anything between its steps', () => {
    const key = fc.integer({ min: 0, max: 12 });
    const command = fc.oneof(
      fc.tuple(fc.constant('SET'), key, fc.integer({ min: 0, max: 40_000 })),
      fc.tuple(fc.constantFrom('SADD', 'HSET', 'ZADD', 'RPUSH', 'LPUSH'), key, fc.integer({ min: 1, max: 60 })),
      fc.tuple(fc.constantFrom('DEL', 'RENAME', 'EXPIRE', 'SPOP', 'LPOP', 'ZPOPMIN'), key, fc.constant(3)),
      fc.tuple(fc.constantFrom('FREEZE', 'RELEASE', 'SWAPDB', 'BEGIN', 'END'), key, fc.constant(0)),
    );
    fc.assert(
      fc.property(fc.array(command, { minLength: 30, maxLength: 80 }), (commands) => {
        const config = {
          'hash-max-listpack-entries': '4',
          'zset-max-listpack-entries': '4',
          'active-defrag-max-scan-fields': '1',
        };
        const s = new CommandSession({ config });
        const { defragmenter, keyspace } = s.engine;
        const frozen: KeyspaceSnapshot[] = [];
        for (const [name, number, size] of commands) {
          if (!defragmenter.isRunning && name !== 'END') defragmenter.begin();
          defragmenter.run(0);
          if (name === 'SET') s.reply('SET', `s:${number}`, 'x'.repeat(size));
          else if (name === 'SADD' || name === 'SPOP') {
            for (let i = 0; i < size; i++)
              s.reply(name, `set:${number}`, ...(name === 'SADD' ? [`m${i * number}`] : []));
          } else if (name === 'HSET')
            for (let i = 0; i < size; i++) s.reply('HSET', `hash:${number}`, `f${i}`, 'v'.repeat(i * 20));
          else if (name === 'ZADD')
            for (let i = 0; i < size; i++) s.reply('ZADD', `zset:${number}`, i % 5, `m${i * number}`);
          else if (name === 'ZPOPMIN') s.reply('ZPOPMIN', `zset:${number}`, size);
          else if (name === 'RPUSH' || name === 'LPUSH') {
            for (let i = 0; i < size; i++) s.reply(name, `list:${number}`, 'e'.repeat(i * 100));
          } else if (name === 'LPOP') s.reply('LPOP', `list:${number}`, size);
          else if (name === 'DEL') s.reply('DEL', `zset:${number}`, `list:${number}`, `s:${number}`);
          else if (name === 'RENAME') s.reply('RENAME', `hash:${number}`, `hash:${number + 1}`);
          else if (name === 'EXPIRE') s.reply('EXPIRE', `set:${number}`, 100);
          else if (name === 'SWAPDB') s.reply('SWAPDB', 0, 1);
          else if (name === 'FREEZE') frozen.push(freeze(keyspace));
          else if (name === 'END') defragmenter.end();
          const released = name === 'RELEASE' ? frozen.shift() : undefined;
          if (released !== undefined) keyspace.release(released);
        }
        s.verify();
        for (const each of frozen) keyspace.release(each);
        defragmenter.end();
        s.verify();
      }),
      { numRuns: 25 },
    );
  });
});

/** A change, as words; @0 to @5 stand for long texts. */
const longChange = fc.oneof(
  { arbitrary: fc.tuple(fc.constantFrom('SET', 'APPEND'), key('string'), text()), weight: 2 },
  { arbitrary: fc.tuple(fc.constant('RENAME'), key('string'), text()), weight: 1 },
  { arbitrary: fc.tuple(fc.constant('HSET'), key('hash'), text(), text()), weight: 4 },
  { arbitrary: fc.tuple(fc.constantFrom('HDEL', 'HINCRBY'), key('hash'), text()), weight: 1 },
  { arbitrary: fc.tuple(fc.constantFrom('SADD', 'SADD', 'SREM'), key('set'), text()), weight: 3 },
  { arbitrary: fc.tuple(fc.constant('ZADD'), key('zset'), fc.constantFrom('1', '2', '3'), text()), weight: 4 },
  { arbitrary: fc.tuple(fc.constant('ZREM'), key('zset'), text()), weight: 1 },
  { arbitrary: fc.tuple(fc.constantFrom('RPUSH', 'LPUSH'), key('list'), text(), text()), weight: 4 },
  { arbitrary: fc.tuple(fc.constant('LSET'), key('list'), fc.constant('1'), text()), weight: 1 },
  { arbitrary: fc.tuple(fc.constantFrom('LPOP', 'DEL'), key('list')), weight: 1 },
);

function key(type: string): fc.Arbitrary<string> {
  return fc.constantFrom(`${type} 1`, `${type} 2`);
}

function text(): fc.Arbitrary<string> {
  return fc.constantFrom('@0', '@1', '@2', '@3', '@4', '@5');
}

/** From one leaf to several steps. */
function longText(word: string): string {
  const number = Number(word.slice(1));
  return `${number}`.repeat(20_000 + number * 90_000);
}

describe('long strings', () => {
  it('may be changed and frozen while they are moved', () => {
    const steps = fc.array(fc.tuple(longChange, fc.constantFrom('', '', '', 'freeze', 'release', 'begin')), {
      minLength: 10,
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, (changes) => {
        const s = new CommandSession({ config: DEBUG });
        const still = new CommandSession({ config: DEBUG });
        const { defragmenter, keyspace } = s.engine;
        const frozen: KeyspaceSnapshot[] = [];
        for (const [change, action] of changes) {
          const words = change.map((word) => (word.startsWith('@') ? longText(word) : word));
          s.reply(...words);
          still.reply(...words);
          if (action === 'freeze') frozen.push(freeze(keyspace));
          const released = action === 'release' ? frozen.shift() : undefined;
          if (released !== undefined) keyspace.release(released);
          if (!defragmenter.isRunning || action === 'begin') defragmenter.begin();
          defragmenter.run(0);
        }
        s.verify();
        expect(contents(s)).toEqual(contents(still));
        for (const each of frozen) keyspace.release(each);
        while (keyspace.heap.needsSweep) keyspace.heap.sweep(1000);
        // Nothing is frozen any more, so that nothing stays.
        expect(slabsLeft(s, 0)).toBe(0);
        s.verify();
        expect(contents(s)).toEqual(contents(still));
      }),
      { numRuns: 8 },
    );
  });
});

describe.each(['keys', 'elements'])('a process of whose %s nine in ten were deleted', (what) => {
  it('gives their memory back to the system', () => {
    const program = fileURLToPath(new URL('./defragment-program.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--import', 'tsx', program, what], { encoding: 'utf8' });
    const { full, deleted, after, target, live, reserved } = JSON.parse(output);
    expect(full).toBeGreaterThan(live * 8);
    expect(deleted).toBeGreaterThan(live * 6);
    expect(reserved).toBeLessThan(live * 1.5 + 2 * SEGMENT_BYTES);
    expect(after).toBeLessThan(target);
  });
});
