import { describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import type { DirectiveName } from '../../src/config/directives/index.ts';
import { Engine } from '../../src/engine.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { Args } from '../../src/protocol/args.ts';
import { CaptureWriter, PushReply, type ReplyValue, toPlain } from '../../src/protocol/capture-writer.ts';

class Tracked {
  readonly clock = new ManualClock();
  readonly engine: Engine;

  constructor(settings: Readonly<Partial<Record<DirectiveName, string>>> = {}) {
    const config = Config.defaults();
    for (const [name, text] of Object.entries(settings)) config.override(name as DirectiveName, text);
    this.engine = new Engine({ config, clock: this.clock });
  }

  client(): Client {
    return new Client(this.engine);
  }

  get counts(): readonly number[] {
    const { tracking } = this.engine;
    return [tracking.keyCount, tracking.totalItems, tracking.prefixes.size];
  }
}

class Client {
  readonly writer = new CaptureWriter(3);
  readonly session;
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
    this.session = engine.openSession(this.writer);
    engine.clients.add(this.session);
  }

  /** What the session is sent for commands, pushes marked by what they tell. */
  run(...lines: readonly string[]): readonly unknown[] {
    for (const line of lines) this.engine.execute(this.session, Args.of(...line.split(' ')));
    return this.received();
  }

  received(): readonly unknown[] {
    return this.writer.takeAll().map(plain);
  }
}

function plain(value: ReplyValue): unknown {
  const text = toPlain(value, { encoding: 'utf8' });
  return value instanceof PushReply ? { push: text } : text;
}

function invalid(...keys: readonly string[]): object {
  return { push: ['invalidate', keys] };
}

