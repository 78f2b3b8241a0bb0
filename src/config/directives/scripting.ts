/** Lua scripts and functions. */

import { section } from '../directive.ts';
import { flag } from '../kinds/flag.ts';
import { integer } from '../kinds/integer.ts';
import { INT64_MAX } from '../numbers.ts';

export const scripting = section('Scripting', [
  integer('busy-reply-threshold', {
    alias: 'lua-time-limit',
    default: 5000,
    min: 0,
    max: INT64_MAX,
    summary:
      'After how many milliseconds of a running script other clients are answered with BUSY, and the script can be killed; 0 never does.',
  }),
  flag('lua-enable-deprecated-api', {
    default: false,
    immutable: true,
    hidden: true,
    summary: 'Give scripts the parts of the Lua interface that are no longer safe to offer.',
  }),
]);
