/**
 * How long the thread that asks could have run but waited for a processor that others had. Linux counts it for each
 * thread; elsewhere it is taken for none.
 *
 * Source: `/proc/thread-self/schedstat`, whose second number is the time spent waiting on a run queue, in nanoseconds
 * (Linux, Documentation/scheduler/sched-stats).
 */
import { openSync, readSync } from 'node:fs';

/** Three numbers of up to 20 digits. */
const MOST_BYTES = 64;

const bytes = Buffer.alloc(MOST_BYTES);
/** Stays open for as long as the thread lives, whose file it is; negative where there is none. */
let descriptor: number | null = null;

/** Microseconds since the thread began. It takes about two. */
export function runDelayUs(): number {
  descriptor ??= openCounter();
  if (descriptor < 0) return 0;
  const length = readSync(descriptor, bytes, 0, MOST_BYTES, 0);
  return Number(bytes.toString('latin1', 0, length).split(' ', 2)[1]) / 1000;
}

function openCounter(): number {
  try {
    return openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return -1;
  }
}
