/**
 * Client-side caching: which sessions may have cached which keys, and the invalidations they are sent.
 *
 * A key that a tracking session reads is entered in the table with the session's number; when the key changes, the
 * sessions are told and the entry is removed. Sessions in broadcast mode are told of all changes under their prefixes,
 * gathered over a turn, and are not in the table. Names are latin1 strings without a database: as in Redis, a key's name
 * stands for the keys of that name in all databases.
 *
 * Invariants: the keyspace is observed while at least one session tracks; the table is empty otherwise. Numbers of
 * sessions that are gone, or track no longer, stay in the table until their keys change.
 */
import type { KeyspaceEvents, KeyspaceObserver } from '../keyspace/keyspace-events.ts';
import { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import type { ClientRegistry } from './client-registry.ts';
import { keysIn } from './command-keys.ts';
import type { Pushes } from './pushes.ts';
import type { Command } from './registry.ts';
import { type Session, TRACKING } from './session.ts';
import { TrackedPrefixes } from './tracked-prefixes.ts';
import type { TrackingModes, TrackingOptions } from './tracking-modes.ts';

/** So many keys are dropped in one go when there are too many. */
const DROPPED_AT_ONCE = 100;

/** What a prefix takes besides its text, by estimate: its entries in tables, and what they point to. */
const PREFIX_BYTES = 500;

/** The channel by which subscribers that speak RESP2 are told. */
const CHANNEL = '__redis__:invalidate';

/** What is invalid: writes an array of keys, or null for all. */
type WriteKeys = (output: ReplyWriter) => void;

/** What tracking needs of its server. */
export interface TrackingHost {
  readonly clients: ClientRegistry;
  readonly pushes: Pushes;
  readonly events: KeyspaceEvents;
}

export class Tracking implements KeyspaceObserver {
  /** `tracking-table-max-keys`, 0 for any number. */
  maxKeys = 0;
  readonly prefixes: TrackedPrefixes;

  private readonly host: TrackingHost;
  /** All sessions that track, by their numbers. */
  private readonly sessions = new Map<number, Session>();
  /** Per key, who has read it: the number of a session, or of several. */
  private table = new Map<string, number | Set<number>>();
  /** Goes through the table, the oldest keys first; one that is kept need not pass the holes of removed keys again. */
  private oldest: Iterator<string> | null = null;
  private itemCount = 0;
  /** The change that is being told of is the server's own: a key expired or was evicted. */
  private isServersOwn = false;

  constructor(host: TrackingHost) {
    this.host = host;
    this.prefixes = new TrackedPrefixes((session, keys) => this.send(session, (output) => writeKeys(output, keys)));
  }

  /** How many keys the table has. */
  get keyCount(): number {
    return this.table.size;
  }

  /** How many pairs of a key and a session. */
  get totalItems(): number {
    return this.itemCount;
  }

  /**
   * Begins to track the session's reads, or changes how that is done.
   *
   * @param redirect the number of the session that is to be sent the invalidations, 0 for itself
   * @param prefixes those to be broadcast, besides those that are already; one character a byte
   */
  enable(session: Session, redirect: number, options: TrackingOptions, prefixes: readonly string[]): void {
    if (this.sessions.size === 0) this.host.events.add(this);
    this.sessions.set(session.id, session);
    const modes: TrackingModes = {
      ...options,
      prefixes: session.tracking?.prefixes ?? new Set(),
      prefixBytes: session.tracking?.prefixBytes ?? 0,
      isCachingSaid: session.tracking?.isCachingSaid ?? false,
      isRedirectBroken: false,
    };
    session.tracking = modes;
    session.trackingRedirect = redirect;
    session.set(TRACKING, true);
    if (!options.broadcast) return;
    for (const prefix of prefixes.length === 0 ? [''] : prefixes) {
      if (!modes.prefixes.has(prefix)) modes.prefixBytes += PREFIX_BYTES + prefix.length;
      modes.prefixes.add(prefix);
      this.prefixes.add(prefix, session);
    }
  }

  /** Ends the tracking of a session, if it is tracked. */
  disable(session: Session): void {
    if (session.tracking === null) return;
    for (const prefix of session.tracking.prefixes) this.prefixes.remove(prefix, session);
    session.tracking = null;
    session.set(TRACKING, false);
    this.sessions.delete(session.id);
    if (this.sessions.size > 0) return;
    this.host.events.remove(this);
    this.clearTable();
  }

  /** The session has executed a command that reads: it may cache its keys from now on. */
  remember({ id, tracking }: Session, command: Command, args: Args): void {
    if (tracking === null || tracking.broadcast) return;
    const { optIn, optOut, isCachingSaid } = tracking;
    if ((optIn && !isCachingSaid) || (optOut && isCachingSaid)) return;
    for (const { index } of keysIn(command.spec, args)) this.enter(args.at(index).toLatin1(), id);
  }

  /** A command of a tracked session is over, executed or not: what CLIENT CACHING said was for that one. */
  commandEnded(session: Session, command: Command | null): void {
    const { tracking } = session;
    if (tracking === null || !tracking.isCachingSaid) return;
    // A transaction counts as one command, and CLIENT's subcommands do not count.
    if (session.transaction === null && command?.parent?.spec.name !== 'client') tracking.isCachingSaid = false;
  }

  /** Drops keys if there are too many, and has those who may have cached them drop them too. Not to be called within commands. */
  limit(): void {
    if (this.maxKeys === 0) return;
    for (let left = DROPPED_AT_ONCE; left > 0 && this.table.size > this.maxKeys; left--) this.dropOldest();
  }

  // Observing the keyspace

  deleted(): void {
    this.isServersOwn = true;
  }

  modified(_database: number, key: Slice): void {
    const author = this.isServersOwn ? null : this.host.pushes.current;
    this.isServersOwn = false;
    if (this.prefixes.size === 0 && this.table.size === 0) return;
    const name = key.toLatin1();
    this.prefixes.changed(name, author);
    this.invalidate(name);
  }

  flushed(): void {
    for (const session of this.sessions.values()) this.tell(session, (output) => output.null());
    this.clearTable();
  }

  private enter(key: string, id: number): void {
    const readers = this.table.get(key);
    if (readers === id) return;
    if (readers === undefined) this.table.set(key, id);
    else if (typeof readers === 'number') this.table.set(key, new Set([readers, id]));
    else if (readers.has(id)) return;
    else readers.add(id);
    this.itemCount++;
  }

  /** Tells those who have read the key, and forgets it. */
  private invalidate(key: string): void {
    const readers = this.table.get(key);
    if (readers === undefined) return;
    this.table.delete(key);
    if (typeof readers === 'number') {
      this.itemCount--;
      this.invalidateFor(readers, key);
      return;
    }
    this.itemCount -= readers.size;
    for (const id of readers) this.invalidateFor(id, key);
  }

  private invalidateFor(id: number, key: string): void {
    const session = this.sessions.get(id);
    if (session === undefined || session.tracking === null || session.tracking.broadcast) return;
    if (session.tracking.noLoop && session === this.host.pushes.current) return;
    this.tell(session, (output) => writeKeys(output, [key]));
  }

  /** What a session's own command makes invalid it is told once that command is answered. */
  private tell(session: Session, write: WriteKeys): void {
    if (session === this.host.pushes.current) this.host.pushes.defer(() => this.send(session, write));
    else this.send(session, write);
  }

  private dropOldest(): void {
    this.oldest ??= this.table.keys();
    const next = this.oldest.next();
    if (next.done === true) this.oldest = null;
    else this.invalidate(next.value);
  }

  private clearTable(): void {
    this.table = new Map();
    this.oldest = null;
    this.itemCount = 0;
  }

  /** Sends an invalidation to a session, or where it wants it to be sent; to nobody who would take it for a reply. */
  private send(session: Session, write: WriteKeys): void {
    const { clients, pushes } = this.host;
    const { tracking, trackingRedirect } = session;
    const target = trackingRedirect === 0 ? session : clients.get(trackingRedirect);
    if (target === undefined) {
      if (tracking !== null) tracking.isRedirectBroken = true;
      if (session.output.version === 3) pushes.send(session, (output) => writeBroken(output, trackingRedirect));
    } else if (target.output.version === 3) {
      pushes.send(target, (output) => {
        output.push(2);
        output.text('invalidate');
        write(output);
      });
    } else if (trackingRedirect !== 0 && target.clientClass === 'pubsub') {
      pushes.send(target, (output) => {
        output.push(3);
        output.text('message');
        output.text(CHANNEL);
        write(output);
      });
    }
  }
}

function writeKeys(output: ReplyWriter, keys: readonly string[]): void {
  output.array(keys.length);
  for (const key of keys) output.bulk(Slice.from(Buffer.from(key, 'latin1')));
}

function writeBroken(output: ReplyWriter, redirect: number): void {
  output.push(2);
  output.text('tracking-redir-broken');
  output.integer(redirect);
}
