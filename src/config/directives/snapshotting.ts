/** Writing the data set to an RDB file. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { directory } from '../kinds/directory.ts';
import { flag } from '../kinds/flag.ts';
import { integer } from '../kinds/integer.ts';
import { savePoints } from '../kinds/save-points.ts';
import { text } from '../kinds/text.ts';
import { INT_MAX, INT_MIN } from '../numbers.ts';

export const snapshotting = section('Snapshots', [
  savePoints('save', {
    default: [
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10000 },
    ],
    summary:
      'Write a snapshot when so many seconds have passed since the last one and at least so many changes were made. Several pairs, on one line or on several, each suffice. An empty text turns automatic snapshots off.',
  }),
  flag('stop-writes-on-bgsave-error', {
    default: true,
    summary: 'Refuse writes after a snapshot has failed, until one succeeds, so that the failure is noticed.',
  }),
  flag('rdbcompression', {
    default: true,
    summary: 'Compress longer strings in RDB files.',
  }),
  flag('rdbchecksum', {
    default: true,
    immutable: true,
    summary: 'Write a checksum at the end of RDB files, and check it when loading.',
  }),
  choice('sanitize-dump-payload', {
    options: ['no', 'yes', 'clients'],
    default: 'no',
    summary:
      'Whether RESTORE and the loading of RDB files check what they read in full depth: never, always, or where it comes from a client.',
    ignored: 'what is read is always checked in full depth',
  }),
  text('dbfilename', {
    default: 'dump.rdb',
    protected: true,
    check: (name) => (/[/\\]/.test(name) ? "dbfilename can't be a path, just a filename" : null),
    form: 'a file name without directories',
    summary: 'The name of the RDB file.',
  }),
  flag('rdb-del-sync-files', {
    default: false,
    summary: 'Delete RDB files that replication has left, where neither snapshots nor the append only file are in use.',
  }),
  directory('dir', {
    protected: true,
    denyLoading: true,
    summary:
      'The directory of RDB and append only files, which has to exist. Relative paths in other directives start from it. By default it is the directory the server was started in.',
  }),
  flag('rdb-save-incremental-fsync', {
    default: true,
    summary: 'Sync an RDB file to disk piece by piece while it is written, rather than all of it at the end.',
  }),
  integer('rdb-key-save-delay', {
    default: 0,
    min: INT_MIN,
    max: INT_MAX,
    hidden: true,
    summary: 'For tests: wait so many microseconds after each key written to an RDB file.',
  }),
  integer('key-load-delay', {
    default: 0,
    min: INT_MIN,
    max: INT_MAX,
    hidden: true,
    summary: 'For tests: wait so many microseconds after each key loaded.',
  }),
  integer('loading-process-events-interval-bytes', {
    default: 2 * 1024 * 1024,
    min: 1024,
    max: INT_MAX,
    hidden: true,
    summary: 'For tests: how many bytes to load between two looks at the clients.',
    ignored: 'loading looks at the clients every 10 milliseconds',
  }),
]);
