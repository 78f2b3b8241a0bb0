/**
 * Who is told when keys change: watched transactions, blocked clients, client-side caches, notifications.
 *
 * Nearly always nobody is. {@link KeyspaceEvents.hasObservers} is the one test on the data path; observers are told
 * synchronously and must copy what they keep of the key.
 */
import type { Slice } from '../lib/slice.ts';

/** The classes of keyspace events are the bits of `notify-keyspace-events`. */
export {
  EVENT_EVICTED,
  EVENT_EXPIRED,
  EVENT_GENERIC,
  EVENT_HASH,
  EVENT_KEY_MISS,
  EVENT_LIST,
  EVENT_NEW,
  EVENT_SET,
  EVENT_STRING,
  EVENT_ZSET,
} from '../config/kinds/event-classes.ts';

export interface KeyspaceObserver {
  /** The value at `key` changed or went away. */
  modified?(database: number, key: Slice): void;
  /** A named event of a class: `set`, `expired`, `lpush`, … */
  event?(eventClass: number, name: string, database: number, key: Slice): void;
  /** A key that did not exist has a value now; `type` is one of the `TYPE_` constants. */
  added?(database: number, key: Slice, type: number): void;
  /** All keys of a database are about to go away. */
  flushing?(database: number): void;
  /** They are gone; -1 where all databases were flushed together, and then this is called once. */
  flushed?(database: number): void;
  /** Two databases are about to exchange their contents. */
  swapping?(a: number, b: number): void;
  /** They have. */
  swapped?(a: number, b: number): void;
  /** A key expired or was evicted: not a client's command but the server deletes it. */
  deleted?(database: number, key: Slice, reason: DeletionReason): void;
}

type DeletionReason = 'expired' | 'evicted';

/** Told of keys that expired or were evicted; see {@link KeyspaceObserver.deleted}. */
export type DeletionObserver = (database: number, key: Slice, reason: DeletionReason) => void;

export class KeyspaceEvents {
  hasObservers = false;
  /** Somebody wants to know what the server itself deletes, and nothing else: that is no test on the data path. */
  hasDeletionObservers = false;
  private readonly observers: KeyspaceObserver[] = [];
  private readonly deletionObservers: DeletionObserver[] = [];

  add(observer: KeyspaceObserver): void {
    this.observers.push(observer);
    this.hasObservers = true;
  }

  remove(observer: KeyspaceObserver): void {
    const index = this.observers.indexOf(observer);
    if (index >= 0) this.observers.splice(index, 1);
    this.hasObservers = this.observers.length > 0;
  }

  addDeletionObserver(observer: DeletionObserver): void {
    this.deletionObservers.push(observer);
    this.hasDeletionObservers = true;
  }

  removeDeletionObserver(observer: DeletionObserver): void {
    const index = this.deletionObservers.indexOf(observer);
    if (index >= 0) this.deletionObservers.splice(index, 1);
    this.hasDeletionObservers = this.deletionObservers.length > 0;
  }

  /** Does something that no observer is told of, as loading is. */
  quietly<T>(work: () => T): T {
    const { hasDeletionObservers, hasObservers } = this;
    this.hasObservers = false;
    this.hasDeletionObservers = false;
    try {
      return work();
    } finally {
      this.hasObservers = hasObservers;
      this.hasDeletionObservers = hasDeletionObservers;
    }
  }

  modified(database: number, key: Slice): void {
    for (const observer of this.observers) observer.modified?.(database, key);
  }

  event(eventClass: number, name: string, database: number, key: Slice): void {
    for (const observer of this.observers) observer.event?.(eventClass, name, database, key);
  }

  added(database: number, key: Slice, type: number): void {
    for (const observer of this.observers) observer.added?.(database, key, type);
  }

  flushing(database: number): void {
    for (const observer of this.observers) observer.flushing?.(database);
  }

  flushed(database: number): void {
    for (const observer of this.observers) observer.flushed?.(database);
  }

  swapping(a: number, b: number): void {
    for (const observer of this.observers) observer.swapping?.(a, b);
  }

  swapped(a: number, b: number): void {
    for (const observer of this.observers) observer.swapped?.(a, b);
  }

  deleted(database: number, key: Slice, reason: DeletionReason): void {
    for (const observer of this.deletionObservers) observer(database, key, reason);
    if (!this.hasObservers) return;
    for (const observer of this.observers) observer.deleted?.(database, key, reason);
  }
}
