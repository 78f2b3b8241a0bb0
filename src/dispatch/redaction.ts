/**
 * Secrets among a command's arguments, which the slow log and monitors must not show.
 */
import type { Args } from '../protocol/args.ts';

const REDACTED = new TextEncoder().encode('(redacted)');

/** Hides an argument from all who look at the command after its handler. The handler has read it by then. */
export function redact(args: Args, index: number): void {
  args.at(index).point(REDACTED, 0, REDACTED.length);
}
