/**
 * HGETALL, HKEYS and HVALS: everything in a hash.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { readHash } from './open-hash.ts';

/** What the three have in common. */
const readingAll = {
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N), where N is the size of the hash.',
  syntax: 'key',
  arity: 2,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output_order'],
} satisfies Partial<CommandSpec>;

export const hgetall = defineCommand({
  ...readingAll,
  name: 'hgetall',
  summary: 'Returns all fields and values of a hash.',
  run(context) {
    const { reply } = context;
    const hash = readHash(context, context.args.at(1));
    reply.map(hash?.length ?? 0);
    hash?.forEach((field, value) => {
      reply.bulk(field);
      reply.bulk(value);
    });
  },
});

export const hkeys = defineCommand({
  ...readingAll,
  name: 'hkeys',
  summary: 'Returns all fields of a hash.',
  run(context) {
    const { reply } = context;
    const hash = readHash(context, context.args.at(1));
    reply.array(hash?.length ?? 0);
    hash?.forEach((field) => {
      reply.bulk(field);
    });
  },
});

export const hvals = defineCommand({
  ...readingAll,
  name: 'hvals',
  summary: 'Returns all values of a hash.',
  run(context) {
    const { reply } = context;
    const hash = readHash(context, context.args.at(1));
    reply.array(hash?.length ?? 0);
    hash?.forEach((_field, value) => {
      reply.bulk(value);
    });
  },
});
