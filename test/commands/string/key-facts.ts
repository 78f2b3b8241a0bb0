/**
 * Facts about keys, and a key of another type, without the commands of other families.
 */
import { deadlineOf, TYPE_LIST } from '../../../src/keyspace/key-entry.ts';
import { Slice } from '../../../src/lib/slice.ts';
import { NULL } from '../../../src/memory/layout.ts';
import type { CommandSession, Effect, Word } from '../../support/command-session.ts';

/** As PTTL answers it. */
export function ttlMs(s: CommandSession, key: string): number {
  const entry = s.session.database.find(Slice.from(key));
  if (entry === NULL) return -2;
  const deadline = deadlineOf(s.engine.keyspace.heap, entry);
  return Number.isFinite(deadline) ? deadline - s.clock.nowMs() : -1;
}

/** As OBJECT ENCODING answers it. */
export function encodingOf(s: CommandSession, key: string): string {
  return s.engine.keyspace.kinds.encodingName(s.session.database.find(Slice.from(key)));
}

/** What a command did besides its reply, but for the event that a key is new, which belongs to no family. */
export function effectOf(s: CommandSession, ...words: readonly Word[]): Effect {
  const effect = s.effectOf(...words);
  return { ...effect, events: effect.events.filter((event) => !event.startsWith('new ')) };
}

/** Makes `key` a list, as far as checks of its type go: it has no elements, and no command may look for them. */
export function makeList(s: CommandSession, key: string): void {
  const { database } = s.session;
  const name = Slice.from(key);
  s.engine.keyspace.kinds.add(TYPE_LIST, {
    free() {},
    walk() {},
    relocate: () => NULL,
    packedBytes: () => 0,
    size: () => 1,
    estimateBytes: () => 0,
    copy: () => NULL,
    encodingName: () => 'listpack',
  });
  database.peek(name);
  database.insertValue(name, TYPE_LIST, 0, NULL);
}
