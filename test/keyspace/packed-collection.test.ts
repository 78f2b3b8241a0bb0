import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INLINE_VALUE_BYTES, isInline } from '../../src/keyspace/key-entry.ts';
import type { KeyspaceSnapshot } from '../../src/keyspace/keyspace.ts';
import { Slice } from '../../src/lib/slice.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { blockBytesFor } from '../../src/memory/layout.ts';
import { DumpEncoder } from '../../src/persistence/rdb/dump-payload.ts';
import { ByteStringReader } from '../../src/structures/byte-string.ts';
import { EntryReader } from '../../src/structures/entry.ts';
import { TableReader } from '../../src/structures/table-reader.ts';
import { CommandSession, type Word } from '../support/command-session.ts';
import { freeze } from './keyspace-fixtures.ts';

/** Small enough for large forms to be met. */
const CONFIG = {
  'hash-max-listpack-entries': '40',
  'zset-max-listpack-entries': '40',
  'set-max-listpack-entries': '40',
  'set-max-intset-entries': '100',
} as const;

/** Short ones, and the longest in the entry and the shortest that is not. */
const KEYS = ['a', 'b', 'key:with:a:name', 'k'.repeat(1024), 'k'.repeat(1025)];

const TYPES = ['hash', 'set', 'integers', 'zset'] as const;
type Type = (typeof TYPES)[number] | 'string';

/** What a key holds: fields with values, members, members with scores; or a text. */
interface Content {
  readonly type: Type;
  readonly elements: ReadonlyMap<string, string>;
  readonly deadlineMs: number;
}

const ADD = { hash: 'HSET', set: 'SADD', integers: 'SADD', zset: 'ZADD' } as const;
const REMOVE = { hash: 'HDEL', set: 'SREM', integers: 'SREM', zset: 'ZREM' } as const;

/** An element of a type; those of different numbers differ. */
function elementOf(type: Type, number: number, seed: number): [name: string, value: string] {
  switch (type) {
    case 'hash':
      return [`field:${number}`, 'v'.repeat((number * seed) % 60)];
    case 'zset':
      return [`member:${number}`, String(((number * seed) % 50) / 2)];
    case 'integers':
      return [String(number % 2 === 0 ? number : number * 2 ** (seed % 40)), ''];
    default:
      return [`${'m'.repeat(number % 40)}:${number}`, ''];
  }
}

interface Frozen {
  readonly snapshot: KeyspaceSnapshot;
  readonly payloads: ReadonlyMap<string, string>;
}

/** Keys, beside what they should hold. */
class Subject {
  readonly s = new CommandSession({ config: CONFIG });
  private readonly contents = new Map<string, Content>();
  private readonly frozen: Frozen[] = [];

  take({ kind, key, other, type, number, count }: Step): void {
    const { s, contents } = this;
    switch (kind) {
      case 'add':
        this.add(key, type, number, count);
        break;
      case 'remove':
        this.remove(key, number, count);
        break;
      case 'set':
        s.call('SET', key, 'x'.repeat(number * 7));
        contents.set(key, { type: 'string', elements: new Map([['x'.repeat(number * 7), '']]), deadlineMs: -1 });
        break;
      case 'rename':
        if (!contents.has(key)) break;
        s.call('RENAME', key, other);
        contents.set(other, contents.get(key) as Content);
        if (other !== key) contents.delete(key);
        break;
      case 'copy':
        if (other === key) break;
        s.call('COPY', key, other, 'REPLACE');
        if (contents.has(key)) contents.set(other, contents.get(key) as Content);
        break;
      case 'restore':
        this.restore(key, other);
        break;
      case 'expire':
        this.expire(key, s.clock.nowMs() + 1 + number);
        break;
      case 'persist':
        this.expire(key, -1);
        break;
      case 'defragment':
        s.engine.defragmenter.begin();
        while (s.engine.defragmenter.run(0));
        break;
      case 'freeze':
        this.freeze();
        break;
      case 'release':
        if (this.frozen.length > 0) this.release(number % this.frozen.length);
    }
  }

  private add(key: string, type: Exclude<Type, 'string'>, number: number, count: number): void {
    const former = this.contents.get(key);
    const elements = new Map(former?.type === type ? former.elements : []);
    const deadlineMs = former?.type === type ? former.deadlineMs : -1;
    if (former !== undefined && former.type !== type) this.s.call('DEL', key);
    const words: Word[] = [];
    for (let i = 0; i < count; i++) {
      const [name, value] = elementOf(type, (number + i) % 60, number);
      elements.set(name, value);
      words.push(...(type === 'hash' ? [name, value] : type === 'zset' ? [value, name] : [name]));
    }
    this.s.call(ADD[type], key, ...words);
    this.contents.set(key, { type, elements, deadlineMs });
  }

