import { describe, expect, it } from 'vitest';
import { CommandSession } from '../support/command-session.ts';

/** Watches a key, lets something happen, and says whether EXEC still runs. */
function execRuns(s: CommandSession, happening: () => void): boolean {
  s.call('WATCH', 'x');
  happening();
  s.call('MULTI');
  s.call('PING');
  return s.call('EXEC') !== null;
}

/** A key past its deadline, which is still there. */
function staleKey(s: CommandSession, key = 'x'): void {
  s.call('SET', key, 'value', 'PX', '1');
  s.clock.advance(2);
}

describe('a key that was past its deadline when it was watched', () => {
  it.each([
    ['is found expired', (s: CommandSession) => s.call('EXISTS', 'x')],
    ['is flushed', (s: CommandSession) => s.call('FLUSHDB')],
    ['is flushed with everything', (s: CommandSession) => s.call('FLUSHALL')],
    ['is swapped away', (s: CommandSession) => s.call('SWAPDB', '0', '1')],
    ['is left alone', () => undefined],
  ])('has not changed when it %s', (_how, happening) => {
    const s = new CommandSession();
    staleKey(s);
    expect(execRuns(s, () => happening(s))).toBe(true);
  });

  it.each([
    ['is set', (s: CommandSession) => s.call('SET', 'x', 'new')],
    [
      'comes again after it was found expired',
      (s: CommandSession) => {
        s.call('EXISTS', 'x');
        s.call('SET', 'x', 'new');
      },
    ],
    [
      'comes again after a flush',
      (s: CommandSession) => {
        s.call('FLUSHDB');
        s.call('SET', 'x', 'new');
      },
    ],
  ])('has changed when it %s', (_how, happening) => {
    const s = new CommandSession();
    staleKey(s);
    expect(execRuns(s, () => happening(s))).toBe(false);
  });
});

describe('SWAPDB under a watched key', () => {
  /** Database 1 has the key, past its deadline or not. */
  function swapIn(s: CommandSession, isStale: boolean): void {
    s.call('SELECT', '1');
    if (isStale) staleKey(s);
    else s.call('SET', 'x', 'other');
    s.call('SELECT', '0');
  }

  it('tells a missing key from one that another database brings', () => {
    const s = new CommandSession();
    swapIn(s, false);
    expect(execRuns(s, () => s.call('SWAPDB', '0', '1'))).toBe(false);
  });

  it('takes a missing key and one past its deadline as the same, for good', () => {
    const s = new CommandSession();
    swapIn(s, true);
    const happening = (): void => {
      s.call('SWAPDB', '0', '1');
      s.call('EXISTS', 'x');
    };
    expect(execRuns(s, happening)).toBe(true);
  });

  it('takes one key past its deadline for another', () => {
    const s = new CommandSession();
    swapIn(s, true);
    staleKey(s);
    expect(execRuns(s, () => s.call('SWAPDB', '0', '1'))).toBe(true);
  });

  it('tells a key from the lack of it', () => {
    const s = new CommandSession();
    s.call('SET', 'x', 'value');
    expect(execRuns(s, () => s.call('SWAPDB', '0', '1'))).toBe(false);
  });
});

describe('a key that can be seen when it is watched', () => {
  it.each([
    ['passes its deadline', (s: CommandSession) => s.clock.advance(200)],
    ['is flushed', (s: CommandSession) => s.call('FLUSHALL')],
    ['is deleted', (s: CommandSession) => s.call('DEL', 'x')],
  ])('has changed when it %s', (_how, happening) => {
    const s = new CommandSession();
    s.call('SET', 'x', 'value', 'PX', '100');
    expect(execRuns(s, () => happening(s))).toBe(false);
  });
});
