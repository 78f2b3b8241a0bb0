/** Redis Cluster, which this server doesn't take part in. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { flag } from '../kinds/flag.ts';
import { bytes, integer } from '../kinds/integer.ts';
import { text } from '../kinds/text.ts';
import { INT_MAX, INT64_MAX, UINT64_MAX } from '../numbers.ts';

const ignored = 'there is no cluster mode';

export const cluster = section('Cluster', [
  flag('cluster-enabled', {
    default: false,
    immutable: true,
    summary: 'Be a node of a cluster.',
    ignored,
  }),
  text('cluster-config-file', {
    default: 'nodes.conf',
    immutable: true,
    form: 'a path',
    summary: 'The file in which a node keeps what it knows of the others.',
    ignored,
  }),
  integer('cluster-node-timeout', {
    default: 15000,
    min: 0,
    max: INT64_MAX,
    summary: 'After how many silent milliseconds a node counts as failing.',
    ignored,
  }),
  integer('cluster-port', {
    default: 0,
    min: 0,
    max: 65535,
    immutable: true,
    summary: 'The port for other nodes; 0 for the client port plus 10000.',
    ignored,
  }),
  integer('cluster-replica-validity-factor', {
    alias: 'cluster-slave-validity-factor',
    default: 10,
    min: 0,
    max: INT_MAX,
    summary: 'How outdated a replica may be to replace its primary, in node timeouts.',
    ignored,
  }),
  integer('cluster-migration-barrier', {
    default: 1,
    min: 0,
    max: INT_MAX,
    summary: 'How many replicas a primary keeps when one moves to a primary without any.',
    ignored,
  }),
  flag('cluster-allow-replica-migration', {
    default: true,
    summary: 'Let replicas move to primaries without any.',
    ignored,
  }),
  flag('cluster-require-full-coverage', {
    default: true,
    summary: 'Stop answering when some slots have no node.',
    ignored,
  }),
  flag('cluster-replica-no-failover', {
    alias: 'cluster-slave-no-failover',
    default: false,
    summary: 'Keep a replica from replacing its primary by itself.',
    ignored,
  }),
  flag('cluster-allow-reads-when-down', {
    default: false,
    summary: 'Answer reads while the cluster is down.',
    ignored,
  }),
  flag('cluster-allow-pubsubshard-when-down', {
    default: true,
    summary: 'Serve sharded channels while the cluster is down.',
    ignored,
  }),
  bytes('cluster-link-sendbuf-limit', {
    default: 0,
    min: 0,
    max: UINT64_MAX,
    unsigned: true,
    summary: 'How much output may wait for another node; 0 is no limit.',
    ignored,
  }),
  text('cluster-announce-ip', {
    example: '192.0.2.3',
    form: 'an address',
    summary: 'The address to give to other nodes.',
    ignored,
  }),
  text('cluster-announce-hostname', {
    check: checkHostName,
    example: 'node1.example.com',
    form: 'a host name',
    summary: 'The name to give to clients.',
    ignored,
  }),
  integer('cluster-announce-port', {
    default: 0,
    min: 0,
    max: 65535,
    summary: 'The client port to give to other nodes.',
    ignored,
  }),
  integer('cluster-announce-tls-port', {
    default: 0,
    min: 0,
    max: 65535,
    summary: 'The TLS port to give to other nodes.',
    ignored,
  }),
  integer('cluster-announce-bus-port', {
    default: 0,
    min: 0,
    max: 65535,
    summary: 'The port for other nodes to give to them.',
    ignored,
  }),
  choice('cluster-preferred-endpoint-type', {
    options: ['ip', 'hostname', 'unknown-endpoint'],
    default: 'ip',
    summary: 'What clients are redirected to.',
    ignored,
  }),
]);

const LONGEST_HOST_NAME = 255;

function checkHostName(name: string): string | null {
  if (name.length > LONGEST_HOST_NAME) return 'Hostnames must be less than 256 characters';
  return /^[A-Za-z0-9.-]*$/.test(name) ? null : 'Hostnames may only contain alphanumeric characters, hyphens or dots';
}