  private remove(key: string, number: number, count: number): void {
    const content = this.contents.get(key);
    if (content === undefined || content.type === 'string') return;
    const elements = new Map(content.elements);
    const names = [...elements.keys()];
    const removed = Array.from({ length: Math.min(count, names.length) }, (_, i) => names[(number + i) % names.length]);
    for (const name of removed) elements.delete(name);
    this.s.call(REMOVE[content.type], key, ...removed);
    if (elements.size === 0) this.contents.delete(key);
    else this.contents.set(key, { ...content, elements });
  }

  private restore(key: string, other: string): void {
    const content = this.contents.get(key);
    if (content === undefined) return;
    const deadline = Math.max(0, content.deadlineMs);
    this.s.reply('RESTORE', other, deadline, this.s.reply('DUMP', key) as Uint8Array, 'REPLACE', 'ABSTTL');
    this.contents.set(other, content);
  }

  private expire(key: string, deadlineMs: number): void {
    const content = this.contents.get(key);
    if (deadlineMs === -1) this.s.call('PERSIST', key);
    else this.s.call('PEXPIREAT', key, deadlineMs);
    if (content !== undefined) this.contents.set(key, { ...content, deadlineMs });
  }

  private freeze(): void {
    const payloads = new Map(
      [...this.contents.keys()].map((key) => [key, hex(this.s.reply('DUMP', key) as Uint8Array)]),
    );
    this.frozen.push({ snapshot: freeze(this.s.engine.keyspace), payloads });
  }

  private release(place: number): void {
    const { keyspace } = this.s.engine;
    const [{ snapshot, payloads }] = this.frozen.splice(place, 1);
    expect(payloadsOf(keyspace.hasher, snapshot)).toEqual(payloads);
    keyspace.release(snapshot);
  }

  private read(key: string, type: Type): Map<string, string> {
    switch (type) {
      case 'hash':
        return pairs(this.s.call('HGETALL', key) as string[]);
      case 'zset':
        return pairs(this.s.call('ZRANGE', key, 0, -1, 'WITHSCORES') as string[]);
      case 'string':
        return new Map([[this.s.call('GET', key) as string, '']]);
      default:
        return new Map((this.s.call('SMEMBERS', key) as string[]).map((member) => [member, '']));
    }
  }

  check(): void {
    for (const key of KEYS) {
      const content = this.contents.get(key);
      expect(this.s.call('EXISTS', key)).toBe(content === undefined ? 0 : 1);
      if (content === undefined) continue;
      expect(this.s.call('PEXPIRETIME', key)).toBe(content.deadlineMs);
      expect(this.read(key, content.type)).toEqual(content.elements);
    }
    this.s.verify();
  }

  end(): void {
    while (this.frozen.length > 0) this.release(0);
    this.check();
    this.s.call('FLUSHALL');
    this.s.engine.keyspace.reclaimer.finish();
    this.s.verify();
    expect(this.s.engine.keyspace.heap.snapshotBytes).toBe(0);
  }
}

function pairs(words: readonly string[]): Map<string, string> {
  return new Map(words.filter((_, i) => i % 2 === 0).map((name, i) => [name, words[2 * i + 1]]));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** What DUMP would answer for the keys of a snapshot, as a thread with nothing but it finds them. */
function payloadsOf(
  hasher: CommandSession['engine']['keyspace']['hasher'],
  { snapshot, roots }: KeyspaceSnapshot,
): Map<string, string> {
  const view = new HeapView(snapshot.segments);
  const entries = new EntryReader(view, new ByteStringReader(view));
  const table = new TableReader(view, entries, hasher);
  const encoder = new DumpEncoder(view, true);
  const key = new Slice(new Uint8Array(0), 0, 0);
  const payloads = new Map<string, string>();
  for (const { root } of roots.databases) {
    table.forEach(root, (entry) => {
      payloads.set(entries.key(entry, key).toLatin1(), hex(encoder.dump(entry)));
    });
  }
  return payloads;
}

const anyStep = fc.record({
  kind: fc.constantFrom(
    ...(['add', 'add', 'add', 'add', 'remove', 'remove', 'set', 'rename', 'copy', 'restore'] as const),
    ...(['expire', 'persist', 'defragment', 'freeze', 'release'] as const),
  ),
  key: fc.constantFrom(...KEYS),
  other: fc.constantFrom(...KEYS),
  type: fc.constantFrom(...TYPES),
  number: fc.nat({ max: 100 }),
  count: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 60 })),
});
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

