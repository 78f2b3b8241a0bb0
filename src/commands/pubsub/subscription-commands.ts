/**
 * What the commands that begin and end subscriptions have in common.
 */
import type { CommandSpec } from '../../dispatch/command.ts';

/** Those for channels and patterns. */
export const subscriptions = {
  since: '2.0.0',
  group: 'pubsub',
  flags: ['pubsub', 'noscript', 'loading', 'stale', 'sentinel', 'while_subscribed'],
} satisfies Partial<CommandSpec>;

/** Those for shard channels. */
export const shardSubscriptions = {
  since: '7.0.0',
  group: 'pubsub',
  flags: ['pubsub', 'noscript', 'loading', 'stale', 'while_subscribed'],
} satisfies Partial<CommandSpec>;
