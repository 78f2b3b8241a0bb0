/** The log of writes. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { flag } from '../kinds/flag.ts';
import { bytes, integer } from '../kinds/integer.ts';
import { text } from '../kinds/text.ts';
import { INT_MAX, INT64_MAX } from '../numbers.ts';

export const appendOnly = section('Append only file', [
  flag('appendonly', {
    default: false,
    denyLoading: true,
    summary: 'Log every write to files from which the data set is rebuilt at start.',
  }),
  text('appendfilename', {
    default: 'appendonly.aof',
    immutable: true,
    check: (name) => checkName(name, 'appendfilename', 'filename'),
    form: 'a file name without directories',
    summary: 'What the names of these files begin with.',
  }),
  text('appenddirname', {
    default: 'appendonlydir',
    immutable: true,
    check: (name) => checkName(name, 'appenddirname', 'dirname'),
    form: 'a directory name without others',
    summary: 'The directory of these files, inside dir.',
  }),
  choice('appendfsync', {
    options: ['everysec', 'always', 'no'],
    default: 'everysec',
    summary:
      'When writes reach the disk: before their reply is sent ("always"), within about a second, or when the operating system likes.',
  }),
  flag('no-appendfsync-on-rewrite', {
    default: false,
    summary: 'Do not sync while a rewrite or a snapshot keeps the disk busy: less delay, more to lose in a power cut.',
  }),
  integer('auto-aof-rewrite-percentage', {
    default: 100,
    min: 0,
    max: INT_MAX,
    summary: 'Rewrite the files when they have grown by this percentage since the last rewrite; 0 never does.',
  }),
  bytes('auto-aof-rewrite-min-size', {
    default: 64 * 1024 * 1024,
    min: 0,
    max: INT64_MAX,
    summary: 'Do not rewrite files smaller than this.',
  }),
  flag('aof-load-truncated', {
    default: true,
    summary:
      'Start in spite of an incomplete command at the end of the last file, as a power cut leaves it. What is cut off is kept aside.',
  }),
  choice('aof-load-corrupt-policy', {
    options: ['refuse', 'rdb-fallback'],
    default: 'refuse',
    summary:
      'What to do at start about files damaged elsewhere than at their end: stop with the place and the ways out, or take the newer of what is sound and the last RDB file, and keep the damaged files aside.',
  }),
  flag('aof-use-rdb-preamble', {
    default: true,
    summary: 'Write the base of a rewrite in the RDB format, which is smaller and faster to load than commands.',
  }),
  flag('aof-timestamp-enabled', {
    default: false,
    summary: 'Write the time into the files now and then, so that they can be cut at a point in time.',
  }),
  flag('aof-rewrite-incremental-fsync', {
    default: true,
    summary: 'Sync a rewritten file to disk piece by piece while it is written.',
  }),
  flag('aof-disable-auto-gc', {
    default: false,
    summary: 'Keep the files that a rewrite has replaced.',
  }),
]);

function checkName(name: string, directive: string, kind: string): string | null {
  if (name === '') return `${directive} can't be empty`;
  return /[/\\]/.test(name) ? `${directive} can't be a path, just a ${kind}` : null;
}
