/** Listening for clients over TCP and Unix sockets. TLS has a section of its own. */

import { section } from '../directive.ts';
import { addresses } from '../kinds/addresses.ts';
import { flag } from '../kinds/flag.ts';
import { integer, octal } from '../kinds/integer.ts';
import { text } from '../kinds/text.ts';
import { INT_MAX, UINT_MAX } from '../numbers.ts';

export const network = section('Network', [
  addresses('bind', {
    default: ['*', '-::*'],
    summary:
      'The addresses to listen on, separated by spaces. "*" is every IPv4 address and "::*" every IPv6 address. The server does not start when it cannot use one of them, unless a "-" stands before it. For a server used from the same host only, give "127.0.0.1 -::1".',
  }),
  text('bind-source-addr', {
    example: '10.0.0.1',
    form: 'an address',
    summary: 'The local address that connections made by the server (to its primary) come from.',
  }),
  flag('protected-mode', {
    default: true,
    summary:
      'Refuse clients from other hosts as long as the default user has no password. Turn it off only where a firewall keeps strangers out.',
  }),
  integer('port', {
    default: 6379,
    min: 0,
    max: 65535,
    summary: 'The TCP port to listen on; 0 for none.',
  }),
  integer('tcp-backlog', {
    default: 511,
    min: 0,
    max: INT_MAX,
    immutable: true,
    summary:
      'How many connections the operating system may hold before the server accepts them. The system has a limit of its own (somaxconn on Linux).',
  }),
  text('unixsocket', {
    immutable: true,
    example: '/run/respd/respd.sock',
    form: 'a path',
    summary: 'The path of a Unix socket to listen on; none by default.',
  }),
  octal('unixsocketperm', {
    default: 0,
    min: 0,
    max: 0o777,
    unsigned: true,
    immutable: true,
    summary: 'The permissions of the Unix socket; 0 leaves them as the system creates them.',
  }),
  integer('timeout', {
    default: 0,
    min: 0,
    max: INT_MAX,
    summary: 'Close a connection that has been idle for so many seconds; 0 never does.',
  }),
  integer('tcp-keepalive', {
    default: 300,
    min: 0,
    max: INT_MAX,
    summary:
      'Ask the operating system to probe silent connections every so many seconds, which finds dead peers and keeps network equipment from forgetting live ones; 0 does not.',
  }),
  integer('socket-mark-id', {
    default: 0,
    min: 0,
    max: UINT_MAX,
    unsigned: true,
    immutable: true,
    summary: 'A mark on listening sockets for the packet filter.',
    ignored: 'Node.js cannot mark sockets',
  }),
]);
