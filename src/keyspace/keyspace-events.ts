/**
 * Who is told when keys change: watched transactions, blocked clients, client-side caches, notifications.
 *
 * Nearly always nobody is. {@link KeyspaceEvents.hasObservers} is the one test on the data path; observers are told
 * synchronously and must copy what they keep of the key.
 */
import type { Slice } from '../lib/slice.ts';

/** The classes of keyspace events, with the bits that `notify-keyspace-events` sets. */
export const EVENT_GENERIC = 1 << 2; // g
export const EVENT_STRING = 1 << 3; // $
export const EVENT_LIST = 1 << 4; // l
export const EVENT_SET = 1 << 5; // s
export const EVENT_HASH = 1 << 6; // h
export const EVENT_ZSET = 1 << 7; // z
export const EVENT_EXPIRED = 1 << 8; // x
export const EVENT_EVICTED = 1 << 9; // e
export const EVENT_STREAM = 1 << 10; // t
export const EVENT_KEY_MISS = 1 << 11; // m
export const EVENT_MODULE = 1 << 13; // d
export const EVENT_NEW = 1 << 14; // n

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
  deleted?(database: number, key: Slice, reason: 'expired' | 'evicted'): void;
}

export class KeyspaceEvents {
  hasObservers = false;
  private readonly observers: KeyspaceObserver[] = [];

  add(observer: KeyspaceObserver): void {
    this.observers.push(observer);
    this.hasObservers = true;
  }

  remove(observer: KeyspaceObserver): void {
    const index = this.observers.indexOf(observer);
    if (index >= 0) this.observers.splice(index, 1);
    this.hasObservers = this.observers.length > 0;
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

  deleted(database: number, key: Slice, reason: 'expired' | 'evicted'): void {
    for (const observer of this.observers) observer.deleted?.(database, key, reason);
  }
}
