import { beforeEach, expect, test } from 'vitest';
import type { Command } from '../../src/dispatch/registry.ts';
import { NO_TRANSPORT } from '../../src/dispatch/transport.ts';
import { Args } from '../../src/protocol/args.ts';
import { CommandSession } from '../support/command-session.ts';

let s: CommandSession;

beforeEach(() => {
  s = new CommandSession();
});

/** Executes a pipeline, as it comes in one turn; `isCut` when what follows it has not arrived whole. */
function pipeline(commands: readonly (readonly string[])[], isCut = false): void {
  const port = s.engine.openClient(NO_TRANSPORT);
  port.beginTurn();
  commands.forEach((words, index) => {
    port.execute(Args.of(...words), !isCut && index === commands.length - 1);
  });
  port.endTurn(0);
}

function counted(name: string): Pick<Command, 'calls' | 'failed'> & { timed: number } {
  const command = s.engine.registry.named(name) as Command;
  return { calls: command.calls, failed: command.failed, timed: command.latency.count };
}

const repeated = (times: number, ...words: string[]) => Array.from({ length: times }, () => words);

test.each([1, 2, 15, 16, 17, 100])('%i commands of one kind are all counted', (times) => {
  pipeline(repeated(times, 'INCR', 'n'));
  expect(counted('incr')).toEqual({ calls: times, failed: 0, timed: times });
  expect(s.engine.stats.commandsProcessed).toBe(times);
});

test('runs of different commands are counted apart', () => {
  pipeline([...repeated(20, 'SET', 'k', 'v'), ...repeated(3, 'LPUSH', 'k', 'v'), ...repeated(5, 'SET', 'k', 'v')]);
  expect(counted('set')).toEqual({ calls: 25, failed: 0, timed: 25 });
  expect(counted('lpush')).toEqual({ calls: 3, failed: 3, timed: 3 });
});

test('a command sees what came before it in its turn', () => {
  const port = s.engine.openClient(NO_TRANSPORT);
  port.beginTurn();
  for (let i = 0; i < 5; i++) port.execute(Args.of('GET', 'k'), false);
  port.execute(Args.of('CONFIG', 'RESETSTAT'), false);
  for (let i = 0; i < 2; i++) port.execute(Args.of('GET', 'k'), false);
  port.endTurn(0);
  expect(counted('get')).toEqual({ calls: 2, failed: 0, timed: 2 });
});

test('a run that more is to follow ends with its turn', () => {
  pipeline(repeated(7, 'GET', 'k'), true);
  expect(counted('get').calls).toBe(7);
});

test('the commands of a transaction are counted', () => {
  pipeline([['MULTI'], ...repeated(20, 'INCR', 'n'), ['EXEC'], ...repeated(2, 'INCR', 'n')]);
  expect(counted('incr').calls).toBe(22);
  expect(counted('exec').calls).toBe(1);
});

test('the slow log has every command where it asks for all', () => {
  s.call('CONFIG', 'SET', 'slowlog-log-slower-than', '0');
  s.call('SLOWLOG', 'RESET');
  pipeline([0, 1, 2, 3, 4].map((i) => ['SET', `key:${i}`, 'v']));
  const entries = s.call('SLOWLOG', 'GET', '5') as unknown[][];
  expect(entries.map((entry) => (entry[3] as string[])[1])).toEqual(['key:4', 'key:3', 'key:2', 'key:1', 'key:0']);
});
