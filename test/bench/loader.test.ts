import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { loadKeys, overwriteKeys, touchKeys } from '../../bench/loader.ts';

let server: Server | undefined;

afterEach(() => server?.close());

/** A server that answers each RESP command by `reply(command number)` and keeps all commands. */
async function listen(reply: (index: number) => string): Promise<{ port: number; commands: string[][] }> {
  const commands: string[][] = [];
  server = createServer((socket) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      let replies = '';
      for (let end = commandEnd(text); end > 0; end = commandEnd(text)) {
        const lines = text.slice(0, end).split('\r\n');
        commands.push(lines.filter((_, index) => index > 0 && index % 2 === 0));
        text = text.slice(end);
        replies += reply(commands.length - 1);
      }
      // In two parts, so that a reply is torn apart.
      socket.write(replies.slice(0, 3));
      socket.write(replies.slice(3));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, commands };
}

/** The length of the first whole command in `text`, 0 if there is none. */
function commandEnd(text: string): number {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return 0;
  let at = head[0].length;
  for (let left = Number(head[1]); left > 0; left--) {
    const length = /^\$(\d+)\r\n/.exec(text.slice(at, at + 16));
    if (length === null) return 0;
    at += length[0].length + Number(length[1]) + 2;
  }
  return at <= text.length ? at : 0;
}

const keyNames = (count: number) => Array.from({ length: count }, (_, i) => `key:${String(i).padStart(12, '0')}`);

test('writes each key once, with values of the size asked for', async () => {
  const { port, commands } = await listen(() => '+OK\r\n');
  await loadKeys(port, { keys: 20_000, prefix: 'key:' }, 100);
  expect(commands.map((command) => command[1])).toEqual(keyNames(20_000));
  expect(new Set(commands.map((command) => command[2]))).toEqual(new Set(['x'.repeat(100)]));
});

test('overwrites each key once, scattered, with sizes from 1 to the longest', async () => {
  const { port, commands } = await listen(() => '+OK\r\n');
  await overwriteKeys(port, { keys: 20_000, prefix: 'key:' }, 200);
  const names = commands.map((command) => command[1]);
  expect(names).not.toEqual(keyNames(20_000));
  expect(names.toSorted()).toEqual(keyNames(20_000));
  const sizes = new Set(commands.map((command) => command[2].length));
  expect(Math.min(...sizes)).toBe(1);
  expect(Math.max(...sizes)).toBe(200);
  expect(sizes.size).toBe(200);
});

test('values longer than a buffer are sent whole', async () => {
  const { port, commands } = await listen(() => '+OK\r\n');
  await loadKeys(port, { keys: 20, prefix: 'key:' }, 100_000);
  expect(commands.map((command) => command[2].length)).toEqual(new Array(20).fill(100_000));
});

test('an unexpected reply is an error that names it', async () => {
  const { port } = await listen((index) => (index === 7 ? ':0\r\n' : ':1\r\n'));
  await expect(touchKeys(port, { keys: 1000, prefix: 'key:' })).rejects.toThrow('command 7 was answered ":0"');
});

test('more replies than commands are an error', async () => {
  const { port } = await listen(() => '+OK\r\n+OK\r\n');
  await expect(loadKeys(port, { keys: 10, prefix: 'key:' }, 16)).rejects.toThrow('10 commands were answered 20 times');
});
