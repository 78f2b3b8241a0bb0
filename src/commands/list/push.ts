/**
 * LPUSH, RPUSH, LPUSHX and RPUSHX: adding elements at an end.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import { openList } from './open-list.ts';

/** What the four have in common. */
const pushing = {
  group: 'list',
  complexity:
    'O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.',
  syntax: 'key element [element ...]',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', 'insert'),
} satisfies Partial<CommandSpec>;

export const lpush = defineCommand({
  ...pushing,
  name: 'lpush',
  summary: 'Adds elements at the head of a list, one after the other, creating the list if there is none.',
  since: '1.0.0',
  history: [['2.4.0', 'Accepts several elements.']],
  run(context) {
    pushHead(context, openOrCreate(context));
  },
});

export const rpush = defineCommand({
  ...pushing,
  name: 'rpush',
  summary: 'Adds elements at the tail of a list, creating the list if there is none.',
  since: '1.0.0',
  history: [['2.4.0', 'Accepts several elements.']],
  run(context) {
    pushTail(context, openOrCreate(context));
  },
});

export const lpushx = defineCommand({
  ...pushing,
  name: 'lpushx',
  summary: 'Adds elements at the head of a list if the list exists.',
  since: '2.2.0',
  history: [['4.0.0', 'Accepts several elements.']],
  run(context) {
    const list = openList(context, context.args.at(1));
    if (list === null) context.reply.integer(0);
    else pushHead(context, list);
  },
});

export const rpushx = defineCommand({
  ...pushing,
  name: 'rpushx',
  summary: 'Adds elements at the tail of a list if the list exists.',
  since: '2.2.0',
  history: [['4.0.0', 'Accepts several elements.']],
  run(context) {
    const list = openList(context, context.args.at(1));
    if (list === null) context.reply.integer(0);
    else pushTail(context, list);
  },
});

function openOrCreate(context: CommandContext): ListValue {
  const key = context.args.at(1);
  return openList(context, key) ?? context.keyspace.list.create(context.database, key);
}

function pushHead(context: CommandContext, list: ListValue): void {
  const { args } = context;
  for (let i = 2; i < args.count; i++) list.pushHead(args.at(i));
  pushed(context, list, 'lpush');
}

function pushTail(context: CommandContext, list: ListValue): void {
  const { args } = context;
  for (let i = 2; i < args.count; i++) list.pushTail(args.at(i));
  pushed(context, list, 'rpush');
}

function pushed(context: CommandContext, list: ListValue, event: string): void {
  const { args } = context;
  context.reply.integer(list.length);
  context.database.changed(args.at(1), EVENT_LIST, event);
  // Each element counts as a change of its own, one of which is counted already.
  context.keyspace.dirty += args.count - 3;
}
