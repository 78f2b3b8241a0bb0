/**
 * Clients that wait for keys: BLPOP and its like.
 *
 * A command that finds nothing to do blocks: its arguments are kept, and its client executes nothing more. When one
 * of its keys comes into being, whatever command caused that, it is executed again after that command (after the
 * whole transaction or script, if it was within one), the client that has waited longest first. If it still finds
 * nothing, it keeps its place in the queue.
 */

import { NULL, TYPE_STRING, typeOf, type ValueType } from '../keyspace/key-entry.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { KeyspaceObserver } from '../keyspace/keyspace-events.ts';
import { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import { errors } from '../protocol/errors.ts';
import type { BlockedState, Session } from './session.ts';

/** What a blocked client is answered when its time is over. */
export type TimeoutReply = 'null' | 'null-array';

/** What blocks a client. */
export interface BlockRequest {
  readonly keys: readonly Slice[];
  /** The type that a key must have to end the waiting. */
  readonly type: ValueType;
  /** When to give up, in milliseconds from now; 0 for never. */
  readonly timeoutMs: number;
  readonly timeoutReply: TimeoutReply;
}

class Waiter implements BlockedState {
  readonly session: Session;
  readonly database: number;
  readonly args: Args;
  readonly type: ValueType;
  /** Copies of the keys, by name. */
  readonly keys = new Map<string, Slice>();
  readonly timeoutReply: TimeoutReply;
  timer: NodeJS.Timeout | null = null;
  private readonly owner: Blocking;

  constructor(owner: Blocking, session: Session, args: Args, request: BlockRequest) {
    this.owner = owner;
    this.session = session;
    this.database = session.database.index;
    this.args = args.copy();
    this.type = request.type;
    for (const key of request.keys) this.keys.set(nameOf(this.database, key), Slice.from(key.copy()));
    this.timeoutReply = request.timeoutReply;
  }

  cancel(how: 'gone' | 'timeout' | 'error'): void {
    this.owner.remove(this);
    if (how === 'gone') return;
    const { output } = this.session;
    if (how === 'error') output.error(errors.unblocked);
    else if (this.timeoutReply === 'null') output.null();
    else output.nullArray();
    this.session.resume();
  }
}

export class Blocking implements KeyspaceObserver {
  /** The one test after each command. */
  hasReady = false;

  private readonly keyspace: Keyspace;
  /** Executes a blocked client's command again; true when it was served. */
  private readonly retry: (session: Session, args: Args) => boolean;
  /** The waiters by key, in the order in which they came. */
  private readonly byKey = new Map<string, Set<Waiter>>();
  private readonly ready = new Set<string>();
  private count = 0;

  constructor(keyspace: Keyspace, retry: (session: Session, args: Args) => boolean) {
    this.keyspace = keyspace;
    this.retry = retry;
  }

  /** Blocks the session until one of the keys comes into being or the time is over. `args` is its command. */
  block(session: Session, args: Args, request: BlockRequest): void {
    if (this.count++ === 0) this.keyspace.events.add(this);
    const waiter = new Waiter(this, session, args, request);
    for (const name of waiter.keys.keys()) {
      let waiters = this.byKey.get(name);
      if (waiters === undefined) {
        waiters = new Set();
        this.byKey.set(name, waiters);
      }
      waiters.add(waiter);
    }
    session.blocked = waiter;
    session.suspend();
    if (request.timeoutMs > 0) this.arm(waiter, performance.now() + request.timeoutMs);
  }

  /** Serves the clients whose keys have come into being, and those that become so meanwhile. */
  serve(): void {
    while (this.hasReady) {
      const names = [...this.ready];
      this.ready.clear();
      this.hasReady = false;
      for (const name of names) {
        for (const waiter of [...(this.byKey.get(name) ?? [])]) {
          // It may have been served by another key meanwhile, and the key may be gone again.
          if (waiter.session.blocked !== waiter || !this.canServe(waiter, name)) continue;
          if (!this.retry(waiter.session, waiter.args)) continue;
          this.remove(waiter);
          waiter.session.resume();
        }
      }
    }
  }

  private canServe(waiter: Waiter, name: string): boolean {
    const entry = this.keyspace.databases[waiter.database].find(waiter.keys.get(name) as Slice);
    return entry !== NULL && typeOf(this.keyspace.heap, entry) === waiter.type;
  }

  remove(waiter: Waiter): void {
    if (waiter.session.blocked !== waiter) return;
    waiter.session.blocked = null;
    if (waiter.timer !== null) clearTimeout(waiter.timer);
    for (const name of waiter.keys.keys()) {
      const waiters = this.byKey.get(name);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.byKey.delete(name);
    }
    if (--this.count === 0) this.keyspace.events.remove(this);
  }

  added(database: number, key: Slice, type: number): void {
    if (type !== TYPE_STRING) this.signal(nameOf(database, key));
  }

  swapped(a: number, b: number): void {
    for (const name of this.byKey.keys()) {
      const database = Number.parseInt(name, 10);
      if (database === a || database === b) this.signal(name);
    }
  }

  private signal(name: string): void {
    if (!this.byKey.has(name)) return;
    this.ready.add(name);
    this.hasReady = true;
  }

  /** Timers fire at most 2^31 ms ahead, so a longer wait arms its timer again. */
  private arm(waiter: Waiter, untilMs: number): void {
    const delayMs = Math.min(Math.max(0, untilMs - performance.now()), 2 ** 31 - 1);
    waiter.timer = setTimeout(() => {
      if (performance.now() >= untilMs - 0.5) waiter.cancel('timeout');
      else this.arm(waiter, untilMs);
    }, Math.ceil(delayMs)).unref();
  }
}

function nameOf(database: number, key: Slice): string {
  return `${database}:${key.toLatin1()}`;
}
