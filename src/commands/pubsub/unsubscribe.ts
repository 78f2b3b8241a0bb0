import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { SubscriptionKind } from '../../dispatch/pubsub-service.ts';
import { Slice } from '../../lib/slice.ts';
import { shardChannels } from './channel-keys.ts';
import { confirm } from './confirmation.ts';
import { shardSubscriptions, subscriptions } from './subscription-commands.ts';

export const unsubscribe = defineCommand({
  ...subscriptions,
  name: 'unsubscribe',
  summary: 'Stops listening to channels, to all if none is named.',
  complexity: 'O(N) where N is the number of clients already subscribed to a channel.',
  syntax: '[channel [channel ...]]',
  arity: -1,
  channels: { use: 'unsubscribe', count: -1 },
  run: (context) => unsubscribeFromAll(context, 'channel', 'unsubscribe'),
});

export const punsubscribe = defineCommand({
  ...subscriptions,
  name: 'punsubscribe',
  summary: 'Stops listening to channels whose names match patterns, to all patterns if none is given.',
  complexity:
    'O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).',
  syntax: '[pattern [pattern ...]]',
  arity: -1,
  channels: { use: 'unsubscribe', patterns: true, count: -1 },
  run: (context) => unsubscribeFromAll(context, 'pattern', 'punsubscribe'),
});

export const sunsubscribe = defineCommand({
  ...shardSubscriptions,
  name: 'sunsubscribe',
  summary: 'Stops listening to shard channels, to all if none is named.',
  complexity: 'O(N) where N is the number of clients already subscribed to a shard channel.',
  syntax: '[shardchannel [shardchannel ...]]',
  arity: -1,
  channels: { use: 'unsubscribe', count: -1 },
  keys: shardChannels(-1),
  run: (context) => unsubscribeFromAll(context, 'shard', 'sunsubscribe'),
});

function unsubscribeFromAll({ args, server, session }: CommandContext, kind: SubscriptionKind, event: string): void {
  const { pubsub } = server;
  const end = (name: Slice): void => {
    pubsub.unsubscribe(session, kind, name.toLatin1());
    confirm(session, event, kind, name);
  };
  if (args.count > 1) for (let i = 1; i < args.count; i++) end(args.at(i));
  else {
    const names = [...pubsub.subscriptions(session, kind)];
    for (const name of names) end(Slice.from(Buffer.from(name, 'latin1')));
    // There is always an answer.
    if (names.length === 0) confirm(session, event, kind, null);
  }
  session.followSubscriptions();
}
