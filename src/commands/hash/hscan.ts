import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { answerScan } from '../collection-scan.ts';
import { readCursor } from '../keys/scan-options.ts';
import { readHash } from './open-hash.ts';

export const hscan = defineCommand({
  name: 'hscan',
  summary: 'Goes through the fields and values of a hash, some at a time.',
  since: '2.8.0',
  group: 'hash',
  complexity: 'O(1) for every call; O(N) for a whole iteration, where N is the size of the hash.',
  syntax: 'key cursor [MATCH pattern] [COUNT count]',
  arity: -3,
  flags: ['readonly'],
  keys: oneKey('RO', 'access'),
  tips: ['nondeterministic_output'],
  run(context) {
    const cursor = readCursor(context, 2);
    answerScan(context, cursor, readHash(context, context.args.at(1)));
  },
});
