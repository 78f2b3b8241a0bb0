import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../../src/lib/invariant.ts';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

function session(): CommandSession {
  return new CommandSession({ config: { 'enable-debug-command': 'yes' } });
}

describe('DEBUG', () => {
  it('is closed unless the configuration opens it', () => {
    const s = new CommandSession();
    expect(s.error('DEBUG', 'SLEEP', '0')).toMatch(/^ERR DEBUG command not allowed/);
  });

  it('explains every subcommand', () => {
    const lines = session().call('DEBUG', 'HELP') as string[];
    expect(lines).toContain('DIGEST-VALUE <key> [<key> ...]');
    expect(lines).toContain('VERIFY');
    expect(lines.at(-2)).toBe('HELP');
  });

  it('turns the active expiry off and on', () => {
    const s = session();
    s.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0');
    expect(s.engine.expiry.enabled).toBe(false);
    s.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1');
    expect(s.engine.expiry.enabled).toBe(true);
  });

  it('answers errors as they are given, in one line, and does not count them', () => {
    const s = session();
    expect(s.error('DEBUG', 'ERROR', 'OOPS my\r\nerror')).toBe('OOPS my  error');
    expect(s.engine.stats.errorReplies).toBe(0);
  });

  it('makes keys, and leaves those alone that exist', () => {
    const s = session();
    s.call('SET', 'key:1', 'mine');
    const { dirty } = s.effectOf('DEBUG', 'POPULATE', '3');
    expect(dirty).toBe(0);
    expect(s.call('MGET', 'key:0', 'key:1', 'key:2', 'key:3')).toEqual(['value:0', 'mine', 'value:2', null]);
    s.call('DEBUG', 'POPULATE', '2', 'p', '10');
    expect(s.call('GET', 'p:1')).toBe('value:1\0\0\0');
    s.call('DEBUG', 'POPULATE', '1', 'q', '3');
    expect(s.call('GET', 'q:0')).toBe('val');
    s.verify();
  });

  it('checks the data set', () => {
    const s = session();
    s.call('SET', 'k', 'x'.repeat(50_000));
    expect(s.call('DEBUG', 'VERIFY')).toBe('OK');
    s.engine.keyspace.heap.usedBytes++;
    expect(() => s.call('DEBUG', 'VERIFY')).toThrow(InvariantError);
  });

  it('rewrites the configuration only where there is a file', () => {
    expect(session().error('DEBUG', 'CONFIG-REWRITE-FORCE-ALL')).toBe(
      'ERR The server is running without a config file',
    );
  });

  it('breaks invariants when told to', () => {
    expect(() => session().call('DEBUG', 'ASSERT')).toThrow(InvariantError);
    expect(() => session().call('DEBUG', 'PANIC')).toThrow(InvariantError);
  });

  it('leaves attributes out where a reply is a value', () => {
    const s = new CommandSession({ version: 3, config: { 'enable-debug-command': 'yes' } });
    expect(s.call('DEBUG', 'PROTOCOL', 'attrib')).toBe('Some real reply following the attribute');
  });

  it('changes the replication ID', () => {
    const s = session();
    const before = s.engine.state.replicationId;
    s.call('DEBUG', 'CHANGE-REPL-ID');
    expect(s.engine.state.replicationId).not.toBe(before);
    expect(s.engine.state.replicationId).toMatch(/^[0-9a-f]{40}$/);
  });

  it('matches long texts', () => {
    const s = session();
    expect(s.call('DEBUG', 'STRINGMATCH-LEN', '5000', '*a*a')).toBe(1);
    expect(s.call('DEBUG', 'STRINGMATCH-LEN', '5000', '*?b')).toBe(0);
  });
});

