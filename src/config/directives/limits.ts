/** What clients may use. */

import { section } from '../directive.ts';
import { bufferLimits } from '../kinds/buffer-limits.ts';
import { bytes, bytesOrPercent, integer } from '../kinds/integer.ts';
import { INT64_MAX, UINT_MAX } from '../numbers.ts';

const MIB = 1024 * 1024;

export const limits = section('Clients', [
  integer('maxclients', {
    default: 10000,
    min: 1,
    max: UINT_MAX,
    unsigned: true,
    summary: 'How many clients may be connected at once; further ones get an error and are closed.',
  }),
  bytesOrPercent('maxmemory-clients', {
    default: 0,
    min: -100,
    max: INT64_MAX,
    summary:
      'How much memory all clients may use together for queries, output and the like, as a size or as a percentage of maxmemory; above it those that use most are disconnected. 0 is no limit.',
  }),
  bytes('client-query-buffer-limit', {
    default: 1024 * MIB,
    min: MIB,
    max: INT64_MAX,
    unsigned: true,
    summary: 'How much of one client may be received and not yet executed.',
  }),
  bytes('proto-max-bulk-len', {
    default: 512 * MIB,
    min: MIB,
    max: INT64_MAX,
    summary: 'The longest argument of a command, and so the longest string value.',
  }),
  bufferLimits('client-output-buffer-limit', {
    default: {
      normal: { hardBytes: 0, softBytes: 0, softSeconds: 0 },
      replica: { hardBytes: 256 * MIB, softBytes: 64 * MIB, softSeconds: 60 },
      pubsub: { hardBytes: 32 * MIB, softBytes: 8 * MIB, softSeconds: 60 },
    },
    summary:
      'Disconnect a client that does not read what it is sent: at once above the hard limit, or after so many seconds above the soft limit. Each class of client has limits of its own; 0 is no limit.',
  }),
  integer('tracking-table-max-keys', {
    default: 1000000,
    min: 0,
    max: INT64_MAX,
    unsigned: true,
    summary:
      'How many keys the server remembers for client-side caching; above it, entries are dropped and clients told to forget them. 0 is no limit.',
  }),
]);
