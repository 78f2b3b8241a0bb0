/**
 * PUBLISH and SPUBLISH. Messages go to the replicas, whose subscribers get them too, and not to the append-only file.
 */
import { defineCommand } from '../../dispatch/define-command.ts';
import { shardChannels } from './channel-keys.ts';

export const publish = defineCommand({
  name: 'publish',
  summary: 'Sends a message to all who listen to a channel, and answers how many that are.',
  since: '2.0.0',
  group: 'pubsub',
  complexity:
    'O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).',
  syntax: 'channel message',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate', 'sentinel'],
  channels: { use: 'publish', count: 1 },
  run({ args, database, reply, server }) {
    const receivers = server.pubsub.publish(args.at(1), args.at(2));
    if (server.writeLog.hasSubscribers) server.writeLog.message(database.index, args);
    reply.integer(receivers);
  },
});

export const spublish = defineCommand({
  name: 'spublish',
  summary: 'Sends a message to all who listen to a shard channel, and answers how many that are.',
  since: '7.0.0',
  group: 'pubsub',
  complexity: 'O(N) where N is the number of clients subscribed to the receiving shard channel.',
  syntax: 'shardchannel message',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  channels: { use: 'publish', count: 1 },
  keys: shardChannels(0),
  run({ args, database, reply, server }) {
    const receivers = server.pubsub.publishToShard(args.at(1), args.at(2));
    if (server.writeLog.hasSubscribers) server.writeLog.message(database.index, args);
    reply.integer(receivers);
  },
});
