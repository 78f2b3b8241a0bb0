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

interface WatchedKey {
  readonly database: number;
  readonly key: Slice;
  /** It was past its deadline when it was watched. */
  readonly wasExpired: boolean;
}

/** What one session watches. */
interface Watch {
  readonly keys: Map<string, WatchedKey>;
  changed: boolean;
}

export class Watches implements KeyspaceObserver {
  private readonly keyspace: Keyspace;
  private readonly bySession = new Map<Session, Watch>();
  private readonly byKey = new Map<string, Set<Watch>>();

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
    watch.keys.set(name, { database, key: Slice.from(key.copy()), wasExpired: this.isExpired(database, key) });
    let watchers = this.byKey.get(name);
    if (watchers === undefined) {
      watchers = new Set();
      this.byKey.set(name, watchers);
    }
    watchers.add(watch);
  }

  /** Ends the session's watching. */
  unwatch(session: Session): void {
    const watch = this.bySession.get(session);
    if (watch === undefined) return;
    for (const name of watch.keys.keys()) {
      const watchers = this.byKey.get(name);
      watchers?.delete(watch);
      if (watchers?.size === 0) this.byKey.delete(name);
    }
    this.bySession.delete(session);
    if (this.bySession.size === 0) this.keyspace.events.remove(this);
  }

  /** True when a key that the session watches has changed since. */
  hasChanged(session: Session): boolean {
    const watch = this.bySession.get(session);
    if (watch === undefined) return false;
    if (watch.changed) return true;
    for (const { database, key, wasExpired } of watch.keys.values()) {
      if (!wasExpired && this.isExpired(database, key)) return true;
    }
    return false;
  }

  modified(database: number, key: Slice): void {
    for (const watch of this.byKey.get(nameOf(database, key)) ?? []) watch.changed = true;
  }

  flushing(database: number): void {
    for (const watch of this.bySession.values()) {
      for (const { database: watched, key } of watch.keys.values()) {
        if (watched === database && this.keyspace.databases[database].peek(key) !== NULL) watch.changed = true;
      }
    }
  }

  swapping(a: number, b: number): void {
    // What was missing on both sides is as it was; anything else may differ.
    for (const watch of this.bySession.values()) {
      for (const { database, key } of watch.keys.values()) {
        if (database !== a && database !== b) continue;
        const { databases } = this.keyspace;
        if (databases[a].peek(key) !== NULL || databases[b].peek(key) !== NULL) watch.changed = true;
      }
    }
  }

  private isExpired(database: number, key: Slice): boolean {
    const entry = this.keyspace.databases[database].peek(key);
    return entry !== NULL && deadlineOf(this.keyspace.heap, entry) < this.keyspace.nowMs();
  }
}

function nameOf(database: number, key: Slice): string {
  return `${database}:${key.toLatin1()}`;
}
