import { describe, expect, it } from 'vitest';
import { Args } from '../../../src/protocol/args.ts';
import { CaptureWriter, toPlain } from '../../../src/protocol/capture-writer.ts';
import { CommandSession } from '../../support/command-session.ts';

describe('popping members', () => {
  it('takes them from either end', () => {
    for (const entries of ['2', '128']) {
      const session = new CommandSession({ config: { 'zset-max-listpack-entries': entries } });
      session.call('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c', 4, 'd', 5, 'e');
      expect(session.call('ZPOPMIN', 'z')).toEqual(['a', '1']);
      expect(session.call('ZPOPMAX', 'z', 2)).toEqual(['e', '5', 'd', '4']);
      expect(session.call('ZPOPMAX', 'z', 0)).toEqual([]);
      expect(session.call('ZMPOP', 2, 'none', 'z', 'MIN', 'COUNT', 9)).toEqual([
        'z',
        [
          ['b', '2'],
          ['c', '3'],
        ],
      ]);
      expect(session.call('EXISTS', 'z')).toBe(0);
      expect(session.call('ZMPOP', 1, 'z', 'MAX')).toBe(null);
      session.verify();
    }
  });

  it('logs what was popped', () => {
    const session = new CommandSession();
    session.call('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c', 4, 'd', 5, 'e');
    expect(session.effectOf('ZMPOP', 1, 'z', 'MAX', 'COUNT', 2)).toEqual({
      log: ['ZPOPMAX z 2'],
      events: ['zpopmax z'],
      dirty: 2,
    });
    expect(session.effectOf('BZPOPMIN', 'z', 0).log).toEqual(['ZPOPMIN z']);
    expect(session.effectOf('BZMPOP', 0, 1, 'z', 'MIN', 'COUNT', 5)).toEqual({
      log: ['ZPOPMIN z 2'],
      events: ['zpopmin z', 'del z'],
      dirty: 2,
    });
  });

  it('nests pairs in RESP3 where there is a count', () => {
    const session = new CommandSession({ version: 3 });
    session.call('ZADD', 'z', 1, 'a', 2, 'b', 3, 'c');
    expect(session.call('ZPOPMIN', 'z')).toEqual(['a', 1]);
    expect(session.call('ZPOPMIN', 'z', 1)).toEqual([['b', 2]]);
    expect(session.call('BZPOPMAX', 'z', 0)).toEqual(['z', 'c', 3]);
  });

  it('waits for a sorted set', () => {
    const session = new CommandSession();
    const { engine } = session;
    const writer = new CaptureWriter(2);
    const waiting = engine.openSession(writer);
    engine.execute(waiting, Args.of('BZPOPMIN', 'x', 'z', '0'));
    expect(waiting.blocked).not.toBe(null);
    session.call('RPUSH', 'x', 'not a sorted set');
    expect(waiting.blocked).not.toBe(null);
    expect(session.effectOf('ZADD', 'z', 1, 'a', 2, 'b').log).toEqual(['ZADD z 1 a 2 b', 'ZPOPMIN z']);
    expect(toPlain(writer.take(), { encoding: 'utf8' })).toEqual(['z', 'a', '1']);
    expect(waiting.blocked).toBe(null);
    expect(session.call('ZRANGE', 'z', 0, -1)).toEqual(['b']);
  });

  it('refuses what makes no sense', () => {
    const session = new CommandSession();
    expect(session.error('ZPOPMIN', 'z', -1)).toBe('ERR value is out of range, must be positive');
    expect(session.error('ZPOPMIN', 'z', 'x')).toBe('ERR value is out of range, must be positive');
    expect(session.error('ZPOPMIN', 'z', 1, 2)).toBe('ERR syntax error');
    expect(session.error('ZMPOP', 0, 'z', 'MIN')).toBe('ERR numkeys should be greater than 0');
    expect(session.error('ZMPOP', 1, 'z', 'MID')).toBe('ERR syntax error');
    expect(session.error('ZMPOP', 1, 'z', 'MIN', 'COUNT', 0)).toBe('ERR count should be greater than 0');
    expect(session.error('BZPOPMIN', 'z', -1)).toBe('ERR timeout is negative');
    expect(session.error('BZMPOP', 'x', 0, 'z', 'MIN')).toBe('ERR numkeys should be greater than 0');
    expect(session.error('BZMPOP', 'x', 1, 'z', 'MIN')).toBe('ERR timeout is not a float or out of range');
  });
});
