import { describe, expect, it } from 'vitest';
import { MessageStream } from '../../differential/message-stream.ts';
import { spell } from '../../support/resp-reply.ts';
import { besideRedis, fieldsOf, replies, someReplies } from '../connection/beside-redis.ts';

const both = besideRedis({ 'client-output-buffer-limit': 'pubsub 65536 0 0' });

describe('SUBSCRIBE and its like', () => {
  it.each<[why: string, count: number, commands: readonly string[]]>([
    ['confirm each name and count them', 6, ['SUBSCRIBE a b a', 'PSUBSCRIBE a* *', 'SSUBSCRIBE a']],
    ['confirm each end', 7, ['SUBSCRIBE a b', 'UNSUBSCRIBE a none b', 'UNSUBSCRIBE', 'PING']],
    ['answer even where there is nothing to end', 3, ['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE']],
    ['end all patterns', 4, ['PSUBSCRIBE a* b*', 'PUNSUBSCRIBE']],
    ['end all shard channels', 2, ['SSUBSCRIBE a', 'SUNSUBSCRIBE']],
    [
      'count channels with patterns, and shard channels apart',
      4,
      ['SUBSCRIBE a', 'PSUBSCRIBE b', 'SSUBSCRIBE c', 'UNSUBSCRIBE a'],
    ],
    ['need a name', 3, ['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE']],
    [
      'allow few commands while they last',
      9,
      ['SUBSCRIBE a', 'GET k', 'PING', 'PING hello', 'PING a b', 'PUBLISH a b', 'CLIENT ID', 'NOPE', 'MULTI'],
    ],
    ['allow all commands after their end', 4, ['SSUBSCRIBE a', 'SUNSUBSCRIBE a', 'GET k', 'PING']],
    ['are ended by RESET', 3, ['SUBSCRIBE a', 'RESET', 'PING']],
    ['are ended by QUIT', 2, ['PSUBSCRIBE a', 'QUIT']],
    ['are transactional', 4, ['MULTI', 'SUBSCRIBE a b', 'PSUBSCRIBE c', 'EXEC']],
    ['but not for shard channels', 3, ['MULTI', 'SSUBSCRIBE a', 'EXEC']],
    ['are confirmed where replies are off', 2, ['CLIENT REPLY OFF', 'SUBSCRIBE a', 'UNSUBSCRIBE a']],
    ['are confirmed where a reply is skipped', 2, ['CLIENT REPLY SKIP', 'SUBSCRIBE a', 'PING']],
  ])('%s', async (_why, count, commands) => {
    await both.same(async (open) => {
      const client = await open();
      const answers = await someReplies(client, count, ...commands);
      await client.close();
      return answers;
    });
  });

  it('change what is allowed with the protocol', async () => {
    const [, , refused] = await both.same(async (open) => {
      const client = await open();
      await client.call('HELLO', '3');
      const lines = 'SUBSCRIBE a\r\nGET k\r\nHELLO 2\r\nGET k\r\nRESET\r\n';
      const [missing, , ...rest] = await client.sendBytes(Buffer.from(lines), 4);
      return [missing, ...rest].map(String);
    });
    expect(refused).toBe('+RESET\r\n');
  });

  it('are pushes in RESP3, and allow everything', async () => {
    const answers = await both.same(async (open) => {
      const client = await open();
      await client.call('HELLO', '3');
      const result = await replies(client, 'CLIENT SETNAME x');
      await client.sendBytes(Buffer.from('SUBSCRIBE a\r\nPUNSUBSCRIBE\r\nPING\r\n'), 1);
      result.push(...(await replies(client, 'GET k', 'PUBLISH a message', 'PING', 'RESET')));
      return [...result, ...client.pushes.map(String)];
    });
    expect(answers.slice(-3)).toEqual([
      '>3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n',
      '>3\r\n$12\r\npunsubscribe\r\n_\r\n:1\r\n',
      '>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$7\r\nmessage\r\n',
    ]);
  });

  it('show in the list of clients and in INFO, as long as the client is there', async () => {
    const shown = await both.same(async (open) => {
      const [subscriber, asking] = [await open(), await open()];
      const id = String(await subscriber.call('CLIENT', 'ID'));
      await someReplies(subscriber, 4, 'SUBSCRIBE list1 list2', 'PSUBSCRIBE list3', 'SSUBSCRIBE list4');
      const lines = String(await asking.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
      const fields = lines.map(fieldsOf).find((line) => line.get('id') === id);
      const info = String(await asking.call('INFO', 'stats')).match(/^pubsub.*\d/gm) ?? [];
      await subscriber.close();
      await expect.poll(async () => asking.call('PUBSUB', 'CHANNELS', 'list*')).toEqual([]);
      return [...['sub', 'psub', 'ssub'].map((name) => fields?.get(name)), ...info];
    });
    expect(shown).toEqual(['2', '1', '1', 'pubsub_channels:2', 'pubsub_patterns:1', 'pubsubshard_channels:1']);
  });
});

describe('PUBLISH', () => {
  it('reaches channels and patterns, each subscription once', async () => {
    const got = await both.same(async (open) => {
      const [a, b, publisher] = [await open(), await open(), await open()];
      await someReplies(a, 3, 'SUBSCRIBE news', 'PSUBSCRIBE n*s', 'SSUBSCRIBE news');
      await b.call('HELLO', '3');
      await someReplies(b, 1, 'SUBSCRIBE news', 'PING');
      const messages = a.sendBytes(Buffer.alloc(0), 4);
      const commands = ['PUBLISH news one', 'PUBLISH nothing x', 'SPUBLISH news two', 'PUBLISH n*s 3'];
      const counts = await replies(publisher, ...commands);
      const received = [...(await messages), ...(await b.send([['PING'], ['RESET']])), ...b.pushes].map(String);
      await replies(a, 'RESET');
      return [...counts, ...received];
    });
    expect(got.slice(0, 4)).toEqual([':3\r\n', ':0\r\n', ':1\r\n', ':1\r\n']);
  });

  it('carries any bytes, of any length', async () => {
    await both.same(async (open) => {
      const [subscriber, publisher] = [await open(), await open()];
      const channel = Buffer.from([0, 255, 13, 10]);
      await subscriber.send([['SUBSCRIBE', channel]]);
      for (const length of [0, 1, 64, 65, 5000, 60_000]) {
        const message = Buffer.alloc(length, 'é\0');
        const [[received], count] = await Promise.all([
          subscriber.sendBytes(Buffer.alloc(0), 1),
          publisher.call('PUBLISH', channel, message),
        ]);
        expect(count).toBe(1);
        expect(received.subarray(-length - 2, -2).equals(message)).toBe(true);
        expect(received.includes(channel)).toBe(true);
      }
      await replies(subscriber, 'RESET');
    });
  });

  it('closes subscribers that do not read', async () => {
    await both.same(async (open) => {
      const [subscriber, publisher] = [await open(), await open()];
      await subscriber.send([['SUBSCRIBE', 'flood']]);
      let closed = false;
      subscriber.closed().then(() => {
        closed = true;
      });
      // More than its limit in one turn.
      const commands = Array.from({ length: 40 }, () => ['PUBLISH', 'flood', Buffer.alloc(16 * 1024)]);
      while (!closed) await publisher.send(commands).catch(() => undefined);
      const count = await publisher.call('PUBLISH', 'flood', 'x');
      expect(count).toBe(0);
    });
  });

  it('reaches the publisher itself after its reply, and never inside', async () => {
    const stream = await MessageStream.connect(both.server.config.get('unixsocket'));
    stream.send([
      ['HELLO', '3'],
      ['PSUBSCRIBE', '*'],
      ['MULTI'],
      ['PUBLISH', 'x', '1'],
      ['PUBLISH', 'x', '2'],
      ['EXEC'],
    ]);
    await stream.count(6);
    stream.send([['PING']]);
    await stream.count(7);
    const { replies: answers, pushes } = stream.take();
    expect(spell(answers[5])).toBe('*(:"1",:"1")');
    expect(pushes.map(spell)).toEqual(['>($"pmessage",$"*",$"x",$"1")', '>($"pmessage",$"*",$"x",$"2")']);
    stream.close();
  });
});

describe('PUBSUB', () => {
  it('tells who listens, and refuses what it does not know', async () => {
    await both.same(async (open) => {
      const [a, b] = [await open(), await open()];
      await someReplies(a, 4, 'SUBSCRIBE one', 'PSUBSCRIBE p* q*', 'SSUBSCRIBE s');
      const answers = await replies(
        b,
        'PUBSUB CHANNELS',
        'PUBSUB CHANNELS o?e',
        'PUBSUB CHANNELS x',
        'PUBSUB CHANNELS a b',
        'PUBSUB NUMSUB',
        'PUBSUB NUMSUB one two s',
        'PUBSUB NUMPAT',
        'PUBSUB NUMPAT x',
        'PUBSUB SHARDCHANNELS',
        'PUBSUB SHARDCHANNELS a b',
        'PUBSUB SHARDNUMSUB one s',
        'PUBSUB',
        'PUBSUB NOPE',
        'PUBSUB HELP x',
      );
      await replies(a, 'RESET');
      return answers;
    });
  });
});
