import type { KeySpec } from '../../dispatch/command.ts';

/** Shard channels are found as keys are, for clients that look for the node to send them to; they are none. */
export function shardChannels(last: number): readonly KeySpec[] {
  return [{ flags: ['not_key'], search: { index: 1 }, find: { last, step: 1, limit: 0 } }];
}
