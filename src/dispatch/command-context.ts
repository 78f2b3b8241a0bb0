/**
 * What a command's handler works with: its arguments, its client, the keys, where the reply goes.
 *
 * Handlers parse all their arguments first and change things then. They end themselves early by throwing a
 * {@link ReplyError}, which is answered in their place; nothing may have been written to the reply before.
 */
import type { Database } from '../keyspace/database.ts';
import { NULL, type Pointer, TYPE_STRING, typeOf, type ValueType } from '../keyspace/key-entry.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import { parseDouble } from '../lib/double.ts';
import { parseInt64 } from '../lib/integer.ts';
import { Slice } from '../lib/slice.ts';
import { Args } from '../protocol/args.ts';
import { errors } from '../protocol/errors.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import type { BlockRequest } from './blocking.ts';
import type { Command } from './registry.ts';
import type { ServerServices } from './server-services.ts';
import type { Session } from './session.ts';

/** How a command's effect is logged. */
type Propagation = 'as-received' | 'rewritten' | 'none';

const NOTHING = new Args();

export class CommandContext {
  readonly server: ServerServices;
  readonly keyspace: Keyspace;
  command!: Command;
  args: Args = NOTHING;
  session!: Session;
  reply!: ReplyWriter;
  /** The session's database. */
  database!: Database;

  /** False within transactions and scripts, where a command that would block answers as if its time were over. */
  mayBlock = true;
  /** A script executes the command. */
  isInScript = false;
  /**
   * Where a blocked client's command is executed again: the one of its keys that has come into being, and the only one
   * that it may take something from. Null at all other times.
   */
  readyKey: Slice | null = null;

  /** What the executor logs of the command, if it changed anything. */
  propagation: Propagation = 'as-received';
  readonly rewritten: Args[] = [];
  private readonly valueSlice = new Slice(new Uint8Array(0), 0, 0);

  constructor(server: ServerServices) {
    this.server = server;
    this.keyspace = server.keyspace;
  }

  // Arguments

  /** The argument at `index` as a 64-bit integer; a bigint only beyond ±(2^53 − 1). */
  integer(index: number, error: ReplyError = errors.notInteger): number | bigint {
    const value = parseInt64(this.args.at(index));
    if (value === null) throw error;
    return value;
  }

  /** The argument at `index` as an integer within bounds that are safe integers. */
  integerBetween(index: number, min: number, max: number, error: ReplyError = errors.notInteger): number {
    const value = this.integer(index, error);
    if (typeof value === 'bigint' || value < min || value > max) throw error;
    return value;
  }

  /**
   * The argument at `index` as an integer for positions and counts, where what lies beyond ±2^53 means the same as
   * 2^53: it is clamped there.
   */
  position(index: number, error: ReplyError = errors.notInteger): number {
    const value = this.integer(index, error);
    if (typeof value === 'number') return value;
    return value < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
  }

  /** The argument at `index` as a float; NaN is refused. */
  double(index: number, error: ReplyError = errors.notFloat): number {
    const value = parseDouble(this.args.at(index));
    if (value === null) throw error;
    return value;
  }

  /** The argument at `index`, the seconds that a command may block, in milliseconds; 0 for any time. */
  timeoutMs(index: number): number {
    const seconds = parseDouble(this.args.at(index));
    if (seconds === null) throw errors.timeoutNotFloat;
    const milliseconds = Math.ceil(seconds * 1000);
    // What Redis can't count in 64 bits becomes negative there.
    if (milliseconds < 0 || milliseconds >= 2 ** 63) throw errors.timeoutNegative;
    return milliseconds;
  }

  // Keys

  /** The entry of a key that must hold a value of `type`, for reading; null when there is none. */
  read(key: Slice, type: ValueType): Pointer {
    const entry = this.database.lookup(key);
    if (entry !== NULL && typeOf(this.keyspace.heap, entry) !== type) throw errors.wrongType;
    return entry;
  }

  /** The entry of a key that must hold a value of `type`, for writing; null when there is none. */
  write(key: Slice, type: ValueType): Pointer {
    const entry = this.database.lookupForWrite(key);
    if (entry !== NULL && typeOf(this.keyspace.heap, entry) !== type) throw errors.wrongType;
    return entry;
  }

  /** Answers the string value of an entry as a bulk string, or null for none. */
  replyString(entry: Pointer): void {
    const reply = this.reply;
    if (entry === NULL) {
      reply.null();
      return;
    }
    const values = this.keyspace.stringValues;
    if (values.isInline(entry)) reply.bulk(values.inline(entry, this.valueSlice));
    else this.replyRange(entry, 0, values.length(entry));
  }

  /** Answers the bytes `[from, to)` of an entry's string value as a bulk string. */
  replyRange(entry: Pointer, from: number, to: number): void {
    const values = this.keyspace.stringValues;
    this.reply.beginBulk(to - from);
    for (let at = from; at < to; ) {
      at += values.seek(entry, at, to);
      this.reply.run(values.bytes, values.start, values.end);
    }
    this.reply.endBulk();
  }

  /** True when the entry holds a string. */
  isString(entry: Pointer): boolean {
    return typeOf(this.keyspace.heap, entry) === TYPE_STRING;
  }

  // Blocking

  /**
   * Blocks the client until one of the keys comes into being, and then executes the command again; where it may not
   * block, it is answered as if its time were over. To be called when there is nothing to do, and nothing answered.
   */
  block(request: BlockRequest): void {
    if (this.readyKey !== null) {
      // It keeps its place in the queue.
      this.session.suspend();
    } else if (this.mayBlock) {
      this.server.blocking.block(this.session, this.args, request);
    } else if (request.timeoutReply === 'null') {
      this.reply.null();
    } else {
      this.reply.nullArray();
    }
  }

  // Propagation

  /** Logs this command in place of the one received; may be called several times. */
  propagate(...args: readonly (Uint8Array | string | Slice)[]): void {
    this.propagation = 'rewritten';
    this.rewritten.push(Args.of(...args.map((arg) => (arg instanceof Slice ? arg.copy() : arg))));
  }

  /** Logs nothing for this command, whatever it changes. */
  propagateNothing(): void {
    this.propagation = 'none';
  }
}
