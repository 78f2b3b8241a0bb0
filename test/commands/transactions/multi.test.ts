import { describe, expect, it } from 'vitest';
import { Slice } from '../../../src/lib/slice.ts';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

const both = besideRedis({ 'enable-debug-command': 'yes' });

describe('watched keys', () => {
  function watching(...before: readonly string[]): CommandSession {
    const s = new CommandSession();
    for (const line of before) s.call(...line.split(' '));
    s.call('WATCH', 'k');
    return s;
  }

  function executes(s: CommandSession): boolean {
    s.call('MULTI');
    s.call('PING');
    return s.call('EXEC') !== null;
  }

  it.each<[why: string, before: readonly string[], change: readonly string[], executed: boolean]>([
    ['written', [], ['SET k 1'], false],
    ['read', ['SET k 1'], ['GET k'], true],
    ['deleted', ['SET k 1'], ['DEL k'], false],
    ['not there to be deleted', [], ['DEL k'], true],
    ['flushed', ['SET k 1'], ['FLUSHALL'], false],
    ['flushed and never there', ['SET x 1'], ['FLUSHDB'], true],
    ['in another database', ['SET k 1'], ['SELECT 1', 'SET k 2', 'FLUSHDB'], true],
    ['swapped away', ['SET k 1'], ['SWAPDB 0 1'], false],
    ['swapped in', ['SELECT 1', 'SET k 1', 'SELECT 0'], ['SWAPDB 1 0'], false],
    ['nowhere while databases are swapped', ['SET x 1'], ['SWAPDB 0 1'], true],
    ['moved in', ['SELECT 1', 'SET k 1', 'SELECT 0'], ['SELECT 1', 'MOVE k 0'], false],
  ])('%s', (_why, before, change, executed) => {
    const s = watching(...before);
    for (const line of change) s.call(...line.split(' '));
    expect(executes(s)).toBe(executed);
    // Once is all that WATCH is for.
    s.call('SET', 'k', 'later');
    expect(executes(s)).toBe(true);
  });

  it('evicted', () => {
    const s = watching('SET k 1');
    s.engine.keyspace.events.modified(0, Slice.from('k'));
    expect(executes(s)).toBe(false);
  });

  it('past their deadline, noticed or not', () => {
    for (const noticed of [false, true]) {
      const s = watching('SET k 1 PX 100');
      s.clock.advance(101);
      if (noticed) s.call('GET', 'k');
      expect(executes(s)).toBe(false);
    }
  });

  it('past their deadline before they were watched', () => {
    const expired = (): CommandSession => {
      const s = new CommandSession();
      s.call('SET', 'k', '1', 'PX', '100');
      s.clock.advance(101);
      s.call('WATCH', 'k');
      return s;
    };
    expect(executes(expired())).toBe(true);
    const noticed = expired();
    noticed.call('GET', 'k');
    expect(executes(noticed)).toBe(true);
    const written = expired();
    written.call('SET', 'k', '2');
    expect(executes(written)).toBe(false);
    const again = expired();
    again.call('GET', 'k');
    again.call('SET', 'k', '2');
    expect(executes(again)).toBe(false);
    const flushed = expired();
    flushed.call('FLUSHALL');
    expect(executes(flushed)).toBe(true);
    const swapped = expired();
    swapped.call('SWAPDB', '0', '1');
    expect(executes(swapped)).toBe(true);
  });

  it('swapped for one past its deadline', () => {
    const s = new CommandSession();
    s.call('SET', 'k', '1', 'PX', '100');
    s.clock.advance(101);
    s.call('SELECT', '1');
    s.call('WATCH', 'k');
    s.call('SWAPDB', '0', '1');
    expect(executes(s)).toBe(true);
  });
});

describe('MULTI', () => {
  it('takes commands for the administrator, but not those that end or answer otherwise', async () => {
    await both.same(async (open) => {
      const client = await open();
      return replies(
        client,
        'MULTI',
        'CONFIG SET slowlog-max-len 77',
        'CONFIG GET slowlog-max-len',
        'CLIENT SETNAME inside',
        'CLIENT GETNAME',
        'CLIENT PAUSE 0',
        'CLIENT TRACKING ON',
        'CLIENT TRACKING OFF',
        'SLOWLOG RESET',
        'SLOWLOG LEN',
        'DEBUG SLEEP 0',
        'SWAPDB 0 1',
        'SWAPDB 0 1',
        'COMMAND COUNT x',
        'SUBSCRIBE a',
        'UNSUBSCRIBE a',
        'MONITOR',
        'EXEC',
        'MULTI',
        'SAVE',
        'EXEC',
        'MULTI',
        'SHUTDOWN NOSAVE',
        'EXEC',
        'CONFIG SET slowlog-max-len 128',
      );
    });
  });

  it('does not nest, and has no WATCH', async () => {
    await both.same(async (open) =>
      replies(await open(), 'EXEC', 'DISCARD', 'MULTI', 'MULTI', 'WATCH k', 'GET', 'PING', 'EXEC', 'MULTI', 'DISCARD'),
    );
  });

  it('refuses what would be queued, MULTI and WATCH too, while memory is used up', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        ...['CONFIG SET maxmemory 1', 'MULTI', 'MULTI', 'WATCH k', 'PING', 'GET k', 'NOSUCH', 'DISCARD'],
        ...['MULTI', 'PING', 'EXEC', 'EXEC', 'WATCH k', 'UNWATCH', 'GET k', 'SET k v'],
        ...['CONFIG SET maxmemory 0', 'MULTI', 'PING', 'EXEC'],
      ),
    );
  });

  it('queues and executes as many commands as come', async () => {
    const commands = Array.from(
      { length: 200 },
      (_, i) => ['INCR n', 'LPUSH l x', 'GET n', `SET k${i} v`, 'LPUSH n'][i % 5],
    );
    await both.same(async (open) =>
      replies(await open(), 'MULTI', ...commands, 'EXEC', 'MULTI', ...commands.slice(0, 4), 'EXEC'),
    );
  });
});
