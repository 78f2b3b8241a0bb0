/**
 * HGET, HMGET, HSTRLEN, HEXISTS and HLEN: asking for single fields.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { HashValue } from '../../keyspace/hash-value.ts';
import { readHash } from './open-hash.ts';

export const hget = defineCommand({
  name: 'hget',
  summary: 'Returns the value of a field of a hash.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const hash = readHash(context, context.args.at(1));
    if (hash?.find(context.args.at(2))) replyFound(context, hash);
    else context.reply.null();
  },
});

export const hmget = defineCommand({
  name: 'hmget',
  summary: 'Returns the values of several fields of a hash.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N), where N is the number of fields asked for.',
  syntax: 'key field [field ...]',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO', 'access'),
  run(context) {
    const { args, reply } = context;
    const hash = readHash(context, args.at(1));
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      if (hash?.find(args.at(i))) replyFound(context, hash);
      else reply.null();
    }
  },
});

export const hstrlen = defineCommand({
  name: 'hstrlen',
  summary: 'Returns the length of the value of a field, in bytes.',
  since: '3.2.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    const hash = readHash(context, context.args.at(1));
    context.reply.integer(hash?.valueLength(context.args.at(2)) ?? 0);
  },
});

export const hexists = defineCommand({
  name: 'hexists',
  summary: 'Tells whether a hash has a field.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key field',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    const hash = readHash(context, context.args.at(1));
    context.reply.integer(hash?.has(context.args.at(2)) ? 1 : 0);
  },
});

export const hlen = defineCommand({
  name: 'hlen',
  summary: 'Returns the number of fields of a hash.',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: oneKey('RO'),
  run(context) {
    context.reply.integer(readHash(context, context.args.at(1))?.length ?? 0);
  },
});

/** Answers the value just found, piece by piece if it lies in pieces. */
function replyFound({ reply }: CommandContext, hash: HashValue): void {
  if (!hash.isInPieces) {
    reply.bulk(hash.found);
    return;
  }
  const length = hash.foundLength;
  reply.beginBulk(length);
  for (let at = 0; at < length; ) {
    at += hash.seekPiece(at);
    reply.run(hash.found.bytes, hash.found.start, hash.found.end);
  }
  reply.endBulk();
}
