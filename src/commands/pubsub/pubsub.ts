/**
 * PUBSUB: who listens to what.
 */
import type { CommandSpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import type { SubscriptionKind } from '../../dispatch/pubsub-service.ts';
import { globMatch } from '../../lib/glob.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

const HELP: readonly string[] = [
  'CHANNELS [<pattern>]',
  '    List the channels that somebody listens to, those that match <pattern> (default: all).',
  'NUMPAT',
  '    Count the patterns that somebody listens to.',
  'NUMSUB [<channel> ...]',
  '    Count who listens to each of the channels, patterns not included (default: no channels).',
  'SHARDCHANNELS [<pattern>]',
  '    List the shard channels that somebody listens to, those that match <pattern> (default: all).',
  'SHARDNUMSUB [<shardchannel> ...]',
  '    Count who listens to each of the shard channels (default: none).',
];

/** What all that ask have in common. */
const asking = {
  group: 'pubsub',
  flags: ['pubsub', 'loading', 'stale'],
} satisfies Partial<CommandSpec>;

const channels = defineCommand({
  ...asking,
  name: 'channels',
  summary: 'Lists the channels that somebody listens to.',
  since: '2.8.0',
  complexity:
    'O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)',
  syntax: '[pattern]',
  arity: -2,
  run: (context) => replyNames(context, 'channel'),
});

const numsub = defineCommand({
  ...asking,
  name: 'numsub',
  summary: 'Counts who listens to each of the channels.',
  since: '2.8.0',
  complexity: 'O(N) for the NUMSUB subcommand, where N is the number of requested channels',
  syntax: '[channel [channel ...]]',
  arity: -2,
  run: (context) => replyCounts(context, 'channel'),
});

const numpat = defineCommand({
  ...asking,
  name: 'numpat',
  summary: 'Counts the patterns that somebody listens to.',
  since: '2.8.0',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  run({ reply, server }) {
    reply.integer(server.pubsub.count('pattern'));
  },
});

const shardchannels = defineCommand({
  ...asking,
  name: 'shardchannels',
  summary: 'Lists the shard channels that somebody listens to.',
  since: '7.0.0',
  complexity:
    'O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).',
  syntax: '[pattern]',
  arity: -2,
  run: (context) => replyNames(context, 'shard'),
});

const shardnumsub = defineCommand({
  ...asking,
  name: 'shardnumsub',
  summary: 'Counts who listens to each of the shard channels.',
  since: '7.0.0',
  complexity: 'O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels',
  syntax: '[shardchannel [shardchannel ...]]',
  arity: -2,
  run: (context) => replyCounts(context, 'shard'),
});

const help = helpCommand({ since: '6.2.0', group: 'pubsub' }, HELP);

export const pubsub = defineCommand({
  name: 'pubsub',
  summary: 'A container for commands about subscriptions.',
  since: '2.8.0',
  group: 'pubsub',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [channels, help, numpat, numsub, shardchannels, shardnumsub],
});

function replyNames({ args, reply, server }: CommandContext, kind: SubscriptionKind): void {
  if (args.count > 3) throw errors.subcommandSyntax(args.at(0), args.at(1));
  const mark = reply.beginDeferred();
  let count = 0;
  for (const text of server.pubsub.names(kind)) {
    const name = Slice.from(Buffer.from(text, 'latin1'));
    if (args.count === 3 && !globMatch(args.at(2), name)) continue;
    reply.bulk(name);
    count++;
  }
  reply.endDeferred(mark, 'array', count);
}

function replyCounts({ args, reply, server }: CommandContext, kind: SubscriptionKind): void {
  reply.array((args.count - 2) * 2);
  for (let i = 2; i < args.count; i++) {
    reply.bulk(args.at(i));
    reply.integer(server.pubsub.subscriberCount(kind, args.at(i)));
  }
}
