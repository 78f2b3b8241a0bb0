import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('COPY', () => {
  it.each([0, 5, 512, 513, 30_000, 100_000])('copies a string of %i bytes with its deadline', (length) => {
    s.call('SET', 'a', 'x'.repeat(length), 'EX', 100);
    expect(s.call('COPY', 'a', 'b')).toBe(1);
    s.verify();
    s.call('SET', 'a', 'changed');
    expect(s.call('GET', 'b')).toBe('x'.repeat(length));
    expect(s.call('TTL', 'b')).toBe(100);
    s.verify();
  });

  it('leaves the gaps of a sparse string unallocated', () => {
    const { heap } = s.engine.keyspace;
    s.call('SETRANGE', 'a', 50_000_000, 'end');
    const before = heap.usedBytes;
    expect(s.call('COPY', 'a', 'b')).toBe(1);
    expect(heap.usedBytes - before).toBeLessThan(100_000);
    expect(s.call('GETRANGE', 'b', 49_999_998, -1)).toBe('\0\0end');
    s.verify();
  });

  it('overwrites only where it may', () => {
    s.call('SET', 'a', 1);
    s.call('SET', 'b', 2, 'EX', 5);
    expect(s.effectOf('COPY', 'a', 'b')).toEqual({ log: [], events: [], dirty: 0 });
    expect(s.effectOf('COPY', 'a', 'b', 'replace')).toEqual({
      log: ['COPY a b replace'],
      events: ['new b', 'copy_to b'],
      dirty: 1,
    });
    expect(s.call('GET', 'b')).toBe('1');
    expect(s.call('TTL', 'b')).toBe(-1);
    expect(s.call('COPY', 'none', 'b')).toBe(0);
    s.verify();
  });

  it('copies to another database, under the same name too', () => {
    s.call('SET', 'a', 1);
    expect(s.call('COPY', 'a', 'a', 'DB', 2)).toBe(1);
    expect(s.call('COPY', 'a', 'b', 'DB', 9, 'REPLACE', 'DB', 2)).toBe(1);
    s.call('SELECT', 2);
    expect(s.call('MGET', 'a', 'b')).toEqual(['1', '1']);
  });

  it('keeps how the string is encoded', () => {
    s.call('APPEND', 'a', '12');
    s.call('APPEND', 'a', '34');
    s.call('COPY', 'a', 'b');
    expect(s.call('OBJECT', 'ENCODING', 'b')).toBe(s.call('OBJECT', 'ENCODING', 'a'));
  });

  it('counts as accessed now', () => {
    s.call('SET', 'a', 1);
    s.clock.advance(50_000);
    s.engine.keyspace.access.tick();
    s.engine.keyspace.touches = false;
    s.call('COPY', 'a', 'b');
    expect(s.call('OBJECT', 'IDLETIME', 'a')).toBe(50);
    expect(s.call('OBJECT', 'IDLETIME', 'b')).toBe(0);
  });

  it('reads its options one after the other, then compares the names', () => {
    expect(s.error('COPY', 'a', 'a', 'DB')).toBe('ERR syntax error');
    expect(s.error('COPY', 'a', 'a', 'foo', 'DB', 'x')).toBe('ERR syntax error');
    expect(s.error('COPY', 'a', 'a', 'DB', 'x', 'foo')).toBe('ERR value is not an integer or out of range');
    expect(s.error('COPY', 'a', 'a', 'DB', 99)).toBe('ERR DB index is out of range');
    expect(s.error('COPY', 'a', 'a', 'DB', 0)).toBe('ERR source and destination objects are the same');
  });
});
