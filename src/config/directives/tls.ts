/** Encrypted connections. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { flag } from '../kinds/flag.ts';
import { integer } from '../kinds/integer.ts';
import { text } from '../kinds/text.ts';
import { INT_MAX } from '../numbers.ts';

export const tls = section('TLS', [
  integer('tls-port', {
    default: 0,
    min: 0,
    max: 65535,
    summary:
      'The port for TLS connections; 0 for none. Set "port 0" beside it to serve nothing but encrypted connections.',
  }),
  text('tls-cert-file', {
    volatile: true,
    example: 'respd.crt',
    form: 'a path',
    summary: 'The certificate the server shows, as a PEM file. CONFIG SET reads the file again.',
  }),
  text('tls-key-file', {
    volatile: true,
    example: 'respd.key',
    form: 'a path',
    summary: 'The private key of that certificate, as a PEM file.',
  }),
  text('tls-key-file-pass', {
    example: 'secret',
    summary: 'The passphrase of the private key, where it has one.',
  }),
  text('tls-client-cert-file', {
    volatile: true,
    example: 'client.crt',
    form: 'a path',
    summary:
      'The certificate for connections that the server itself opens (to its primary), where it is not the one above.',
  }),
  text('tls-client-key-file', {
    volatile: true,
    example: 'client.key',
    form: 'a path',
    summary: 'The private key of the client certificate.',
  }),
  text('tls-client-key-file-pass', {
    example: 'secret',
    summary: 'The passphrase of the client key, where it has one.',
  }),
  text('tls-dh-params-file', {
    volatile: true,
    example: 'respd.dh',
    form: 'a path',
    summary: 'Diffie-Hellman parameters for old clients; the library chooses its own without.',
  }),
  text('tls-ca-cert-file', {
    volatile: true,
    example: 'ca.crt',
    form: 'a path',
    summary: 'The authorities whose certificates are trusted, as one PEM file.',
  }),
  text('tls-ca-cert-dir', {
    volatile: true,
    example: '/etc/ssl/certs',
    form: 'a path',
    summary:
      'The same, as a directory of PEM files that are named by the hash of their subject (openssl rehash). It is read when the server starts and by CONFIG SET.',
  }),
  choice('tls-auth-clients', {
    options: ['no', 'yes', 'optional'],
    default: 'yes',
    summary:
      'Whether a client has to show a certificate. With "optional" it need not, but the one it shows has to be valid.',
  }),
  flag('tls-replication', {
    default: false,
    summary: 'Use TLS for the connection to the primary.',
  }),
  flag('tls-cluster', {
    default: false,
    summary: 'Use TLS between the nodes of a cluster.',
    ignored: 'there is no cluster mode',
  }),
  text('tls-protocols', {
    example: '"TLSv1.2 TLSv1.3"',
    form: 'versions, separated by spaces',
    summary: 'The protocol versions to accept. By default those that the library holds for safe.',
  }),
  text('tls-ciphers', {
    example: 'DEFAULT:!MEDIUM',
    form: 'a cipher list of OpenSSL',
    summary: 'The ciphers for TLS 1.2 and older.',
  }),
  text('tls-ciphersuites', {
    example: 'TLS_CHACHA20_POLY1305_SHA256',
    form: 'cipher suites of OpenSSL',
    summary: 'The cipher suites for TLS 1.3.',
  }),
  flag('tls-prefer-server-ciphers', {
    default: false,
    summary: "Follow the server's order of ciphers rather than the client's.",
  }),
  flag('tls-session-caching', {
    default: true,
    summary: 'Let clients resume sessions, which makes reconnecting cheaper.',
  }),
  integer('tls-session-cache-size', {
    default: 20480,
    min: 0,
    max: INT_MAX,
    summary: 'How many sessions the server remembers, for clients that keep no tickets of their own; 0 is no limit.',
  }),
  integer('tls-session-cache-timeout', {
    default: 300,
    min: 0,
    max: INT_MAX,
    summary: 'For how many seconds a session can be resumed.',
  }),
]);
