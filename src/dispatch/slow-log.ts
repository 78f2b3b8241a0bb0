/**
 * The slow log: the last commands that took longer than `slowlog-log-slower-than`.
 */
import type { Args } from '../protocol/args.ts';
import type { Session } from './session.ts';

/** Arguments kept of one command, and bytes of each, as in Redis. */
const MAX_ARGUMENTS = 32;
const MAX_ARGUMENT_BYTES = 128;

export interface SlowLogEntry {
  readonly id: number;
  readonly atSeconds: number;
  readonly microseconds: number;
  readonly args: readonly Uint8Array[];
  readonly address: string;
  readonly clientName: string;
}

export class SlowLog {
  /** Commands that take this long are logged; below 0 none is. */
  thresholdUs = 10_000;
  /** How many entries are kept (`slowlog-max-len`). When there are more, the next one to come drops them. */
  maxLength = 128;
  /** The oldest first; those before {@link first} are dropped. */
  private entries: SlowLogEntry[] = [];
  private first = 0;
  private nextId = 0;

  get length(): number {
    return this.entries.length - this.first;
  }

  /** The newest entries, at most `count`, the newest first. */
  newest(count: number): SlowLogEntry[] {
    return this.entries.slice(Math.max(this.first, this.entries.length - count)).reverse();
  }

  record(session: Session, args: Args, microseconds: number, atMs: number): void {
    this.entries.push({
      id: this.nextId++,
      atSeconds: Math.floor(atMs / 1000),
      microseconds: Math.floor(microseconds),
      args: trimmed(args),
      address: session.transport.address,
      clientName: session.name,
    });
    this.drop(this.length - this.maxLength);
  }

  clear(): void {
    this.drop(this.length);
  }

  /** Drops the oldest entries, and makes room only now and then, so that a long log costs no more than a short one. */
  private drop(count: number): void {
    if (count <= 0) return;
    this.first += count;
    if (this.first * 2 < this.entries.length) return;
    this.entries = this.entries.slice(this.first);
    this.first = 0;
  }
}

function trimmed(args: Args): Uint8Array[] {
  const kept = Math.min(args.count, MAX_ARGUMENTS);
  const list: Uint8Array[] = [];
  for (let i = 0; i < kept; i++) {
    if (kept !== args.count && i === kept - 1) {
      list.push(Buffer.from(`... (${args.count - kept + 1} more arguments)`));
      break;
    }
    const arg = args.at(i);
    if (arg.length <= MAX_ARGUMENT_BYTES) {
      list.push(arg.copy());
    } else {
      const rest = Buffer.from(`... (${arg.length - MAX_ARGUMENT_BYTES} more bytes)`);
      list.push(Buffer.concat([arg.copy().subarray(0, MAX_ARGUMENT_BYTES), rest]));
    }
  }
  return list;
}