/** How a collection comes to have `count` short elements: one by one, or all at once. */
function fill(s: CommandSession, type: Exclude<Type, 'string'>, key: string, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const words = { hash: [`f${i}`, `v${i}`], set: [`m${i}`], integers: [1000 + i], zset: [i, `m${i}`] }[type];
    s.call(ADD[type], key, ...words);
  }
}

function liesInEntry(s: CommandSession, key: string): boolean {
  const { heap } = s.engine.keyspace;
  return isInline(heap, s.session.database.find(Slice.from(key)));
}

describe('small collections', () => {
  it('hold what they should wherever they lie, whatever becomes of their keys, and in snapshots too', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
        const subject = new Subject();
        steps.forEach((step, i) => {
          subject.take(step);
          if (i % 10 === 9) subject.check();
        });
        subject.end();
      }),
      { numRuns: 40 },
    );
  });

  it.each(TYPES)('lie in the entry of their key while they are short: %s', (type) => {
    const s = new CommandSession();
    fill(s, type, 'k', 0, 10);
    expect(liesInEntry(s, 'k')).toBe(true);
    // The listpack, or intset, behind 16 bytes of header and the key.
    const bytes = { hash: 7 + 10 * 8, set: 7 + 10 * 4, integers: 8 + 10 * 2, zset: 7 + 10 * 6 }[type];
    expect(s.call('MEMORY', 'USAGE', 'k')).toBe(blockBytesFor(16 + 1 + bytes));
    fill(s, type, 'k', 10, 100);
    const room = { hash: 7 + 100 * 8, set: 7 + 100 * 5, integers: 8 + 100 * 2, zset: 7 + 100 * 6 }[type];
    expect(liesInEntry(s, 'k')).toBe(room <= INLINE_VALUE_BYTES);
    s.verify();
  });

  it.each(['hash', 'set', 'zset'] as const)('leave the entry when they outgrow it, and come back: %s', (type) => {
    const s = new CommandSession();
    fill(s, type, 'k', 0, 110);
    expect(liesInEntry(s, 'k')).toBe(false);
    for (let i = 0; i < 90; i++) s.call(REMOVE[type], 'k', type === 'hash' ? `f${i}` : `m${i}`);
    expect(liesInEntry(s, 'k')).toBe(true);
    s.verify();
    for (let i = 90; i < 110; i++) s.call(REMOVE[type], 'k', type === 'hash' ? `f${i}` : `m${i}`);
    expect(s.call('EXISTS', 'k')).toBe(0);
    s.verify();
  });

  it('go on in the same place with every way to make or change a key', () => {
    const s = new CommandSession();
    fill(s, 'hash', 'h', 0, 5);
    fill(s, 'integers', 'i', 0, 5);
    fill(s, 'zset', 'z', 0, 5);
    s.call('EXPIRE', 'h', 100);
    s.call('RENAME', 'h', 'renamed');
    s.call('COPY', 'renamed', 'copied');
    s.call('PERSIST', 'copied');
    s.call('MOVE', 'copied', 1);
    s.call('SUNIONSTORE', 'union', 'i');
    s.call('ZUNIONSTORE', 'i', 2, 'z', 'i');
    s.reply('RESTORE', 'restored', 0, s.reply('DUMP', 'z') as Uint8Array);
    for (const key of ['renamed', 'union', 'i', 'z', 'restored']) expect(liesInEntry(s, key)).toBe(true);
    expect(s.call('DBSIZE')).toBe(5);
    expect(s.engine.keyspace.heap.usedBytes).toBeGreaterThan(0);
    s.call('SELECT', 1);
    expect(liesInEntry(s, 'copied')).toBe(true);
    expect(s.call('HLEN', 'copied')).toBe(5);
    s.verify();
  });

  it('take with five or ten short elements what a block for all of it takes', () => {
    const s = new CommandSession();
    const usage = (...words: readonly Word[]): unknown => {
      const key = 'small:000000000001';
      s.call('DEL', key);
      s.call(String(words[0]), key, ...words.slice(1));
      return s.call('MEMORY', 'USAGE', key);
    };
    const five = [1, 2, 3, 4, 5];
    expect(usage('HSET', ...five.flatMap((i) => [`field:${i}`, `value:${i}`]))).toBe(144);
    expect(usage('SADD', ...Array.from({ length: 10 }, (_, i) => 100_001 + i))).toBe(96);
    expect(usage('ZADD', ...five.flatMap((i) => [i, `member:${i}`]))).toBe(112);
  });
});
