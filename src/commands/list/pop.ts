/**
 * LPOP and RPOP: taking elements away at an end.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { type ListEnd, popElement, popElements } from './list-end.ts';
import { openList } from './open-list.ts';

/** What the two have in common. */
const popping = {
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N) where N is the number of elements returned',
  history: [['6.2.0', 'Added the `count` argument.']],
  syntax: 'key [count]',
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'access', 'delete'),
} satisfies Partial<CommandSpec>;

export const lpop = defineCommand({
  ...popping,
  name: 'lpop',
  summary: 'Takes the first element, or several, away from a list and returns it.',
  run: (context) => pop(context, 'left', 'lpop'),
});

export const rpop = defineCommand({
  ...popping,
  name: 'rpop',
  summary: 'Takes the last element, or several, away from a list and returns it.',
  run: (context) => pop(context, 'right', 'rpop'),
});

function pop(context: CommandContext, end: ListEnd, command: string): void {
  const { args, reply } = context;
  const key = args.at(1);
  if (args.count === 2) {
    const list = openList(context, key);
    if (list === null) reply.null();
    else popElement(context, list, key, end);
    return;
  }
  if (args.count > 3) throw errors.wrongArity(command);
  const count = context.position(2, errors.notPositive);
  if (count < 0) throw errors.notPositive;
  const list = openList(context, key);
  if (list === null) reply.nullArray();
  else if (count === 0) reply.array(0);
  else popElements(context, list, key, end, count);
}
