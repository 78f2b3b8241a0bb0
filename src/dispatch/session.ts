/**
 * One client's session: which database and protocol it uses, who it is, what it may do now.
 *
 * A session is not a socket. Its transport carries its bytes; replay of the append-only file, scripts, the embedded
 * API and tests have sessions without one.
 */
import type { Database } from '../keyspace/database.ts';
import { NullWriter } from '../protocol/null-writer.ts';
import type { ReplyWriter, RespVersion } from '../protocol/reply-writer.ts';
import type { User } from './acl/user.ts';
import type { ClientClass } from './client-port.ts';
import type { Command } from './registry.ts';
import type { TrackingModes } from './tracking-modes.ts';
import { Transaction } from './transaction.ts';
import { NO_TRANSPORT, type Transport } from './transport.ts';

// What makes a session need the guards, as bits of Session.state. A session in the plain state has none.

/** Has not authenticated where it must. */
export const NEEDS_AUTH = 1 << 0;
/** Between MULTI and EXEC. */
export const IN_MULTI = 1 << 1;
/** Subscribed, and speaking RESP2, where only few commands are allowed. */
export const IN_PUBSUB = 1 << 2;
/** CLIENT REPLY OFF or SKIP: its replies are dropped. */
export const MUTED = 1 << 3;
/** Its user may not do everything: commands are checked. */
export const RESTRICTED = 1 << 4;
/** CLIENT NO-TOUCH: its reads don't mark accesses. */
export const NO_TOUCH = 1 << 5;
/** Its reads are tracked for client-side caching. */
export const TRACKING = 1 << 6;
/** Something is kept for it until the command that it executes is answered. */
export const HELD_PUSHES = 1 << 7;
/** A monitor or a replica: it may not touch keys. */
export const BARRED_FROM_KEYS = 1 << 8;
/** Subscribed to something: messages to it may have been postponed. */
export const SUBSCRIBED = 1 << 9;

/** Which of its replies a client gets (CLIENT REPLY): all, none, or all but the next. */
export type ReplyMode = 'on' | 'off' | 'skip';

/** Where the replies of muted sessions go. */
const NOWHERE = new NullWriter();

export class Session {
  readonly id: number;
  readonly transport: Transport;
  /** Where the client's replies go. */
  readonly output: ReplyWriter;
  /**
   * Where replies go now: {@link output}, or what captures or drops them for a while. Late replies go here too. What
   * captures them for a while puts back the writer it found.
   */
  reply: ReplyWriter;
  database: Database;
  /** The bits above; 0 lets commands through without asking the guards. */
  state = 0;

  name = '';
  libraryName = '';
  libraryVersion = '';
  /** Who it is logged in as; null for sessions of the server's own, which may do everything. */
  user: User | null = null;
  replyMode: ReplyMode = 'on';
  /** CLIENT REPLY SKIP has just been said: the command to skip is still to come. */
  private skipsNext = false;
  /** SCRIPT DEBUG: the next script is debugged; or it would be in a way that is not possible, and is refused. */
  scriptDebugging: 'off' | 'on' | 'refused' = 'off';
  noEvict = false;
  /** `maxmemory-clients` disconnects it. */
  isEvicted = false;
  clientClass: ClientClass = 'normal';
  /** Monitors, replicas and masters; for CLIENT LIST's flags. */
  role: 'client' | 'monitor' | 'replica' | 'master' = 'client';
  /** How many channels, patterns and shard channels it is subscribed to. */
  channelCount = 0;
  patternCount = 0;
  shardChannelCount = 0;
  /** Bytes that its subscriptions take. */
  subscriptionBytes = 0;
  /** Bytes that the keys it watches take. */
  watchBytes = 0;
  /** While {@link TRACKING}: the client that is sent the invalidations, 0 for itself. */
  trackingRedirect = 0;
  /** While {@link TRACKING}: how. */
  tracking: TrackingModes | null = null;

  readonly createdMs: number;
  lastActiveMs: number;
  lastCommand: Command | null = null;
  /** Bytes of the arguments of the command that is being executed or waits, as far as anybody has counted them. */
  argumentBytes = 0;
  /** Bytes of arguments kept for queued commands. */
  keptBytes = 0;

  /** What is queued since MULTI; null outside. */
  transaction: Transaction | null = null;
  /** How many commands the transaction has that EXEC executes; -1 at other times. */
  executedCount = -1;
  /** The last one, to be used again. */
  private spareTransaction: Transaction | null = null;

