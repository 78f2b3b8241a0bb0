/** Slow commands, latency and keyspace events. */

import { section } from '../directive.ts';
import { eventClasses } from '../kinds/event-classes.ts';
import { flag } from '../kinds/flag.ts';
import { integer } from '../kinds/integer.ts';
import { percentiles } from '../kinds/number-list.ts';
import { INT64_MAX } from '../numbers.ts';

export const slowLog = section('Slow log', [
  integer('slowlog-log-slower-than', {
    default: 10000,
    min: -1,
    max: INT64_MAX,
    summary: 'Remember commands that take longer than so many microseconds; 0 remembers all of them, -1 none.',
  }),
  integer('slowlog-max-len', {
    default: 128,
    min: 0,
    max: INT64_MAX,
    summary: 'How many commands SLOWLOG remembers.',
  }),
]);

export const latency = section('Latency', [
  integer('latency-monitor-threshold', {
    default: 0,
    min: 0,
    max: INT64_MAX,
    summary: 'Let LATENCY record events that take at least so many milliseconds; 0 records none.',
  }),
  flag('latency-tracking', {
    default: true,
    summary: 'Keep a histogram of execution times per command, for LATENCY HISTOGRAM and INFO latencystats.',
  }),
  percentiles('latency-tracking-info-percentiles', {
    default: [50, 99, 99.9],
    summary: 'The percentiles of these times that INFO shows.',
  }),
]);

export const events = section('Keyspace events', [
  eventClasses('notify-keyspace-events', {
    summary:
      'Publish what happens to keys. K publishes to the channel of the key and E to that of the event; one of them is needed. Beside them stand the classes: g (commands for any type), $ (strings), l (lists), s (sets), h (hashes), z (sorted sets), t (streams), d (modules), x (expired), e (evicted), A (all of these), m (a key that was asked for and is not there), n (a new key).',
  }),
]);
