/**
 * The one log of effective writes, in order: the database and the arguments of each. The append-only file and the
 * replication backlog subscribe to it; while nobody does, nothing is logged.
 *
 * What the server deletes by itself in the middle of a command, because it has expired, is logged with the command's own
 * effect, before it and as one unit with it.
 */
import type { Slice } from '../lib/slice.ts';
import { Args } from '../protocol/args.ts';

// Who may be told of a write, as bits; scripts can leave some out (`redis.set_repl`).
const LOG_AOF = 1;
const LOG_REPLICAS = 2;
export const ALL_TARGETS = LOG_AOF | LOG_REPLICAS;

export interface WriteLogSubscriber {
  /** Which of the bits above it is; left out, it is told of all that anybody is told. */
  readonly target?: number;
  /** A write took effect. The arguments die when this returns. */
  append(database: number, args: Args): void;
  /** What follows, up to {@link endUnit}, took effect as one: a transaction or a script. */
  beginUnit(): void;
  endUnit(): void;
  /** A message was published: for the subscribers of replicas, and no part of the data set. The arguments die too. */
  message?(database: number, args: Args): void;
}

interface Deletion {
  readonly database: number;
  readonly args: Args;
}

export class WriteLog {
  /** The one test on the data path. */
  hasSubscribers = false;
  /** Keys were deleted that {@link appendDeletions} has not logged yet. */
  hasDeletions = false;
  /** Who is told of the writes that follow. */
  targets = ALL_TARGETS;
  private readonly subscribers: WriteLogSubscriber[] = [];
  private deletions: Deletion[] = [];

  subscribe(subscriber: WriteLogSubscriber): void {
    this.subscribers.push(subscriber);
    this.hasSubscribers = true;
  }

  unsubscribe(subscriber: WriteLogSubscriber): void {
    const index = this.subscribers.indexOf(subscriber);
    if (index >= 0) this.subscribers.splice(index, 1);
    this.hasSubscribers = this.subscribers.length > 0;
  }

  append(database: number, args: Args): void {
    for (const subscriber of this.subscribers) {
      if (((subscriber.target ?? ALL_TARGETS) & this.targets) !== 0) subscriber.append(database, args);
    }
  }

  /**
   * The server itself has deleted a key: `command` is DEL or UNLINK. `later` where a command is running, which logs it
   * with its own effect.
   */
  appendDeletion(database: number, command: string, key: Slice, later: boolean): void {
    const args = Args.of(command, key.copy());
    if (!later) {
      this.append(database, args);
      return;
    }
    this.deletions.push({ database, args });
    this.hasDeletions = true;
  }

  /** Logs the deletions that wait, within a unit that the caller has begun. */
  appendDeletions(): void {
    const { deletions } = this;
    this.deletions = [];
    this.hasDeletions = false;
    for (const { database, args } of deletions) this.append(database, args);
  }

  message(database: number, args: Args): void {
    for (const subscriber of this.subscribers) subscriber.message?.(database, args);
  }

  beginUnit(): void {
    for (const subscriber of this.subscribers) subscriber.beginUnit();
  }

  endUnit(): void {
    for (const subscriber of this.subscribers) subscriber.endUnit();
  }
}
