/** All suites, in the order of the report. A new one is a file beside this and a line here. */
import type { Suite } from '../suite.ts';
import { appendOnlySuite } from './append-only.ts';
import { collectionsSuite } from './collections.ts';
import { memorySuite } from './memory.ts';
import { persistenceSuite } from './persistence.ts';
import { pubsubSuite } from './pubsub.ts';
import { scriptingSuite } from './scripting.ts';
import { stallSuite } from './stall.ts';
import { startSuite } from './start.ts';
import { stringsSuite } from './strings.ts';

export const suites: readonly Suite[] = [
  stringsSuite,
  collectionsSuite,
  pubsubSuite,
  scriptingSuite,
  memorySuite,
  stallSuite,
  persistenceSuite,
  appendOnlySuite,
  startSuite,
];
