/**
 * MSET and MSETNX: several strings at once.
 */

import { allKeys } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';

export const mset = defineCommand({
  name: 'mset',
  summary: 'Sets the string values of several keys, whatever they held.',
  since: '1.0.1',
  group: 'string',
  complexity: 'O(N) where N is the number of keys',
  syntax: 'key value [key value ...]',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: allKeys(2, 'OW', 'update'),
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  run(context) {
    requirePairs(context, 'mset');
    setPairs(context);
    context.reply.ok();
  },
});

export const msetnx = defineCommand({
  name: 'msetnx',
  summary: 'Sets the string values of several keys, but none of them if any of the keys exists.',
  since: '1.0.1',
  group: 'string',
  complexity: 'O(N) where N is the number of keys',
  syntax: 'key value [key value ...]',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: allKeys(2, 'OW', 'insert'),
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  run(context) {
    requirePairs(context, 'msetnx');
    const { args, database, reply } = context;
    for (let i = 1; i < args.count; i += 2) {
      if (database.lookupForWrite(args.at(i)) === NULL) continue;
      reply.integer(0);
      return;
    }
    setPairs(context);
    reply.integer(1);
  },
});

function requirePairs(context: CommandContext, command: string): void {
  if (context.args.count % 2 === 0) throw errors.wrongArity(command);
}

function setPairs({ args, database }: CommandContext): void {
  for (let i = 1; i < args.count; i += 2) {
    const key = args.at(i);
    database.setString(key, args.at(i + 1), NO_DEADLINE);
    database.changed(key, EVENT_STRING, 'set');
  }
}
