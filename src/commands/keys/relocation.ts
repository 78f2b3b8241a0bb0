/**
 * What RENAME and MOVE do once both keys are known.
 */
import type { Database } from '../../keyspace/database.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';
import type { Slice } from '../../lib/slice.ts';

/** A key under its database. */
export interface Place {
  readonly database: Database;
  readonly key: Slice;
}

/** Moves what is at `from` to `to`, where nothing is, and tells of both under the names of `events`. One change. */
export function relocate(keyspace: Keyspace, from: Place, to: Place, events: readonly [string, string]): void {
  from.database.move(from.key, to.key, to.database);
  keyspace.dirty++;
  if (!keyspace.events.hasObservers) return;
  keyspace.events.modified(from.database.index, from.key);
  keyspace.events.modified(to.database.index, to.key);
  from.database.notify(from.key, EVENT_GENERIC, events[0]);
  to.database.notify(to.key, EVENT_GENERIC, events[1]);
}
