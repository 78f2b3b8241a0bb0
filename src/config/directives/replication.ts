/** Primaries and replicas. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { flag } from '../kinds/flag.ts';
import { bytes, integer } from '../kinds/integer.ts';
import { primary } from '../kinds/primary.ts';
import { secret, text } from '../kinds/text.ts';
import { INT_MAX, INT64_MAX } from '../numbers.ts';

export const replication = section('Replication', [
  primary('replicaof', {
    alias: 'slaveof',
    immutable: true,
    example: '192.0.2.1 6379',
    summary: 'Be a replica of the server at this host and port. REPLICAOF changes it while the server runs.',
  }),
  secret('masterauth', {
    sensitive: true,
    example: 'secret',
    form: 'a password',
    summary: 'The password to log in to the primary with.',
  }),
  secret('masteruser', {
    sensitive: true,
    example: 'replica',
    form: 'a user name',
    summary: 'The user to log in to the primary as, where it is not the default user.',
  }),
  flag('replica-serve-stale-data', {
    alias: 'slave-serve-stale-data',
    default: true,
    summary: 'Let a replica answer from the data it has while it is not in touch with its primary.',
  }),
  flag('replica-read-only', {
    alias: 'slave-read-only',
    default: true,
    summary: 'Refuse writes from clients of a replica.',
  }),
  flag('repl-diskless-sync', {
    default: true,
    summary: 'Send the snapshot of a full resynchronisation straight to the replicas, without a file in between.',
  }),
  integer('repl-diskless-sync-delay', {
    default: 5,
    min: 0,
    max: INT_MAX,
    summary:
      'How many seconds to wait for more replicas before such a snapshot starts; later ones have to wait for the next.',
  }),
  integer('repl-diskless-sync-max-replicas', {
    default: 0,
    min: 0,
    max: INT_MAX,
    summary: 'Start at once when so many replicas are waiting; 0 always waits for the delay.',
  }),
  choice('repl-diskless-load', {
    options: ['disabled', 'on-empty-db', 'swapdb'],
    default: 'disabled',
    denyLoading: true,
    summary:
      'How a replica takes a snapshot in: through a file, straight from the connection where it has no data, or straight from the connection beside the old data, which is kept until the new is complete.',
  }),
  integer('repl-ping-replica-period', {
    alias: 'repl-ping-slave-period',
    default: 10,
    min: 1,
    max: INT_MAX,
    summary: 'How often, in seconds, a primary pings its replicas.',
  }),
  integer('repl-timeout', {
    default: 60,
    min: 1,
    max: INT_MAX,
    summary:
      'After how many silent seconds a primary or a replica gives the other up. Make it longer than the ping period.',
  }),
  flag('repl-disable-tcp-nodelay', {
    default: false,
    summary: 'Gather small packets to replicas, which saves bandwidth and costs up to 40 ms of delay.',
  }),
  bytes('repl-backlog-size', {
    default: 1024 * 1024,
    min: 1,
    max: INT64_MAX,
    summary:
      'How much of the latest writes a primary keeps for replicas that come back. The more, the longer they may be away without a full resynchronisation.',
  }),
  integer('repl-backlog-ttl', {
    default: 3600,
    min: 0,
    max: INT64_MAX,
    summary: 'After how many seconds without replicas the backlog is freed; 0 never does.',
  }),
  integer('replica-priority', {
    alias: 'slave-priority',
    default: 100,
    min: 0,
    max: INT_MAX,
    summary: 'Sentinel prefers replicas with a smaller number to become primary, and never chooses one with 0.',
  }),
  flag('replica-announced', {
    default: true,
    summary: 'Let Sentinel show this replica to its clients.',
  }),
  integer('min-replicas-to-write', {
    alias: 'min-slaves-to-write',
    default: 0,
    min: 0,
    max: INT_MAX,
    summary: 'Refuse writes while fewer replicas than this are in good order; 0 never does.',
  }),
  integer('min-replicas-max-lag', {
    alias: 'min-slaves-max-lag',
    default: 10,
    min: 0,
    max: INT_MAX,
    summary: 'A replica is in good order when its last message is not older than so many seconds.',
  }),
  text('replica-announce-ip', {
    alias: 'slave-announce-ip',
    example: '192.0.2.2',
    form: 'an address or a name',
    summary: 'The address a replica gives its primary, where the one it is seen with cannot be reached.',
  }),
  integer('replica-announce-port', {
    alias: 'slave-announce-port',
    default: 0,
    min: 0,
    max: 65535,
    summary: 'The port a replica gives its primary; 0 for the one it listens on.',
  }),
  flag('replica-lazy-flush', {
    alias: 'slave-lazy-flush',
    default: false,
    summary: 'Free the old data set of a replica in the background.',
    ignored: 'memory is always freed in small slices',
  }),
  flag('replica-ignore-disk-write-errors', {
    default: false,
    summary: 'Let a replica go on executing the writes of its primary when it cannot store them, rather than stop.',
  }),
  choice('propagation-error-behavior', {
    options: ['ignore', 'panic', 'panic-on-replicas'],
    default: 'ignore',
    summary:
      'What to do when a command from the primary or from the append only file fails, which means that data sets differ: go on, stop the server, or stop it where it is a replica.',
  }),
]);
