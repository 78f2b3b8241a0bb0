import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import type { SubscriptionKind } from '../../dispatch/pubsub-service.ts';
import { errors } from '../../protocol/errors.ts';
import { shardChannels } from './channel-keys.ts';
import { confirm } from './confirmation.ts';
import { shardSubscriptions, subscriptions } from './subscription-commands.ts';

export const subscribe = defineCommand({
  ...subscriptions,
  name: 'subscribe',
  summary: 'Listens to channels: messages published there are sent to this connection.',
  complexity: 'O(N) where N is the number of channels to subscribe to.',
  syntax: 'channel [channel ...]',
  arity: -2,
  channels: { use: 'subscribe', count: -1 },
  run: (context) => subscribeToAll(context, 'channel', 'subscribe'),
});

export const psubscribe = defineCommand({
  ...subscriptions,
  name: 'psubscribe',
  summary: 'Listens to all channels whose names match patterns.',
  complexity: 'O(N) where N is the number of patterns the client is already subscribed to.',
  syntax: 'pattern [pattern ...]',
  arity: -2,
  channels: { use: 'subscribe', patterns: true, count: -1 },
  run: (context) => subscribeToAll(context, 'pattern', 'psubscribe'),
});

export const ssubscribe = defineCommand({
  ...shardSubscriptions,
  name: 'ssubscribe',
  summary: 'Listens to shard channels.',
  complexity: 'O(N) where N is the number of shard channels to subscribe to.',
  syntax: 'shardchannel [shardchannel ...]',
  arity: -2,
  channels: { use: 'subscribe', count: -1 },
  keys: shardChannels(-1),
  run(context) {
    // The others are allowed in transactions, because they were before anybody asked.
    if (!context.mayBlock) throw errors.shardSubscribeDenied;
    subscribeToAll(context, 'shard', 'ssubscribe');
  },
});

function subscribeToAll({ args, server, session }: CommandContext, kind: SubscriptionKind, event: string): void {
  for (let i = 1; i < args.count; i++) {
    server.pubsub.subscribe(session, kind, args.at(i));
    confirm(session, event, kind, args.at(i));
  }
  session.followSubscriptions();
}
