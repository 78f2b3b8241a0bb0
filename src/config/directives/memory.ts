/** The memory limit, eviction and expiry. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { flag } from '../kinds/flag.ts';
import { bytes, integer } from '../kinds/integer.ts';
import { INT_MAX, UINT64_MAX } from '../numbers.ts';

export const memory = section('Memory', [
  bytes('maxmemory', {
    default: 0,
    min: 0,
    max: UINT64_MAX,
    unsigned: true,
    summary:
      'How much memory the data set may use; then keys are evicted as the policy says, or writes that need more are refused. 0 is no limit.',
  }),
  choice('maxmemory-policy', {
    options: [
      'volatile-lru',
      'volatile-lfu',
      'volatile-random',
      'volatile-ttl',
      'allkeys-lru',
      'allkeys-lfu',
      'allkeys-random',
      'noeviction',
    ],
    default: 'noeviction',
    summary:
      'Which keys to evict: among those with an expiry ("volatile") or among all, the least recently used (lru), the least often used (lfu), any (random), or those that expire soonest (ttl).',
  }),
  integer('maxmemory-samples', {
    default: 5,
    min: 1,
    max: INT_MAX,
    summary: 'How many keys to compare for an eviction. More choose better and cost more.',
  }),
  integer('maxmemory-eviction-tenacity', {
    default: 10,
    min: 0,
    max: 100,
    summary: 'How long evictions may delay clients: 0 hardly at all, 100 until memory is below the limit.',
  }),
  flag('replica-ignore-maxmemory', {
    alias: 'slave-ignore-maxmemory',
    default: true,
    summary: 'Let a replica evict only what its primary evicts.',
  }),
  integer('active-expire-effort', {
    default: 1,
    min: 1,
    max: 10,
    summary: 'How much work goes into finding expired keys that nobody asks for.',
  }),
  integer('lfu-log-factor', {
    default: 10,
    min: 0,
    max: INT_MAX,
    summary: 'How slowly the use counter of the lfu policies grows; the larger, the more uses it tells apart.',
  }),
  integer('lfu-decay-time', {
    default: 1,
    min: 0,
    max: INT_MAX,
    summary: 'After how many minutes the use counter loses one; 0 keeps it.',
  }),
]);
