import { allKeys } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';

export const del = defineCommand({
  name: 'del',
  summary: 'Deletes one or more keys.',
  since: '1.0.0',
  group: 'generic',
  complexity:
    'O(N) where N is the number of keys; large values are taken out at once and their memory is freed in slices.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['write'],
  acl: ['keyspace'],
  keys: allKeys(1, 'RM', 'delete'),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  run: deleteKeys,
});

export const unlink = defineCommand({
  name: 'unlink',
  summary: 'Deletes one or more keys and frees their memory later.',
  since: '4.0.0',
  group: 'generic',
  complexity: 'O(1) for each key, whatever its size; the memory is freed in slices afterwards.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['write', 'fast'],
  acl: ['keyspace'],
  keys: allKeys(1, 'RM', 'delete'),
  tips: ['request_policy:multi_shard', 'response_policy:agg_sum'],
  run: deleteKeys,
});

function deleteKeys({ args, database, reply }: CommandContext): void {
  let deleted = 0;
  for (let i = 1; i < args.count; i++) {
    const key = args.at(i);
    if (!database.delete(key)) continue;
    database.changed(key, EVENT_GENERIC, 'del');
    deleted++;
  }
  reply.integer(deleted);
}
