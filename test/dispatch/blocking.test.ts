/**
 * Blocked clients, through commands that block: who is served, when, by what, in which order.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/dispatch/session.ts';
import { NO_TRANSPORT } from '../../src/dispatch/transport.ts';
import { Args } from '../../src/protocol/args.ts';
import { CaptureWriter, toPlain } from '../../src/protocol/capture-writer.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';
import { CommandSession } from '../support/command-session.ts';

/** Sessions of one engine, by name. What they are answered is written down in the order of the answers. */
class Clients {
  readonly main = new CommandSession();
  readonly answers: string[] = [];
  /** Whose output was to be sent and whose input to be gone on with, since the beginning. */
  readonly resumed: string[] = [];
  private readonly sessions = new Map<string, { session: Session; writer: CaptureWriter }>();

  send(name: string, ...words: readonly string[]): Session {
    const { session } = this.client(name);
    this.main.engine.execute(session, Args.of(...words));
    this.collect(name);
    return session;
  }

  /** The commands as one transaction of the main session. */
  transaction(...commands: readonly (readonly string[])[]): void {
    this.main.call('MULTI');
    for (const command of commands) this.main.call(...command);
    this.main.call('EXEC');
  }

  session(name: string): Session {
    return this.client(name).session;
  }

  private client(name: string): { session: Session; writer: CaptureWriter } {
    const known = this.sessions.get(name);
    if (known !== undefined) return known;
    const writer = new CaptureWriter(2);
    const transport = {
      ...NO_TRANSPORT,
      scheduleFlush: () => this.collect(name),
      resume: () => this.resumed.push(name),
    };
    const session = this.main.engine.openSession(writer, transport);
    this.main.engine.clients.add(session);
    const client = { session, writer };
    this.sessions.set(name, client);
    return client;
  }

