import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import { databaseOf } from './database-number.ts';

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

export const swapdb = defineCommand({
  name: 'swapdb',
  summary: 'Exchanges the contents of two databases.',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of clients that watch or wait for keys of either database.',
  syntax: 'index1 index2',
  arity: 3,
  flags: ['write', 'fast'],
  acl: ['keyspace', 'dangerous'],
  run(context) {
    const first = context.integerBetween(1, INT_MIN, INT_MAX, errors.invalidFirstDatabase);
    const second = context.integerBetween(2, INT_MIN, INT_MAX, errors.invalidSecondDatabase);
    context.keyspace.swap(databaseOf(context, first).index, databaseOf(context, second).index);
    context.keyspace.dirty++;
    context.reply.ok();
  },
});