describe('tracking', () => {
  it('tells once of a key that was read', () => {
    const server = new Tracked();
    const [reader, writer] = [server.client(), server.client()];
    reader.run('CLIENT TRACKING ON', 'GET a', 'MGET a b', 'STRLEN c');
    expect(server.counts).toEqual([3, 3, 0]);
    writer.run('SET a 1', 'SET a 2', 'SET none 1', 'DEL b');
    expect(reader.received()).toEqual([invalid('a')]);
    writer.run('SET b 1');
    expect(reader.received()).toEqual([invalid('b')]);
    expect(server.counts).toEqual([1, 1, 0]);
  });

  it('has a script that reads stand for the keys that it was given', () => {
    const server = new Tracked();
    const [reader, writer] = [server.client(), server.client()];
    reader.run('CLIENT TRACKING ON');
    reader.run("EVAL redis.call('set','other','v') 2 a b", "EVAL_RO redis.call('ping') 2 a b");
    expect(server.counts).toEqual([0, 0, 0]);
    reader.run("EVAL_RO redis.call('get','other') 1 a", "EVAL redis.call('get','other') 2 b c");
    expect(server.counts).toEqual([3, 3, 0]);
    writer.run('SET other 1', 'MSET a 1 b 1 c 1');
    expect(reader.received()).toEqual([invalid('a'), invalid('b'), invalid('c')]);
  });

  it('costs the keyspace nothing while nobody tracks', () => {
    const server = new Tracked();
    const { events } = server.engine.keyspace;
    expect(events.hasObservers).toBe(false);
    const [a, b] = [server.client(), server.client()];
    a.run('CLIENT TRACKING ON', 'CLIENT TRACKING ON', 'GET k');
    b.run('CLIENT TRACKING ON BCAST PREFIX x');
    expect(events.hasObservers).toBe(true);
    a.run('CLIENT TRACKING OFF', 'CLIENT TRACKING OFF');
    expect(events.hasObservers).toBe(true);
    server.engine.ended(b.session);
    expect(events.hasObservers).toBe(false);
    expect(server.counts).toEqual([0, 0, 0]);
  });

  it('tells of own changes after the reply', () => {
    const client = new Tracked().client();
    client.run('CLIENT TRACKING ON', 'GET a', 'GET b');
    expect(client.run('MSET a 1 b 2')).toEqual(['OK', invalid('a'), invalid('b')]);
    expect(client.run('MULTI', 'GET a', 'SET a 3', 'PING', 'EXEC')).toEqual([
      'OK',
      'QUEUED',
      'QUEUED',
      'QUEUED',
      ['1', 'OK', 'PONG'],
      invalid('a'),
    ]);
    expect(client.run('CLIENT TRACKING ON NOLOOP', 'GET a', 'SET a 4', 'FLUSHALL')).toEqual([
      'OK',
      '3',
      'OK',
      'OK',
      { push: ['invalidate', null] },
    ]);
  });

  it('tells of what expires and of what is flushed', () => {
    const server = new Tracked();
    const [reader, writer] = [server.client(), server.client()];
    writer.run('SET a 1 PX 100', 'SET b 1');
    reader.run('CLIENT TRACKING ON', 'GET a', 'GET b');
    server.clock.advance(101);
    writer.run('GET a');
    expect(reader.received()).toEqual([invalid('a')]);
    writer.run('FLUSHDB');
    expect(reader.received()).toEqual([{ push: ['invalidate', null] }]);
    expect(server.counts).toEqual([0, 0, 0]);
  });

  it('tells of what is evicted, and so do notifications', () => {
    const server = new Tracked({ 'maxmemory-policy': 'allkeys-random', 'notify-keyspace-events': 'Ee' });
    const [reader, listener, writer] = [server.client(), server.client(), server.client()];
    writer.run('SET a 1');
    reader.run('CLIENT TRACKING ON NOLOOP', 'GET a');
    listener.run('SUBSCRIBE __keyevent@0__:evicted');
    listener.received();
    writer.run('CONFIG SET maxmemory 1', 'SET b 1');
    expect(reader.received()).toEqual([invalid('a')]);
    expect(listener.received()).toEqual([{ push: ['message', '__keyevent@0__:evicted', 'a'] }]);
  });

  it('tells the client whose command evicts before that is answered', () => {
    const client = new Tracked({ 'maxmemory-policy': 'allkeys-random' }).client();
    client.run('SET a 1', 'CLIENT TRACKING ON', 'GET a', 'CONFIG SET maxmemory 1');
    expect(client.run('GET b')).toEqual([invalid('a'), null]);
  });

  it('takes the keys that a script declares as read when it reads anything', () => {
    const server = new Tracked();
    const [reader, writer] = [server.client(), server.client()];
    reader.run('CLIENT TRACKING ON', 'EVAL redis.call("set","c","1") 2 a b', 'EVAL_RO redis.call("ping") 2 a b');
    expect(server.counts).toEqual([0, 0, 0]);
    for (const command of ['EVAL', 'EVAL_RO']) {
      reader.run(`${command} redis.call("get","c") 2 a b`);
      writer.run('SET c 1', 'MSET b 2 a 2');
      expect(reader.received()).toEqual([invalid('b'), invalid('a')]);
    }
  });

  it('drops the oldest keys where there are too many', () => {
    const server = new Tracked({ 'tracking-table-max-keys': '3' });
    const [reader, other] = [server.client(), server.client()];
    other.run('CLIENT TRACKING ON', 'GET 1');
    reader.run('CLIENT TRACKING ON', 'GET 1', 'GET 2', 'GET 3');
    expect(server.counts).toEqual([3, 4, 0]);
    expect(reader.run('GET 4')).toEqual([null, invalid('1')]);
    expect(other.received()).toEqual([invalid('1')]);
    expect(reader.run('MGET 5 6 7 8')).toEqual([
      [null, null, null, null],
      invalid('2'),
      invalid('3'),
      invalid('4'),
      invalid('5'),
    ]);
    expect(server.counts).toEqual([3, 3, 0]);
    // Keys that left the table by themselves are passed over.
    other.run('SET 6 x');
    reader.received();
    expect(reader.run('MGET 1 2')).toEqual([[null, null], invalid('7')]);
  });

  it('drops many keys in slices', () => {
    const server = new Tracked({ 'tracking-table-max-keys': '0' });
    const reader = server.client();
    reader.run('CLIENT TRACKING ON', `MGET ${Array.from({ length: 250 }, (_, i) => i).join(' ')}`);
    reader.run('CONFIG SET tracking-table-max-keys 10');
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) {
      server.engine.tracking.limit();
      sizes.push(server.counts[0]);
    }
    expect(sizes).toEqual([50, 10, 10, 10]);
  });

  it('gathers what is broadcast, without own changes where those are not wanted', async () => {
    const server = new Tracked();
    const [all, some, writer] = [server.client(), server.client(), server.client()];
    all.run('CLIENT TRACKING ON BCAST');
    some.run('CLIENT TRACKING ON BCAST PREFIX x PREFIX y NOLOOP', 'SET x1 1', 'SET y1 1');
    writer.run('MSET x2 1 x1 2 z 1', 'DEL x2');
    expect(all.received()).toEqual([]);
    await new Promise(setImmediate);
    expect(all.received()).toEqual([invalid('x1', 'x2', 'y1', 'z')]);
    expect(some.received()).toEqual([invalid('x1', 'x2')]);
    some.run('SET x3 1');
    await new Promise(setImmediate);
    expect(some.received()).toEqual([]);
    expect(all.received()).toEqual([invalid('x3')]);
  });

  it('tells those who do not want to hear of own changes of keys that others have changed too', async () => {
    const server = new Tracked();
    const [blocked, writer] = [server.client(), server.client()];
    for (const client of [blocked, writer]) client.run('CLIENT TRACKING ON BCAST NOLOOP');
    blocked.run('BLPOP q 0');
    expect(writer.run('RPUSH q a b', 'SET own 1', 'SET both 1')).toEqual([2, 'OK', 'OK']);
    expect(blocked.run('SET both 2')).toEqual([['q', 'a'], 'OK']);
    writer.run('SET both 3');
    await new Promise(setImmediate);
    expect(blocked.received()).toEqual([invalid('both', 'own', 'q')]);
    expect(writer.received()).toEqual([invalid('both', 'q')]);
  });

  it('sends invalidations to another client', () => {
    const server = new Tracked();
    const [reader, target, writer] = [server.client(), server.client(), server.client()];
    reader.run(`CLIENT TRACKING ON REDIRECT ${target.session.id}`, 'GET a', 'GET b');
    writer.run('SET a 1');
    expect([reader.received(), target.received()]).toEqual([[], [invalid('a')]]);
    target.run('HELLO 2');
    target.received();
    writer.run('SET b 1');
    // A client that has not subscribed would take it for a reply.
    expect(target.received()).toEqual([]);
    target.run('SUBSCRIBE __redis__:invalidate');
    target.received();
    reader.run('GET a');
    writer.run('SET a 2', 'FLUSHALL');
    expect(target.received()).toEqual([
      ['message', '__redis__:invalidate', ['a']],
      ['message', '__redis__:invalidate', null],
    ]);
  });
});