  private collect(name: string): void {
    const { session, writer } = this.client(name);
    if (session.suspended) return;
    const reply = writer.take();
    const text = reply instanceof ReplyError ? reply.line : JSON.stringify(toPlain(reply, { encoding: 'utf8' }));
    this.answers.push(`${name} ${text}`);
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('blocked clients', () => {
  it('are served in the order in which they blocked, as far as there are elements', () => {
    const clients = new Clients();
    for (const name of ['a', 'b', 'c']) clients.send(name, 'BLPOP', 'list', '0');
    expect(clients.answers).toEqual([]);
    clients.main.call('RPUSH', 'list', '1', '2');
    expect(clients.answers).toEqual(['a ["list","1"]', 'b ["list","2"]']);
    expect(clients.resumed).toEqual(['a', 'b']);
    expect(clients.session('a').suspended).toBe(false);
    expect(clients.session('c').suspended).toBe(true);
    clients.send('a', 'BLPOP', 'list', '0');
    clients.main.call('RPUSH', 'list', '3', '4', '5');
    expect(clients.answers.slice(2)).toEqual(['c ["list","3"]', 'a ["list","4"]']);
    expect(clients.main.call('LRANGE', 'list', 0, -1)).toEqual(['5']);
  });

  it('are served from the key that came into being first, not from the first of their keys', () => {
    const clients = new Clients();
    clients.send('a', 'BLPOP', 'x', 'y', '0');
    clients.send('b', 'BLPOP', 'y', '0');
    clients.transaction(['RPUSH', 'y', '1', '2'], ['RPUSH', 'x', '3']);
    expect(clients.answers).toEqual(['a ["y","1"]', 'b ["y","2"]']);
    expect(clients.main.call('LRANGE', 'x', 0, -1)).toEqual(['3']);
  });

  it('are not disturbed by what happens to their other keys', () => {
    const clients = new Clients();
    clients.send('a', 'BLPOP', 'x', 'y', '0');
    clients.main.call('SET', 'x', 'no list');
    clients.main.call('RPUSH', 'y', '1');
    expect(clients.answers).toEqual(['a ["y","1"]']);
  });

  it('name a key twice and are served once', () => {
    const clients = new Clients();
    clients.send('a', 'BLPOP', 'x', 'x', '0');
    clients.main.call('RPUSH', 'x', '1', '2');
    expect(clients.answers).toEqual(['a ["x","1"]']);
    clients.main.call('RPUSH', 'x', '3');
    expect(clients.main.call('LRANGE', 'x', 0, -1)).toEqual(['2', '3']);
  });

  it('see a transaction as a whole', () => {
    const clients = new Clients();
    clients.send('a', 'BLPOP', 'x', '0');
    clients.transaction(['RPUSH', 'x', '1'], ['DEL', 'x']);
    clients.transaction(['RPUSH', 'x', '1'], ['DEL', 'x'], ['SET', 'x', 'text']);
    clients.transaction(['DEL', 'x'], ['ZADD', 'x', '1', 'm']);
    expect(clients.answers).toEqual([]);
    clients.transaction(['DEL', 'x'], ['RPUSH', 'x', '2'], ['DEL', 'x'], ['RPUSH', 'x', '3'], ['LPUSH', 'x', '4']);
    expect(clients.answers).toEqual(['a ["x","4"]']);
  });

  it.each([
    ['RENAME', [['RENAME', 'other', 'x']]],
    ['COPY', [['COPY', 'other', 'x']]],
    ['LMOVE', [['LMOVE', 'other', 'x', 'LEFT', 'LEFT']]],
    [
      'MOVE',
      [
        ['COPY', 'other', 'x', 'DB', '1'],
        ['SELECT', '1'],
        ['MOVE', 'x', '0'],
      ],
    ],
    [
      'SWAPDB',
      [
        ['COPY', 'other', 'x', 'DB', '1'],
        ['SWAPDB', '1', '0'],
      ],
    ],
  ])('are served when a key comes into being by %s', (_name, commands) => {
    const clients = new Clients();
    clients.main.call('RPUSH', 'other', '1');
    clients.send('a', 'BLPOP', 'x', '0');
    for (const command of commands) clients.main.call(...command);
    expect(clients.answers).toEqual(['a ["x","1"]']);
  });

  it('are served after SWAPDB in either database, and not by a key of another', () => {
    const clients = new Clients();
    clients.send('a', 'BLPOP', 'x', '0');
    clients.send('b', 'SELECT', '1');
    clients.send('b', 'BLPOP', 'x', '0');
    clients.main.call('SELECT', '2');
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.answers).toEqual(['b "OK"']);
    clients.main.call('SWAPDB', '1', '2');
    clients.main.call('FLUSHALL');
    clients.main.call('RPUSH', 'x', '2');
    clients.main.call('SWAPDB', '2', '0');
    expect(clients.answers).toEqual(['b "OK"', 'b ["x","1"]', 'a ["x","2"]']);
    clients.main.verify();
  });

  it('wake each other in a chain', () => {
    const clients = new Clients();
    clients.send('d', 'BLPOP', 'z', '0');
    clients.send('b', 'BLMOVE', 'y', 'z', 'LEFT', 'LEFT', '0');
    clients.send('a', 'BRPOPLPUSH', 'x', 'y', '0');
    const { log, events } = clients.main.effectOf('RPUSH', 'x', '1');
    expect(clients.answers).toEqual(['a "1"', 'b "1"', 'd ["z","1"]']);
    expect(log).toEqual(['RPUSH x 1', 'RPOPLPUSH x y', 'LMOVE y z LEFT LEFT', 'LPOP z']);
    expect(events.filter((event) => !event.startsWith('new '))).toEqual([
      'rpush x',
      ...['lpush y', 'rpop x', 'del x'],
      ...['lpush z', 'lpop y', 'del y'],
      ...['lpop z', 'del z'],
    ]);
    expect(clients.main.call('DBSIZE')).toBe(0);
    clients.main.verify();
  });

  it('move an element in a circle once each', () => {
    const clients = new Clients();
    clients.send('a', 'BRPOPLPUSH', 'x', 'y', '0');
    clients.send('b', 'BRPOPLPUSH', 'y', 'x', '0');
    clients.send('c', 'BLMOVE', 'x', 'x', 'LEFT', 'RIGHT', '0');
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.answers).toEqual(['a "1"', 'b "1"', 'c "1"']);
    expect(clients.main.call('LRANGE', 'x', 0, -1)).toEqual(['1']);
  });

  it('are told if the list they would move to is none, and the element stays', () => {
    const clients = new Clients();
    clients.main.call('SET', 'target', 'text');
    clients.send('a', 'BLMOVE', 'x', 'target', 'LEFT', 'LEFT', '0');
    clients.send('b', 'BLPOP', 'x', '0');
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.answers).toEqual([
      'a WRONGTYPE Operation against a key holding the wrong kind of value',
      'b ["x","1"]',
    ]);
  });

