import { describe, expect, it } from 'vitest';
import { NO_DEADLINE } from '../../src/keyspace/key-table.ts';
import { Slice } from '../../src/lib/slice.ts';
import { NULL } from '../../src/memory/layout.ts';
import { SEGMENT_ID } from '../../src/structures/table-layout.ts';
import { freeze, KEYSPACES, readFrozen } from './keyspace-fixtures.ts';

const keyOf = (i: number) => Slice.from(`key:${i}`);

describe.each(KEYSPACES)('a keyspace on a $name', ({ make }) => {
  it('exchanges databases with all that belongs to them', () => {
    const { keyspace } = make();
    const [a, b] = keyspace.databases;
    for (let i = 0; i < 900; i++) a.setString(keyOf(i), Slice.from('a'), i % 2 === 0 ? NO_DEADLINE : 2e12 + i);
    b.setString(keyOf(7), Slice.from('b'), NO_DEADLINE);
    keyspace.swap(0, 1);
    expect([a.size, a.expiring, b.size, b.expiring, keyspace.keyCount]).toEqual([1, 0, 900, 450, 901]);
    keyspace.swap(1, 1);
    b.setString(keyOf(7), Slice.from('c'), NO_DEADLINE);
    a.setString(keyOf(8), Slice.from('d'), 2e12);
    expect([a.size, a.expiring, b.size, b.expiring]).toEqual([2, 1, 900, 449]);
    keyspace.verify();
  });

  it('is empty at once after a flush, and frees in small steps what was there', () => {
    const { keyspace } = make();
    const [database, other] = keyspace.databases;
    for (let i = 0; i < 3000; i++) database.setString(keyOf(i), Slice.from(`value ${i}`), 2e12);
    other.setString(keyOf(1), Slice.from('stays'), NO_DEADLINE);
    const frozen = freeze(keyspace);
    expect(database.flush()).toBe(3000);
    expect([database.size, database.expiring, keyspace.reclaimer.pending]).toEqual([0, 0, 3000]);
    expect(database.lookup(keyOf(5))).toBe(NULL);
    for (let i = 0; i < 100; i++) database.setString(keyOf(i), Slice.from('new'), 2e12);
    let steps = 0;
    for (let before = keyspace.reclaimer.pending; keyspace.reclaimer.step(); steps++) {
      expect(before - keyspace.reclaimer.pending).toBeLessThan(800);
      before = keyspace.reclaimer.pending;
    }
    expect(steps).toBeGreaterThan(3);
    expect([keyspace.reclaimer.pending, keyspace.reclaimer.reclaimed]).toEqual([0, 3000]);
    keyspace.verify();
    expect(readFrozen(keyspace, frozen).get(0)?.size).toBe(3000);
    keyspace.release(frozen);
    expect(keyspace.reclaimer.isIdle).toBe(false);
    keyspace.verify();
    expect(keyspace.reclaimer.isIdle).toBe(true);
    expect(keyspace.heap.snapshotBytes).toBe(0);
  });

  it('may be frozen in the middle of freeing', () => {
    const { keyspace } = make();
    const [database] = keyspace.databases;
    for (let i = 0; i < 3000; i++) database.setString(keyOf(i), Slice.from(`value ${i}`), NO_DEADLINE);
    database.flush();
    keyspace.reclaimer.step();
    database.setString(keyOf(1), Slice.from('new'), NO_DEADLINE);
    const frozen = freeze(keyspace);
    keyspace.verify();
    expect([...(readFrozen(keyspace, frozen).get(0)?.values() ?? [])].map(({ value }) => value)).toEqual(['new']);
    keyspace.release(frozen);
    keyspace.verify();
  });

  it('reads one moment while time is held', () => {
    const { keyspace, clock } = make();
    const [database] = keyspace.databases;
    database.setString(keyOf(1), Slice.from('v'), clock.nowMs() + 10);
    keyspace.holdTime();
    const now = keyspace.nowMs();
    clock.advance(1000);
    expect(keyspace.nowMs()).toBe(now);
    expect(database.lookup(keyOf(1))).not.toBe(NULL);
    keyspace.releaseTime();
    expect(database.lookup(keyOf(1))).toBe(NULL);
  });

  describe('verified', () => {
    const fill = () => {
      const { keyspace } = make();
      const [database] = keyspace.databases;
      for (let i = 0; i < 900; i++) database.setString(keyOf(i), Slice.from('x'.repeat(i)), 2e12 + i);
      keyspace.verify();
      return { keyspace, database };
    };

    it('shows a miscount of the keys that expire', () => {
      const { keyspace, database } = fill();
      database.expiring++;
      expect(() => keyspace.verify()).toThrow(/keys expire, counted/);
    });

    it('shows a bound above a deadline', () => {
      const { keyspace, database } = fill();
      database.table.locate(database.root, 0);
      database.bounds.set(keyspace.heap.word(database.table.segment, SEGMENT_ID), 3e12);
      expect(() => keyspace.verify()).toThrow(/below its bound/);
    });

    it('shows a key that was changed in place', () => {
      const { keyspace, database } = fill();
      const entry = database.find(keyOf(77));
      const slice = keyspace.entries.key(entry, new Slice(new Uint8Array(0), 0, 0));
      slice.bytes[slice.end - 1] ^= 0x40;
      expect(() => keyspace.verify()).toThrow(/not found where it lies/);
    });

    it('shows a value that was freed', () => {
      const { keyspace, database } = fill();
      keyspace.kinds.free(database.find(keyOf(800)));
      expect(() => keyspace.verify()).toThrow(/not allocated/);
    });
  });
});
