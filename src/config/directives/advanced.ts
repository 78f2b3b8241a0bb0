/** Background work and threads. */

import { section } from '../directive.ts';
import { flag } from '../kinds/flag.ts';
import { integer } from '../kinds/integer.ts';
import { INT_MAX } from '../numbers.ts';

export const advanced = section('Advanced', [
  integer('hz', {
    default: 10,
    min: 0,
    max: INT_MAX,
    clamp: [1, 500],
    summary:
      'How often per second the server does its background work, such as closing idle clients and looking for expired keys. Values outside of 1 to 500 are brought into that range.',
  }),
  flag('dynamic-hz', {
    default: true,
    summary:
      'Do background work more often when there are many clients: at least once for every 200 of them, up to hz 500.',
  }),
  flag('activerehashing', {
    default: true,
    summary: 'Use idle time to finish the growing of hash tables.',
    ignored: 'tables grow one small segment at a time and leave nothing to finish',
  }),
  integer('io-threads', {
    default: 1,
    min: 1,
    max: 128,
    immutable: true,
    summary: 'How many threads write to clients.',
    ignored: 'input and output of clients stay on one thread',
  }),
  flag('io-threads-do-reads', {
    default: false,
    immutable: true,
    summary: 'Let these threads read as well.',
    ignored: 'see io-threads',
  }),
  flag('jemalloc-bg-thread', {
    default: true,
    summary: 'Let the allocator of Redis give memory back on a thread of its own.',
    ignored: 'the server has an allocator of its own',
  }),
]);