describe('DEBUG, beside Redis', () => {
  const both = besideRedis({ 'enable-debug-command': 'yes' });

  it('computes the digests of Redis', async () => {
    const digests = await both.same(async (open) => {
      const client = await open();
      const commands = [
        'FLUSHALL',
        'DEBUG DIGEST',
        'SET string value',
        'SET integer 1234567890',
        'SET negative -5',
        'DEBUG DIGEST',
        'SET expiring value EX 1000',
        'HSET hash f1 v1 f2 22 f3 -7',
        'RPUSH list a b 3 a',
        'SADD integers 1 2 -3',
        'SADD set a b 3',
        'ZADD zset 1 a 2.5 b -inf c 0.1 4',
        `SET embedded ${'e'.repeat(44)}`,
        `SET long ${'l'.repeat(70_000)}`,
        'DEBUG DIGEST',
        'SELECT 5',
        'SET string value',
        'DEBUG DIGEST',
        'EXPIRE string 100',
        'DEBUG DIGEST',
        'SELECT 0',
        'DEBUG DIGEST-VALUE string integer negative expiring hash list integers set zset embedded long nosuch',
      ];
      for (let i = 0; i < 300; i++) {
        commands.push(`HSET big-hash f${i} v${i}`, `RPUSH big-list ${'e'.repeat(i)}${i}`);
        commands.push(`SADD big-set m${i}`, `ZADD big-zset ${i / 7} m${i}`);
      }
      commands.push('EXPIRE big-set 1000', 'DEBUG DIGEST', 'DEBUG DIGEST-VALUE');
      commands.push('DEBUG DIGEST-VALUE big-hash big-list big-set big-zset');
      return (await replies(client, ...commands)).filter((reply) => /^\+[0-9a-f]{40}|^\*/.test(reply));
    });
    expect(digests[0]).toBe(`+${'0'.repeat(40)}\r\n`);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('answers each type of reply', async () => {
    const kinds = ['string', 'integer', 'double', 'bignum', 'null', 'array', 'set', 'map', 'attrib', 'verbatim'];
    for (const version of ['2', '3']) {
      await both.same(async (open) => {
        const client = await open();
        await client.raw('HELLO', version);
        return replies(client, ...[...kinds, 'true', 'FALSE', 'nosuch'].map((kind) => `DEBUG PROTOCOL ${kind}`));
      });
    }
    await both.same(async (open) => {
      const client = await open();
      const [two] = await replies(client, 'DEBUG PROTOCOL push');
      await client.raw('HELLO', '3');
      const [three] = await replies(client, 'DEBUG PROTOCOL push');
      return [two, three, client.pushes.map(String)];
    });
  });

  it('describes strings as Redis does', async () => {
    const fields = /refcount:\d+ encoding:\w+ serializedlength:\d+/;
    const described = await both.same(async (open) => {
      const values = ['1', '-129', '40000', '-3000000000', '12345678901234', 'text', '007', 'a'.repeat(20), '+1'];
      const client = await open();
      await replies(client, ...values.map((value, i) => `SET v${i} ${value}`));
      const lines = await replies(client, ...values.map((_, i) => `DEBUG OBJECT v${i}`));
      return lines.map((line) => fields.exec(line)?.[0]);
    });
    expect(described[0]).toBe('refcount:2147483647 encoding:int serializedlength:2');
  });

  it('answers mistakes as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'DEBUG',
        'DEBUG nosuch',
        'DEBUG SLEEP',
        'DEBUG SLEEP 0',
        'DEBUG sleep x',
        'DEBUG OBJECT nosuch',
        'DEBUG SDSLEN nosuch',
        'DEBUG LISTPACK nosuch',
        'DEBUG SET v 1',
        'DEBUG SET-ACTIVE-EXPIRE',
        'DEBUG DIGEST x',
        'DEBUG HTSTATS x',
        'DEBUG HTSTATS 99',
        'DEBUG HTSTATS 9',
        'DEBUG POPULATE x',
        'DEBUG POPULATE -1',
        'DEBUG POPULATE 1 k x',
        'DEBUG QUICKLIST-PACKED-THRESHOLD 100b',
        'DEBUG QUICKLIST-PACKED-THRESHOLD x',
        'DEBUG QUICKLIST-PACKED-THRESHOLD 0',
        'DEBUG REPLYBUFFER PEAK-RESET-TIME never',
        'DEBUG REPLYBUFFER PEAK-RESET-TIME x',
        'DEBUG REPLYBUFFER nosuch x',
        'DEBUG LOG',
      ),
    );
  });
});
