import { beforeEach, describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
beforeEach(() => {
  s = new CommandSession();
});

describe('TTL and its kin', () => {
  it.each(['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME'])('%s tells no key from no deadline', (command) => {
    s.call('SET', 'k', 'v');
    expect(s.call(command, 'k')).toBe(-1);
    expect(s.call(command, 'none')).toBe(-2);
    s.call('SET', 'k', 'v', 'PX', 5);
    s.clock.advance(6);
    expect(s.call(command, 'k')).toBe(-2);
  });

  it('round to the nearest second', () => {
    for (const [ms, seconds] of [
      [499, 0],
      [500, 1],
      [1499, 1],
      [1500, 2],
    ] as const) {
      s.call('SET', 'k', 'v', 'PX', ms);
      expect(s.call('TTL', 'k')).toBe(seconds);
      expect(s.call('PTTL', 'k')).toBe(ms);
    }
    s.call('SET', 'k', 'v', 'PXAT', 4_000_000_000_499);
    expect(s.call('EXPIRETIME', 'k')).toBe(4_000_000_000);
    s.call('SET', 'k', 'v', 'PXAT', 4_000_000_000_500);
    expect(s.call('EXPIRETIME', 'k')).toBe(4_000_000_001);
    expect(s.call('PEXPIRETIME', 'k')).toBe(4_000_000_000_500);
  });
});
