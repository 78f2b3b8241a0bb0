import { beforeEach, describe, expect, it } from 'vitest';
import { REPLICA } from '../../../src/dispatch/server-state.ts';
import { CommandSession } from '../../support/command-session.ts';

let s: CommandSession;
let now: number;
beforeEach(() => {
  s = new CommandSession();
  now = s.clock.nowMs();
  s.call('SET', 'k', 'v');
});

describe('EXPIRE and its kin', () => {
  it('read their moment each in its way', () => {
    s.call('EXPIRE', 'k', 100);
    expect(s.call('PEXPIRETIME', 'k')).toBe(now + 100_000);
    s.call('PEXPIRE', 'k', 100);
    expect(s.call('PEXPIRETIME', 'k')).toBe(now + 100);
    s.call('EXPIREAT', 'k', 4_000_000_000);
    expect(s.call('PEXPIRETIME', 'k')).toBe(4_000_000_000_000);
    s.call('PEXPIREAT', 'k', now + 7);
    expect(s.call('PTTL', 'k')).toBe(7);
    s.verify();
  });

  it('keep the value, whatever its length', () => {
    for (const length of [0, 500, 600, 100_000]) {
      s.call('SET', 'k', 'x'.repeat(length));
      expect(s.call('EXPIRE', 'k', 100)).toBe(1);
      expect(s.call('EXPIRE', 'k', 200)).toBe(1);
      expect(s.call('TTL', 'k')).toBe(200);
      expect(s.call('GET', 'k')).toBe('x'.repeat(length));
    }
    s.verify();
  });

  it('find no key', () => {
    expect(s.call('EXPIRE', 'none', 100)).toBe(0);
    expect(s.effectOf('EXPIRE', 'none', -1)).toEqual({ log: [], events: [], dirty: 0 });
  });

  it('log the moment, and keep conditions', () => {
    const effect = (log: string) => ({ log: [log], events: ['expire k'], dirty: 1 });
    expect(s.effectOf('EXPIRE', 'k', 100)).toEqual(effect(`PEXPIREAT k ${now + 100_000}`));
    expect(s.effectOf('pexpire', 'k', 100, 'xx', 'LT')).toEqual(effect(`PEXPIREAT k ${now + 100} xx LT`));
    expect(s.effectOf('EXPIREAT', 'k', 4_000_000_000)).toEqual(effect('PEXPIREAT k 4000000000000'));
    expect(s.effectOf('pexpireat', 'k', 4_000_000_000_001)).toEqual(effect('pexpireat k 4000000000001'));
  });

  it.each([
    ['EXPIRE', '-1'],
    ['EXPIRE', '0'],
    ['PEXPIRE', '-9223372036854775808'],
    ['EXPIRE', '-9223372036854775'],
    ['EXPIREAT', '1'],
    ['PEXPIREAT', '0'],
  ])('delete the key where the moment is past: %s %s', (command, moment) => {
    expect(s.effectOf(command, 'k', moment)).toEqual({ log: ['DEL k'], events: ['del k'], dirty: 1 });
    expect(s.call('DBSIZE')).toBe(0);
    expect(s.engine.keyspace.stats.expired).toBe(0);
  });

  it('log UNLINK where that is configured', () => {
    s = new CommandSession({ config: { 'lazyfree-lazy-expire': 'yes' } });
    s.call('SET', 'k', 'v');
    expect(s.effectOf('EXPIRE', 'k', -1).log).toEqual(['UNLINK k']);
  });

  it('keep the key on a replica, where the deletion comes from elsewhere', () => {
    s.engine.state.set(REPLICA, true);
    for (const moment of ['0', '-5', '1']) {
      s.call('SET', 'k', 'v');
      expect(s.effectOf('PEXPIREAT', 'k', moment).log).toEqual([`PEXPIREAT k ${moment}`]);
      expect(s.call('DBSIZE')).toBe(1);
      expect(s.call('GET', 'k')).toBeNull();
    }
    s.verify();
  });

  it.each([
    ['EXPIRE', '9223372036854775807'],
    ['EXPIRE', '9223372036854775'],
    ['EXPIRE', '9223372036854776'],
    ['EXPIRE', '-9223372036854776'],
    ['PEXPIRE', '9223372036854775807'],
    ['EXPIREAT', '9223372036854776'],
  ])('refuse a moment that overflows: %s %s', (command, moment) => {
    expect(s.error(command, 'k', moment)).toBe(`ERR invalid expire time in '${command.toLowerCase()}' command`);
    expect(s.call('TTL', 'k')).toBe(-1);
  });

  it('accept the very last moment', () => {
    expect(s.effectOf('PEXPIREAT', 'k', '9223372036854775807').log).toEqual(['PEXPIREAT k 9223372036854775807']);
    expect(s.call('PEXPIRETIME', 'k')).toBe(9223372036854775807n);
    expect(s.call('EXPIRETIME', 'k')).toBe(9223372036854776n);
    expect(s.effectOf('EXPIREAT', 'k', '9223372036854775').log).toEqual(['PEXPIREAT k 9223372036854775000']);
    s.verify();
  });

  it('look at options, then at the moment, then at the key', () => {
    expect(s.error('EXPIRE', 'none', 'x', 'foo')).toBe('ERR Unsupported option foo');
    expect(s.error('EXPIRE', 'none', 'x', 'NX', 'XX')).toBe(
      'ERR NX and XX, GT or LT options at the same time are not compatible',
    );
    expect(s.error('EXPIRE', 'none', 'x', 'nx', 'lt')).toBe(
      'ERR NX and XX, GT or LT options at the same time are not compatible',
    );
    expect(s.error('EXPIRE', 'none', 'x', 'GT', 'XX', 'LT')).toBe(
      'ERR GT and LT options at the same time are not compatible',
    );
    expect(s.error('EXPIRE', 'none', 'x')).toBe('ERR value is not an integer or out of range');
    expect(s.error('EXPIRE', 'none')).toBe("ERR wrong number of arguments for 'expire' command");
  });

  it.each([
    // condition, deadline before, seconds, sets
    ['NX', 0, 100, true],
    ['NX', 100, 200, false],
    ['XX', 0, 100, false],
    ['XX', 100, 50, true],
    ['GT', 0, 100, false],
    ['GT', 100, 100, false],
    ['GT', 100, 101, true],
    ['LT', 0, 100, true],
    ['LT', 100, 100, false],
    ['LT', 100, 99, true],
    ['XX LT', 0, 100, false],
    ['XX GT', 100, 200, true],
  ])('%s of a key with %i seconds left and %i seconds', (conditions, before, seconds, sets) => {
    if (before !== 0) s.call('EXPIRE', 'k', before);
    expect(s.call('EXPIRE', 'k', seconds, ...conditions.split(' '))).toBe(sets ? 1 : 0);
    expect(s.call('TTL', 'k')).toBe(sets ? seconds : before === 0 ? -1 : before);
  });

  it('do not delete what the condition keeps', () => {
    expect(s.call('EXPIRE', 'k', -1, 'XX')).toBe(0);
    expect(s.call('GET', 'k')).toBe('v');
  });
});

describe('PERSIST', () => {
  it('takes the deadline away', () => {
    expect(s.effectOf('PERSIST', 'k')).toEqual({ log: [], events: [], dirty: 0 });
    s.call('EXPIRE', 'k', 100);
    expect(s.effectOf('PERSIST', 'k')).toEqual({ log: ['PERSIST k'], events: ['persist k'], dirty: 1 });
    expect(s.call('TTL', 'k')).toBe(-1);
    expect(s.call('PERSIST', 'none')).toBe(0);
    s.verify();
  });
});