  /** Set while a command's reply is still to come: no further command of the session is executed. */
  suspended = false;
  /** Why a blocked session waits; null while it does not. */
  blocked: BlockedState | null = null;
  /** Its command waits for the end of a pause. */
  postponed = false;
  /** Set once the connection is to be closed after its output is sent. */
  closing = false;
  /** Set once the transport is gone. */
  closed = false;

  constructor(id: number, database: Database, reply: ReplyWriter, nowMs: number, transport: Transport = NO_TRANSPORT) {
    this.id = id;
    this.database = database;
    this.output = reply;
    this.reply = reply;
    this.transport = transport;
    this.createdMs = nowMs;
    this.lastActiveMs = nowMs;
  }

  /** True when all of `bits` are set. */
  is(bits: number): boolean {
    return (this.state & bits) === bits;
  }

  set(bits: number, on: boolean): void {
    this.state = on ? this.state | bits : this.state & ~bits;
  }

  /** Executes no further command of this session until {@link resume}: the reply is still to come. */
  suspend(): void {
    this.suspended = true;
  }

  /** The late reply has been written: sends it and goes on with what the client sent meanwhile. */
  resume(): void {
    this.suspended = false;
    this.endSkip();
    this.transport.scheduleFlush();
    this.transport.resume();
  }

  /** Closes after the replies written so far. */
  closeAfterReply(): void {
    this.closing = true;
  }

  /** The protocol of the replies that follow. */
  speak(version: RespVersion): void {
    // Every writer can change its version between replies; handlers see it read-only.
    const output: { version: RespVersion } = this.output;
    output.version = version;
    this.set(IN_PUBSUB, version === 2 && this.clientClass === 'pubsub');
  }

  /** Where confirmations of subscriptions go: to a client that wants no replies too. */
  get confirmations(): ReplyWriter {
    return this.reply === NOWHERE ? this.output : this.reply;
  }

  /** Its subscriptions have changed: as long as it has any, it is a subscriber. */
  followSubscriptions(): void {
    const isSubscribed = this.channelCount + this.patternCount + this.shardChannelCount > 0;
    if (this.clientClass !== 'replica') this.clientClass = isSubscribed ? 'pubsub' : 'normal';
    this.set(SUBSCRIBED, isSubscribed);
    this.set(IN_PUBSUB, isSubscribed && this.output.version === 2);
  }

  /** CLIENT REPLY. While replies are off, `skip` changes nothing. */
  setReplyMode(mode: ReplyMode): void {
    this.skipsNext = mode === 'skip';
    if (mode === 'skip' && this.replyMode === 'off') return;
    this.replyMode = mode;
    this.set(MUTED, mode !== 'on');
    if (this.reply === this.output || this.reply === NOWHERE) this.reply = mode === 'on' ? this.output : NOWHERE;
  }

  /** A muted session's next command begins: if one is to be skipped, it is this one. */
  beginSkip(): void {
    this.skipsNext = false;
  }

  /** A command has been answered; if it was the one to be skipped, replies are sent again. */
  endSkip(): void {
    if (this.replyMode === 'skip' && !this.skipsNext) this.setReplyMode('on');
  }

  /** MULTI: what follows is queued. */
  beginTransaction(): void {
    this.transaction = this.spareTransaction?.clear() ?? new Transaction();
    this.spareTransaction = null;
    this.set(IN_MULTI, true);
  }

  /**
   * Forgets what was queued since MULTI; EXEC, which has it in hand, may execute it until the next transaction begins.
   * Watched keys are {@link Watches}' to forget.
   */
  leaveTransaction(): void {
    if (this.transaction?.isSmall) this.spareTransaction = this.transaction;
    this.transaction = null;
    this.keptBytes = 0;
    this.set(IN_MULTI, false);
  }

  /**
   * RESET: as if the client had just connected. Left as they are: the number, the name of the client's library, and
   * who the client is, which its caller changes ({@link Authenticator.logOut}).
   *
   * @param database the one that new clients use
   */
  reset(database: Database): void {
    this.database = database;
    this.leaveTransaction();
    this.set(NO_TOUCH, false);
    this.noEvict = false;
    this.name = '';
    this.speak(2);
    // A reply that is being skipped stays skipped, RESET's own.
    if (this.replyMode === 'off') this.setReplyMode('on');
  }
}

/** A session that waits for keys, for a time, or for replicas. */
export interface BlockedState {
  /** It waits for a limited time. */
  readonly hasTimeout: boolean;
  /** Ends the waiting because the client is gone or is unblocked: `error` answers `-UNBLOCKED`, else the timeout reply. */
  cancel(how: 'gone' | 'timeout' | 'error'): void;
}
