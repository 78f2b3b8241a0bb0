import { expect, it } from 'vitest';
import { besideRedis, replies, someReplies } from './beside-redis.ts';

const both = besideRedis();

it('answers, closes, and executes nothing more', async () => {
  const outcome = await both.same(async (open) => {
    const client = await open();
    const answers = await someReplies(client, 2, 'PING', 'QUIT', 'SET after quit');
    await client.closed();
    return [...answers, ...(await replies(await open(), 'GET after'))];
  });
  expect(outcome).toEqual(['+PONG\r\n', '+OK\r\n', '$-1\r\n']);
});

it('takes any arguments, and works within a transaction', async () => {
  const answers = await both.same(async (open) => {
    const client = await open();
    const result = await someReplies(client, 3, 'MULTI', 'SET k v', 'QUIT now please');
    await client.closed();
    return result;
  });
  expect(answers.at(-1)).toBe('+OK\r\n');
});

it('closes silently while replies are off', async () => {
  // Redis executes nothing more either, but leaves the connection open.
  const client = await both.connect();
  await someReplies(client, 0, 'CLIENT REPLY OFF', 'QUIT', 'SET silent v');
  await client.closed();
  expect(await replies(await both.connect(), 'GET silent')).toEqual(['$-1\r\n']);
});
