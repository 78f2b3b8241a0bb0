/**
 * WATCH: which sessions watch which keys, and which of them have seen a change.
 *
 * A change is anything that another client could tell, expiry and FLUSHALL included. A key that was already past its
 * deadline when it was watched does not count as changed by going away.
 */

import { deadlineOf, NULL } from '../keyspace/key-entry.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { KeyspaceObserver } from '../keyspace/keyspace-events.ts';
import { Slice } from '../lib/slice.ts';
import type { Session } from './session.ts';

/** What a watched key takes besides its name, by estimate: its entries in tables, and what they point to. */
const WATCH_BYTES = 500;

/** What one session watches. */
interface Watch {
  readonly keys: Map<string, WatchedKey>;
  changed: boolean;
}

interface WatchedKey {
  readonly watch: Watch;
  readonly database: number;
  readonly key: Slice;
  /** It was past its deadline when it was watched, and nobody has noticed since. */
  isOver: boolean;
}

export class Watches implements KeyspaceObserver {
  private readonly keyspace: Keyspace;
  private readonly bySession = new Map<Session, Watch>();
  private readonly byKey = new Map<string, Set<WatchedKey>>();

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
  }

  /** Lets the session watch one more key of its database. */
  watch(session: Session, key: Slice): void {
    // Only while somebody watches does the keyspace have to tell of changes.
    if (this.bySession.size === 0) this.keyspace.events.add(this);
    let watch = this.bySession.get(session);
    if (watch === undefined) {
      watch = { keys: new Map(), changed: false };
      this.bySession.set(session, watch);
    }
    const database = session.database.index;
    const name = nameOf(database, key);
    if (watch.keys.has(name)) return;
    const isOver = this.isExpired(database, key);
    const watched: WatchedKey = { watch, database, key: Slice.from(key.copy()), isOver };
    watch.keys.set(name, watched);
    session.watchBytes += WATCH_BYTES + 2 * key.length;
    let watchers = this.byKey.get(name);
    if (watchers === undefined) {
      watchers = new Set();
      this.byKey.set(name, watchers);
    }
    watchers.add(watched);
  }

  /** Ends the session's watching. */
  unwatch(session: Session): void {
    const watch = this.bySession.get(session);
    if (watch === undefined) return;
    for (const [name, watched] of watch.keys) {
      const watchers = this.byKey.get(name);
      watchers?.delete(watched);
      if (watchers?.size === 0) this.byKey.delete(name);
    }
    this.bySession.delete(session);
    session.watchBytes = 0;
    if (this.bySession.size === 0) this.keyspace.events.remove(this);
  }

  /** True when a key that the session watches has changed since, or its time is over. */
  hasChanged(session: Session): boolean {
    const watch = this.bySession.get(session);
    if (watch === undefined) return false;
    if (watch.changed) return true;
    for (const { database, key, isOver } of watch.keys.values()) {
      if (!isOver && this.isExpired(database, key)) return true;
    }
    return false;
  }

  /** True when a key that the session watches has been seen to change. */
  isBroken(session: Session): boolean {
    return this.bySession.get(session)?.changed ?? false;
  }

  modified(database: number, key: Slice): void {
    for (const watched of this.byKey.get(nameOf(database, key)) ?? []) {
      if (!watched.isOver) watched.watch.changed = true;
      // That it is removed at last is no change. What comes to it from now on is one.
      else if (!this.exists(database, key)) watched.isOver = false;
    }
  }

  flushing(database: number): void {
    for (const watched of this.allIn(database)) {
      if (watched.isOver) watched.isOver = false;
      else if (this.exists(database, watched.key)) watched.watch.changed = true;
    }
  }

  swapping(a: number, b: number): void {
    for (const watched of this.allIn(a)) this.replacing(watched, b);
    for (const watched of this.allIn(b)) this.replacing(watched, a);
  }

  /** The contents of database `other` are about to take the place of those in which the key is watched. */
  private replacing(watched: WatchedKey, other: number): void {
    const { database, isOver, key, watch } = watched;
    if (!this.exists(other, key)) {
      // What was missing, or as good as missing, is missing now.
      if (!isOver && this.exists(database, key)) watch.changed = true;
      watched.isOver = false;
    } else if (this.isExpired(other, key) && (isOver || !this.exists(database, key))) watched.isOver = true;
    else watch.changed = true;
  }

  private *allIn(database: number): Generator<WatchedKey> {
    for (const { keys } of this.bySession.values()) {
      for (const watched of keys.values()) if (watched.database === database) yield watched;
    }
  }

  private exists(database: number, key: Slice): boolean {
    return this.keyspace.databases[database].peek(key) !== NULL;
  }

  private isExpired(database: number, key: Slice): boolean {
    const entry = this.keyspace.databases[database].peek(key);
    return entry !== NULL && deadlineOf(this.keyspace.heap, entry) < this.keyspace.nowMs();
  }
}

function nameOf(database: number, key: Slice): string {
  return `${database}:${key.toLatin1()}`;
}
