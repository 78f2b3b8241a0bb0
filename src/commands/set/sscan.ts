import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { answerScan } from '../collection-scan.ts';
import { readCursor } from '../keys/scan-options.ts';
import { readSet } from './open-set.ts';

export const sscan = defineCommand({
  name: 'sscan',
  summary: 'Goes through the members of a set, some at a time.',
  since: '2.8.0',
  group: 'set',
  complexity: 'O(1) for every call; O(N) for a whole iteration, where N is the number of members.',
  syntax: 'key cursor [MATCH pattern] [COUNT count]',
  arity: -3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const cursor = readCursor(context, 2);
    answerScan(context, cursor, readSet(context, context.args.at(1)));
  },
});
