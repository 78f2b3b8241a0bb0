/** What clients may use and how long they may idle, beside real Redis. */
import { expect, it } from 'vitest';
import { besideRedis, infoOf, type Open, replies } from '../commands/connection/beside-redis.ts';
import { encodeCommand, type RespClient } from '../support/resp-client.ts';

const both = besideRedis({ 'enable-debug-command': 'yes' });

const MIB = 1024 * 1024;

/** What a client reads last and whether it is then disconnected, after it has sent `bytes`. */
async function ending(client: RespClient, bytes: Buffer): Promise<string> {
  const reply = await client.sendBytes(bytes, 1).then(String, () => 'nothing');
  const next = await client.raw('PING').then(
    () => 'goes on',
    () => 'closed',
  );
  return `${reply}, ${next}`;
}

it('proto-max-bulk-len limits arguments and values', async () => {
  const outcome = await both.same(async (open) => {
    const [admin, client, other] = [await open(), await open(), await open()];
    const value = 'x'.repeat(MIB);
    const answers = await replies(admin, 'CONFIG SET proto-max-bulk-len 1048576', `SET long ${value}`, 'APPEND long y');
    answers.push(...(await replies(admin, 'SETRANGE long 1048576 y', 'SETRANGE k 1048575 y', 'SETBIT k 8388608 1')));
    answers.push(await ending(client, Buffer.from(`*2\r\n$4\r\nECHO\r\n$${MIB + 1}\r\n`)));
    answers.push(await ending(other, encodeCommand(['STRLEN', 'long'])));
    answers.push(...(await replies(admin, 'CONFIG SET proto-max-bulk-len 536870912', 'FLUSHALL')));
    return answers;
  });
  expect(outcome[6]).toBe('-ERR Protocol error: invalid bulk length\r\n, closed');
});

it('client-query-buffer-limit limits what is received and not executed', async () => {
  const outcome = await both.same(async (open) => {
    const [admin, client, blocked, other] = [await open(), await open(), await open(), await open()];
    await admin.call('CONFIG', 'SET', 'client-query-buffer-limit', MIB);
    const answers = [await ending(client, Buffer.from(`*2\r\n$4\r\nECHO\r\n$9000000\r\n${'x'.repeat(3 * MIB)}`))];
    const pipeline = Buffer.concat([encodeCommand(['BLPOP', 'nothing', '0']), Buffer.from('PING\r\n'.repeat(300_000))]);
    answers.push(await ending(blocked, pipeline));
    answers.push(await ending(other, encodeCommand(['PING'])));
    await admin.call('CONFIG', 'SET', 'client-query-buffer-limit', 1024 * MIB);
    return answers;
  });
  expect(outcome).toEqual(['nothing, closed', 'nothing, closed', '+PONG\r\n, goes on']);
});

it('client-output-buffer-limit disconnects clients that do not read', async () => {
  await both.same(async (open) => {
    const [admin, client, other] = [await open(), await open(), await open()];
    await replies(admin, `SET long ${'x'.repeat(MIB)}`);
    await admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 5mb 0 0');
    // All of it in one turn: there is no time to read.
    const reply = await client.sendBytes(Buffer.concat(new Array(400).fill(encodeCommand(['GET', 'long']))), 400).then(
      () => 'all',
      () => 'closed',
    );
    const answers = [reply, ...(await replies(other, 'PING'))];
    await admin.call('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 0 0 0');
    return [...answers, ...(await replies(admin, 'FLUSHALL'))];
  });
});

it('timeout closes idle clients, but none that waits', async () => {
  const idlers = async (open: Open): Promise<string[]> => {
    const [admin, idle, waiting] = [await open(), await open(), await open()];
    const id = (await infoOf(idle)).get('id');
    const waitingId = (await infoOf(waiting)).get('id');
    const popped = waiting.raw('BLPOP', 'list', '0');
    await admin.call('CONFIG', 'SET', 'timeout', '1');
    let list = '';
    do {
      await new Promise((resolve) => setTimeout(resolve, 50));
      list = String(await admin.call('CLIENT', 'LIST'));
    } while (list.includes(`id=${id} `));
    await admin.call('CONFIG', 'SET', 'timeout', '0');
    await admin.call('RPUSH', 'list', 'x');
    return [
      String(list.includes(`id=${waitingId} `)),
      String(await popped),
      await ending(idle, Buffer.from('PING\r\n')),
    ];
  };
  expect(await both.same(idlers)).toEqual(['true', '*2\r\n$4\r\nlist\r\n$1\r\nx\r\n', 'nothing, closed']);
});

it('maxclients turns further clients away', async () => {
  await both.same(async (open) => {
    const admin = await open();
    const connected = /connected_clients:(\d+)/.exec(String(await admin.call('INFO', 'clients')))?.[1];
    await admin.call('CONFIG', 'SET', 'maxclients', Number(connected) + 1);
    const [last, tooMany] = [await open(), await open()];
    const answers = [
      await ending(last, encodeCommand(['PING'])),
      await tooMany.sendBytes(new Uint8Array(0), 1).then(String, () => 'closed'),
    ];
    await admin.call('CONFIG', 'SET', 'maxclients', '10000');
    await admin.call('CONFIG', 'RESETSTAT');
    return answers;
  });
});
