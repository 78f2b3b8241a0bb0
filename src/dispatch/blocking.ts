/**
 * Clients that wait for keys: BLPOP and its like.
 *
 * A command that finds nothing to do blocks: its arguments are kept, and its client executes nothing more. When one
 * of its keys comes into being, whatever command caused that, the command is executed again for that key alone, after
 * the command that caused it (after the whole transaction or script, if it was within one). Keys are served in the
 * order in which they came into being, the clients of a key in the order in which they blocked; a client that still
 * finds nothing keeps its place in the queue. What the served commands make ready in turn is served after them.
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

/** Executes a blocked client's command again, for one key; true when it was served. */
export type Retry = (session: Session, args: Args, key: Slice) => boolean;

/** The longest delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A key that clients wait for. */
class AwaitedKey {
  readonly database: number;
  readonly key: Slice;
  /** In the order in which they blocked. */
  readonly waiters = new Set<Waiter>();

  constructor(database: number, key: Slice) {
    this.database = database;
    this.key = key;
  }
}

class Waiter implements BlockedState {
  readonly session: Session;
  readonly args: Args;
  readonly type: ValueType;
  readonly timeoutReply: TimeoutReply;
  /** The names of its keys. */
  readonly names = new Set<string>();
  timer: NodeJS.Timeout | null = null;
  private readonly owner: Blocking;

  constructor(owner: Blocking, session: Session, args: Args, request: BlockRequest) {
    this.owner = owner;
    this.session = session;
    this.args = args.copy();
    this.type = request.type;
    this.timeoutReply = request.timeoutReply;
  }

  get hasTimeout(): boolean {
    return this.timer !== null;
  }

  cancel(how: 'gone' | 'timeout' | 'error'): void {
    if (this.session.blocked !== this) return;
    this.owner.remove(this);
    if (how === 'gone') return;
    const { reply } = this.session;
    if (how === 'error') reply.error(errors.unblocked);
    else if (this.timeoutReply === 'null') reply.null();
    else reply.nullArray();
    this.session.resume();
  }
}

export class Blocking implements KeyspaceObserver {
  /** The one test after each command. */
  hasReady = false;

  private readonly keyspace: Keyspace;
  private readonly retry: Retry;
  private readonly awaited = new Map<string, AwaitedKey>();
  /** Keys that have come into being and are not served yet, in that order. */
  private ready = new Set<string>();
  private count = 0;

  constructor(keyspace: Keyspace, retry: Retry) {
    this.keyspace = keyspace;
    this.retry = retry;
  }

  /** Blocks the session until one of the keys comes into being or the time is over. `args` is its command. */
  block(session: Session, args: Args, request: BlockRequest): void {
    if (this.count++ === 0) this.keyspace.events.add(this);
    const waiter = new Waiter(this, session, args, request);
    const database = session.database.index;
    for (const key of request.keys) {
      const name = nameOf(database, key);
      waiter.names.add(name);
      let awaited = this.awaited.get(name);
      if (awaited === undefined) {
        awaited = new AwaitedKey(database, Slice.from(key.copy()));
        this.awaited.set(name, awaited);
      }
      awaited.waiters.add(waiter);
    }
    session.blocked = waiter;
    for (let i = 0; i < args.count; i++) session.argumentBytes += args.at(i).length;
    session.suspend();
    if (request.timeoutMs > 0) this.arm(waiter, performance.now() + request.timeoutMs);
  }

  /**
   * Says that what some clients may wait for has come to a key. Keys that come into being are noticed without it; a
   * stream that gets entries is not.
   */
  signal(database: number, key: Slice): void {
    if (this.count > 0) this.signalName(nameOf(database, key));
  }

  /** Serves the clients whose keys have come into being, and those that become so meanwhile. */
  serve(): void {
    while (this.hasReady) {
      const { ready } = this;
      this.ready = new Set();
      this.hasReady = false;
      for (const name of ready) {
        const awaited = this.awaited.get(name);
        if (awaited !== undefined) this.serveKey(awaited);
      }
    }
  }

  private serveKey(awaited: AwaitedKey): void {
    let type = this.typeOf(awaited);
    // Whoever is served leaves the set meanwhile; nobody enters it.
    for (const waiter of awaited.waiters) {
      if (type === null) return;
      if (waiter.type !== type || !this.retry(waiter.session, waiter.args, awaited.key)) continue;
      this.remove(waiter);
      waiter.session.resume();
      type = this.typeOf(awaited);
    }
  }

  /** The type of the value that a key has now; null where it is gone again. */
  private typeOf({ database, key }: AwaitedKey): ValueType | null {
    const entry = this.keyspace.databases[database].find(key);
    return entry === NULL ? null : typeOf(this.keyspace.heap, entry);
  }

  /** Ends a session's waiting. */
  remove(waiter: Waiter): void {
    const { session } = waiter;
    session.blocked = null;
    session.argumentBytes = 0;
    if (waiter.timer !== null) clearTimeout(waiter.timer);
    for (const name of waiter.names) {
      const awaited = this.awaited.get(name) as AwaitedKey;
      awaited.waiters.delete(waiter);
      if (awaited.waiters.size === 0) this.awaited.delete(name);
    }
    if (--this.count === 0) this.keyspace.events.remove(this);
  }

  added(database: number, key: Slice, type: number): void {
    if (type !== TYPE_STRING) this.signalName(nameOf(database, key));
  }

  swapped(a: number, b: number): void {
    for (const [name, { database }] of this.awaited) if (database === a || database === b) this.signalName(name);
  }

  private signalName(name: string): void {
    if (!this.awaited.has(name)) return;
    this.ready.add(name);
    this.hasReady = true;
  }

  /** A wait longer than a timer's arms it several times. */
  private arm(waiter: Waiter, untilMs: number): void {
    const delayMs = Math.min(Math.max(0, Math.ceil(untilMs - performance.now())), MAX_TIMER_MS);
    waiter.timer = setTimeout(() => {
      if (performance.now() >= untilMs - 0.5) waiter.cancel('timeout');
      else this.arm(waiter, untilMs);
    }, delayMs).unref();
  }
}

function nameOf(database: number, key: Slice): string {
  return `${database}:${key.toLatin1()}`;
}
