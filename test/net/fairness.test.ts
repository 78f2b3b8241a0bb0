import { expect, it } from 'vitest';
import { builtProgram } from '../support/built-program.ts';
import { ServerProcess } from '../support/server-process.ts';

it('hears other clients between the reads of one that has sent a great many slow commands', async () => {
  await using server = await ServerProcess.start(await builtProgram());
  const [busy, other] = [await server.connect(), await server.connect()];
  await busy.send(
    Array.from({ length: 200 }, () => ['RPUSH', 'list', ...Array.from({ length: 100 }, () => 'element')]),
  );
  const ROUNDS = 3000;
  const commands = Array.from({ length: ROUNDS }, () => [
    ['INCR', 'counter'],
    ['LPOS', 'list', 'not there'.padEnd(60, '.')],
  ]).flat();
  const done = busy.send(commands);
  await other.call('PING');
  const seen = Number(await other.call('GET', 'counter'));
  expect(seen).toBeLessThan(ROUNDS);
  await done;
  expect(await other.call('GET', 'counter')).toBe(String(ROUNDS));
}, 60_000);
