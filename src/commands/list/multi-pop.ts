/**
 * LMPOP, BLPOP, BRPOP and BLMPOP: taking elements from the first of several lists that has some, or waiting for them.
 */
import type { CommandSpec, KeyFlag, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TYPE_LIST } from '../../keyspace/key-entry.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { type ListEnd, listEndAt, popElement, popElements } from './list-end.ts';
import { openList } from './open-list.ts';

const POPPED: readonly KeyFlag[] = ['RW', 'access', 'delete'];
const ALL_BUT_TIMEOUT: readonly KeySpec[] = [
  { flags: POPPED, search: { index: 1 }, find: { last: -2, step: 1, limit: 0 } },
];

/** What BLPOP and BRPOP have in common. */
const waiting = {
  since: '2.0.0',
  group: 'list',
  complexity: 'O(N) where N is the number of provided keys.',
  history: [['6.0.0', '`timeout` is interpreted as a double instead of an integer.']],
  syntax: 'key [key ...] timeout',
  arity: -3,
  flags: ['write', 'noscript', 'blocking'],
  keys: ALL_BUT_TIMEOUT,
} satisfies Partial<CommandSpec>;

export const blpop = defineCommand({
  ...waiting,
  name: 'blpop',
  summary: 'Takes away the first element of the first of several lists that has one, once there is one.',
  run: (context) => popOrBlock(context, 'left'),
});

export const brpop = defineCommand({
  ...waiting,
  name: 'brpop',
  summary: 'Takes away the last element of the first of several lists that has one, once there is one.',
  run: (context) => popOrBlock(context, 'right'),
});

export const lmpop = defineCommand({
  name: 'lmpop',
  summary: 'Takes elements away from the first of several lists that has some.',
  since: '7.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the number of provided keys and M is the number of elements returned.',
  syntax: 'numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
  arity: -4,
  flags: ['write'],
  keys: [{ flags: POPPED, search: { index: 1 }, find: { countAt: 0, firstAt: 1, step: 1 } }],
  run(context) {
    const request = readRequest(context, 1);
    if (!popSeveral(context, request)) context.reply.nullArray();
  },
});

export const blmpop = defineCommand({
  name: 'blmpop',
  summary: 'Takes elements away from the first of several lists that has some, once one has.',
  since: '7.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the number of provided keys and M is the number of elements returned.',
  syntax: 'timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]',
  arity: -5,
  flags: ['write', 'blocking'],
  keys: [{ flags: POPPED, search: { index: 2 }, find: { countAt: 0, firstAt: 1, step: 1 } }],
  run(context) {
    const request = readRequest(context, 2);
    const timeoutMs = context.timeoutMs(1);
    if (!popSeveral(context, request)) block(context, request.firstKey, request.keys, timeoutMs);
  },
});

/** What LMPOP asks for: keys are arguments, `keys` of them from `firstKey` on. */
interface PopRequest {
  readonly firstKey: number;
  readonly keys: number;
  readonly end: ListEnd;
  readonly count: number;
}

/** Reads the arguments from the number of keys on, which is at `at`. */
function readRequest(context: CommandContext, at: number): PopRequest {
  const { args } = context;
  const keys = context.position(at, errors.numkeysNotPositive);
  if (keys < 1) throw errors.numkeysNotPositive;
  const endAt = at + keys + 1;
  if (endAt >= args.count) throw errors.syntax;
  const end = listEndAt(context, endAt);
  let count = 0;
  for (let i = endAt + 1; i < args.count; i += 2) {
    if (count > 0 || i + 1 === args.count || !args.at(i).equalsIgnoreCase('count')) throw errors.syntax;
    count = context.position(i + 1, errors.countNotPositive);
    if (count < 1) throw errors.countNotPositive;
  }
  return { firstKey: at + 1, keys, end, count: Math.max(1, count) };
}

function popSeveral(context: CommandContext, { firstKey, keys, end, count }: PopRequest): boolean {
  const { keyspace, reply } = context;
  const key = openFirst(context, firstKey, keys);
  if (key === null) return false;
  const { list } = keyspace;
  const taken = Math.min(count, list.length);
  reply.array(2);
  reply.bulk(key);
  popElements(context, list, key, end, taken);
  if (context.server.writeLog.hasSubscribers) context.propagate(commandOf(end), key, String(taken));
  return true;
}

function popOrBlock(context: CommandContext, end: ListEnd): void {
  const { args, keyspace, reply } = context;
  const timeoutMs = context.timeoutMs(args.count - 1);
  const key = openFirst(context, 1, args.count - 2);
  if (key === null) {
    block(context, 1, args.count - 2, timeoutMs);
    return;
  }
  reply.array(2);
  reply.bulk(key);
  popElement(context, keyspace.list, key, end);
  if (context.server.writeLog.hasSubscribers) context.propagate(commandOf(end), key);
}

/** Opens the first list there is among `keys` arguments from `firstKey` on, and answers its key; null if there is none. */
function openFirst(context: CommandContext, firstKey: number, keys: number): Slice | null {
  const { args, readyKey } = context;
  if (readyKey !== null) return openList(context, readyKey) === null ? null : readyKey;
  for (let i = firstKey; i < firstKey + keys; i++) if (openList(context, args.at(i)) !== null) return args.at(i);
  return null;
}

function block(context: CommandContext, firstKey: number, count: number, timeoutMs: number): void {
  const keys = Array.from({ length: count }, (_, i) => context.args.at(firstKey + i));
  context.block({ keys, type: TYPE_LIST, timeoutMs, timeoutReply: 'null-array' });
}

function commandOf(end: ListEnd): string {
  return end === 'left' ? 'LPOP' : 'RPOP';
}
