/**
 * What a session has queued between MULTI and EXEC.
 *
 * A session that uses transactions mostly uses many, so a small one is used again for the next: its commands keep the
 * slices and the memory that their arguments were copied into. They are overwritten when the next transaction begins,
 * after the last one's commands have been executed.
 */
import { Args } from '../protocol/args.ts';
import type { Command } from './registry.ts';

export interface QueuedCommand {
  readonly command: Command;
  /** A copy of the command's arguments. */
  readonly args: Args;
}

interface Slot {
  command: Command;
  readonly args: Args;
}

const CHUNK_BYTES = 1024;
/** What a transaction that is used again may have held. */
const REUSED_BYTES = 4096;
const REUSED_COMMANDS = 32;
/** Up to so many bytes are copied one by one. */
const SHORT_BYTES = 64;

const NOTHING = new Uint8Array(0);

export class Transaction {
  readonly commands: QueuedCommand[] = [];
  /** A command could not be queued: EXEC will refuse. */
  aborted = false;
  /** Bytes of the arguments kept. */
  keptBytes = 0;

  private readonly slots: Slot[] = [];
  /** Arguments are copied here; those that came before may be in former chunks. */
  private chunk: Uint8Array = NOTHING;
  private used = 0;

  /** True when it may be used again without holding much memory until then. */
  get isSmall(): boolean {
    return this.slots.length <= REUSED_COMMANDS && this.keptBytes <= REUSED_BYTES;
  }

  queue(command: Command, args: Args): void {
    const index = this.commands.length;
    if (index === this.slots.length) this.slots.push({ command, args: new Args() });
    const slot = this.slots[index];
    slot.command = command;
    this.copy(args, slot.args);
    this.commands.push(slot);
  }

  /** Begins anew. What was queued before must not be looked at any more. */
  clear(): this {
    this.commands.length = 0;
    this.aborted = false;
    this.keptBytes = 0;
    this.used = 0;
    return this;
  }

  private copy(from: Args, to: Args): void {
    const { count } = from;
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += from.at(i).length;
    this.keptBytes += bytes;
    if (this.used + bytes > this.chunk.length) {
      this.chunk = new Uint8Array(Math.max(CHUNK_BYTES, bytes, 2 * Math.min(this.chunk.length, REUSED_BYTES)));
      this.used = 0;
    }
    const { chunk } = this;
    let at = this.used;
    to.clear();
    for (let i = 0; i < count; i++) {
      const { bytes: source, start, end } = from.at(i);
      const length = end - start;
      if (length > SHORT_BYTES) chunk.set(source.subarray(start, end), at);
      else for (let k = 0; k < length; k++) chunk[at + k] = source[start + k];
      to.push(chunk, at, at + length);
      at += length;
    }
    this.used = at;
  }
}
