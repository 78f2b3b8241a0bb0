import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies, someReplies } from '../connection/beside-redis.ts';

const both = besideRedis({ requirepass: 'secret' });

/** A line without its time and address. */
function shown(line: Buffer): string {
  return String(line).replace(/^\+\d{10}\.\d{6} \[(\d+) unix:\/\S+\.sock\] /, '[$1] ');
}

describe('MONITOR', () => {
  it('shows commands as they are executed, without secrets', async () => {
    const lines = await both.same(async (open) => {
      const [monitor, client] = [await open(), await open()];
      await replies(monitor, 'AUTH secret', 'MONITOR');
      const seen = monitor.sendBytes(Buffer.alloc(0), 18);
      await client.send([
        ['AUTH', 'secret'],
        ['auth', 'default', 'wrong'],
        ['HELLO', '2', 'AUTH', 'default', 'secret', 'SETNAME', 'x'],
        ['SeT', Buffer.from('a b"\\\r\n\t\0é'), ''],
        ['GET'],
        ['NOPE'],
        ['LPUSH', 'list'],
        ['INCR', 'list'],
        ['CONFIG', 'SET', 'requirepass', 'secret'],
        ['CLIENT', 'SETNAME', 'n'],
        ['SELECT', '3'],
        ['MULTI'],
        ['GET', 'k'],
        ['SELECT', '0'],
        ['EXEC'],
        ['MULTI'],
        ['NOPE'],
        ['EXEC'],
        ['MULTI'],
        ['EXEC', 'x'],
        ['EXEC'],
        ['LPOP', 'none', '1'],
        ['PING'],
      ]);
      const all = (await seen).map(shown);
      await replies(monitor, 'RESET');
      return all;
    });
    expect(lines.slice(0, 4)).toEqual([
      '[0] "AUTH" "(redacted)"\r\n',
      '[0] "auth" "(redacted)" "(redacted)"\r\n',
      '[0] "HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "x"\r\n',
      '[0] "SeT" "a b\\"\\\\\\r\\n\\t\\x00\\xc3\\xa9" ""\r\n',
    ]);
    expect(lines.at(-1)).toBe('[0] "PING"\r\n');
  });

  it('keeps monitors from keys, and answers them once', async () => {
    await both.same(async (open) => {
      const monitor = await open();
      await replies(monitor, 'AUTH secret');
      // Of its own commands it sees those that are executed, after their replies.
      const answers = await someReplies(
        monitor,
        8,
        'MONITOR',
        'MONITOR',
        'GET k',
        'SET k v',
        'PUBLISH a b',
        'PING',
        'RESET',
        'AUTH secret',
        'GET k',
      );
      return answers.map((answer) => shown(Buffer.from(answer)));
    });
  });

  it('shows only once what waits, and nothing of a transaction inside of which it would begin', async () => {
    await both.same(async (open) => {
      const [monitor, client, other] = [await open(), await open(), await open()];
      for (const each of [monitor, client, other]) await replies(each, 'AUTH secret');
      const denied = await replies(client, 'MULTI', 'MONITOR', 'EXEC');
      await replies(monitor, 'MONITOR');
      const seen = monitor.sendBytes(Buffer.alloc(0), 4);
      const waiting = client.send([['BLPOP', 'waited', '0']]);
      await expect.poll(async () => String(await other.call('INFO', 'clients'))).toContain('blocked_clients:1');
      await replies(other, 'LPUSH waited x', 'PING');
      const lines = (await seen).map(shown).filter((line) => !line.includes('INFO'));
      await waiting;
      await replies(monitor, 'RESET');
      return [...denied, lines.slice(0, 2)];
    });
  });

  it('costs other clients nothing once it has ended', () => {
    const s = new CommandSession();
    const { state } = s.engine;
    s.call('MONITOR');
    expect(state.bits).not.toBe(0);
    expect(s.call('RESET')).toBe('RESET');
    expect(state.bits).toBe(0);
    s.call('MONITOR');
    s.engine.ended(s.session);
    expect(state.bits).toBe(0);
  });
});
