import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
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
      const { defragmenter } = s.engine;
      expect(defragmenter.begin()).toBe(true);
      const blocks = heapOf(s).markedSlabs;
      expect(blocks).toBeGreaterThan(30);
      while (defragmenter.isRunning && heapOf(s).markedSlabs > 0) defragmenter.run(0);
      expect(heapOf(s).markedSlabs).toBe(0);
      defragmenter.end();
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

describe('a process of whose keys nine in ten were deleted', () => {
  it('gives their memory back to the system', () => {
    const program = fileURLToPath(new URL('./defragment-program.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
    const { full, deleted, after, live } = JSON.parse(output);
    expect(full).toBeGreaterThan(live * 8);
    expect(deleted).toBeGreaterThan(live * 6);
    // Node itself takes more than at the beginning: its young generation has grown.
    expect(after).toBeLessThan(live * 1.5 + 40 * 1024 * 1024);
  });
});
