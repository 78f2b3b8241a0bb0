import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { loadCollection, loadSmallCollections } from '../../bench/collection-loader.ts';

let server: Server | undefined;

afterEach(() => server?.close());

/** A server that keeps the words of all it is sent and answers the commands by `reply(command number)`. */
async function listen(reply: (index: number) => string): Promise<{ port: number; words(): string[] }> {
  let text = '';
  let answered = 0;
  server = createServer((socket) => {
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (const commands = text.split('*').length - 1; answered < commands; answered++) socket.write(reply(answered));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, words: () => text.split('\r\n').filter((word) => /^[^*$]/.test(word)) };
}

const number = (value: number) => String(value).padStart(12, '0');

test('a list is filled in full commands, whatever length each is answered with', async () => {
  const { port, words } = await listen((index) => `:${(index + 1) * 50}\r\n`);
  await loadCollection(port, 'list', 'big', 120, 1);
  const items = words().filter((word) => word.startsWith('item'));
  expect(items).toEqual(Array.from({ length: 150 }, (_, i) => `item${number(i)}`));
  expect(words().filter((word) => word === 'RPUSH')).toHaveLength(3);
});

test('members of a sorted set are numbered and have scores below the bound', async () => {
  const { port, words } = await listen(() => ':50\r\n');
  await loadCollection(port, 'zset', 'big', 100, 1000);
  const members = words().filter((word) => word.startsWith('element:'));
  expect(members).toEqual(Array.from({ length: 100 }, (_, i) => `element:${number(i)}`));
  const scores = words().filter((word) => /^\d+$/.test(word));
  expect(scores).toHaveLength(100);
  expect(new Set(scores).size).toBeGreaterThan(50);
  for (const score of scores) expect(Number(score)).toBeLessThan(1000);
});

test('elements that were there already are an error', async () => {
  const { port } = await listen((index) => (index === 1 ? ':49\r\n' : ':50\r\n'));
  await expect(loadCollection(port, 'hash', 'big', 100, 1)).rejects.toThrow('command 1 was answered ":49"');
});

test('small collections have a key each', async () => {
  const { port, words } = await listen(() => ':2\r\n');
  await loadSmallCollections(port, { command: 'SADD', words: ['a', 'b'], elements: 2 }, 'set:', 3);
  expect(words()).toEqual([0, 1, 2].flatMap((i) => ['SADD', `set:${number(i)}`, 'a', 'b']));
});