  it('wait for their own type only', () => {
    const clients = new Clients();
    clients.send('list', 'BLPOP', 'x', '0');
    clients.send('zset', 'BZPOPMIN', 'x', '0');
    clients.main.call('ZADD', 'x', '1', 'm');
    expect(clients.answers).toEqual(['zset ["x","m","1"]']);
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.answers.slice(1)).toEqual(['list ["x","1"]']);
  });

  it('are not served once they are gone', () => {
    const clients = new Clients();
    const gone = clients.send('a', 'BLPOP', 'x', '0');
    clients.send('b', 'BLPOP', 'x', '0');
    clients.main.engine.ended(gone);
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.answers).toEqual(['b ["x","1"]']);
    expect(gone.blocked).toBe(null);
  });

  it('are answered by CLIENT UNBLOCK, and need not wait any more', () => {
    const clients = new Clients();
    const a = clients.send('a', 'BLMOVE', 'x', 'y', 'LEFT', 'LEFT', '0');
    const b = clients.send('b', 'BLPOP', 'x', '0');
    expect(clients.main.call('CLIENT', 'UNBLOCK', a.id)).toBe(1);
    expect(clients.main.call('CLIENT', 'UNBLOCK', b.id, 'ERROR')).toBe(1);
    expect(clients.main.call('CLIENT', 'UNBLOCK', b.id)).toBe(0);
    expect(clients.answers).toEqual(['a null', 'b UNBLOCKED client unblocked via CLIENT UNBLOCK']);
    expect(clients.resumed).toEqual(['a', 'b']);
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.main.call('LLEN', 'x')).toBe(1);
  });

  it('give up when their time is over, to a fraction of a second', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const clients = new Clients();
    clients.send('a', 'BLPOP', 'x', '0.25');
    clients.send('b', 'BLPOP', 'x', '0');
    clients.send('c', 'BLMPOP', '5000000', '1', 'x', 'LEFT');
    vi.advanceTimersByTime(249);
    expect(clients.answers).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(clients.answers).toEqual(['a null']);
    expect(clients.resumed).toEqual(['a']);
    vi.advanceTimersByTime(4_999_999_000);
    expect(clients.answers).toEqual(['a null']);
    vi.advanceTimersByTime(1000);
    expect(clients.answers).toEqual(['a null', 'c null']);
    expect(clients.session('b').suspended).toBe(true);
    clients.send('a', 'BLPOP', 'x', '10');
    clients.main.call('RPUSH', 'x', '1', '2');
    vi.advanceTimersByTime(20_000);
    expect(clients.answers.slice(2)).toEqual(['b ["x","1"]', 'a ["x","2"]']);
  });

  it('do not block within transactions', () => {
    const clients = new Clients();
    const { main } = clients;
    main.call('MULTI');
    main.call('BLPOP', 'x', '0');
    main.call('BLMOVE', 'x', 'y', 'LEFT', 'LEFT', '0');
    main.call('BLMPOP', '0', '1', 'x', 'LEFT');
    main.call('RPUSH', 'x', '1');
    main.call('BRPOPLPUSH', 'x', 'y', '0');
    expect(main.call('EXEC')).toEqual([null, null, null, 1, '1']);
    expect(main.session.blocked).toBe(null);
  });

  it('that want no replies get none, late ones included', () => {
    const clients = new Clients();
    const { engine } = clients.main;
    const writer = new CaptureWriter(2);
    const quiet = engine.openSession(writer);
    engine.execute(quiet, Args.of('CLIENT', 'REPLY', 'OFF'));
    engine.execute(quiet, Args.of('BLPOP', 'x', '0'));
    quiet.blocked?.cancel('timeout');
    expect(quiet.suspended).toBe(false);
    engine.execute(quiet, Args.of('BLPOP', 'x', '0'));
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.main.call('EXISTS', 'x')).toBe(0);
    engine.execute(quiet, Args.of('CLIENT', 'REPLY', 'ON'));
    expect(toPlain(writer.take(), { encoding: 'utf8' })).toBe('OK');
  });

  it('count as one command each, and as long as their arguments while they wait', () => {
    const clients = new Clients();
    const { engine } = clients.main;
    const command = engine.registry.named('blpop');
    const before = engine.stats.commandsProcessed;
    const a = clients.send('a', 'BLPOP', 'key', '0');
    expect(a.argumentBytes).toBe(9);
    expect([command?.calls, engine.stats.commandsProcessed - before]).toEqual([1, 1]);
    clients.send('b', 'BLPOP', 'key', '0');
    clients.main.call('RPUSH', 'key', '1');
    expect([command?.calls, command?.failed, engine.stats.commandsProcessed - before]).toEqual([2, 0, 3]);
    expect(a.argumentBytes).toBe(0);
  });

  it('are served in time proportional to the elements, not to the clients', () => {
    const clients = new Clients();
    for (let i = 0; i < 500; i++) clients.send(`c${i}`, 'BLPOP', 'x', '0');
    const { databases } = clients.main.engine.keyspace;
    const find = vi.spyOn(databases[0], 'find');
    clients.main.call('RPUSH', 'x', '1');
    expect(clients.answers).toEqual(['c0 ["x","1"]']);
    expect(find.mock.calls.length).toBeLessThan(10);
  });
});
