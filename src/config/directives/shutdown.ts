/** Stopping. */

import { section } from '../directive.ts';
import { choices } from '../kinds/choice.ts';
import { integer } from '../kinds/integer.ts';
import { INT_MAX } from '../numbers.ts';

const OPTIONS = ['save', 'nosave', 'now', 'force'] as const;

export const shutdown = section('Shutdown', [
  integer('shutdown-timeout', {
    default: 10,
    min: 0,
    max: INT_MAX,
    summary: 'How many seconds to wait at a shutdown for replicas to catch up.',
  }),
  choices('shutdown-on-sigint', {
    none: 'default',
    options: OPTIONS,
    check: checkOptions,
    summary:
      'How SIGINT stops the server, in the words of the SHUTDOWN command: write a snapshot or not, do not wait for replicas, stop in spite of errors. The default writes one where save points are set.',
  }),
  choices('shutdown-on-sigterm', {
    none: 'default',
    options: OPTIONS,
    check: checkOptions,
    summary: 'The same for SIGTERM.',
  }),
]);

function checkOptions(chosen: ReadonlySet<string>): string | null {
  return chosen.has('save') && chosen.has('nosave')
    ? "shutdown options SAVE and NOSAVE can't be used simultaneously"
    : null;
}
