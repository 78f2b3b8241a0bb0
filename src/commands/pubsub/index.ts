import type { CommandSpec } from '../../dispatch/command.ts';
import { publish, spublish } from './publish.ts';
import { pubsub } from './pubsub.ts';
import { psubscribe, ssubscribe, subscribe } from './subscribe.ts';
import { punsubscribe, sunsubscribe, unsubscribe } from './unsubscribe.ts';

/** Messages to whoever listens. */
export const pubsubCommands: readonly CommandSpec[] = [
  psubscribe,
  publish,
  pubsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
];
