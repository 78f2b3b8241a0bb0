/**
 * SISMEMBER, SMISMEMBER and SCARD: asking for single members, and how many there are.
 */
import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { readSet } from './open-set.ts';

export const sismember = defineCommand({
  name: 'sismember',
  summary: 'Tells whether a set has a member.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  syntax: 'key member',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    const set = readSet(context, context.args.at(1));
    context.reply.integer(set?.has(context.args.at(2)) ? 1 : 0);
  },
});

export const smismember = defineCommand({
  name: 'smismember',
  summary: 'Tells of each of several members whether a set has it.',
  since: '6.2.0',
  group: 'set',
  complexity: 'O(N), where N is the number of members asked for.',
  syntax: 'key member [member ...]',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const { args, reply } = context;
    const set = readSet(context, args.at(1));
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) reply.integer(set?.has(args.at(i)) ? 1 : 0);
  },
});

export const scard = defineCommand({
  name: 'scard',
  summary: 'Returns the number of members of a set.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    context.reply.integer(readSet(context, context.args.at(1))?.length ?? 0);
  },
});
