/**
 * One client's session: which database and protocol it uses, who it is, what it may do now.
 *
 * A session is not a socket. Its transport carries its bytes; replay of the append-only file, scripts, the embedded
 * API and tests have sessions without one.
 */
import type { Database } from '../keyspace/database.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import type { ClientClass } from './client-port.ts';
import type { Command } from './registry.ts';
import type { Transaction } from './transaction.ts';
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
/** Its user is restricted by access control. */
export const RESTRICTED = 1 << 4;
/** CLIENT NO-TOUCH: its reads don't mark accesses. */
export const NO_TOUCH = 1 << 5;
/** Its reads are tracked for client-side caching. */
export const TRACKING = 1 << 6;

/** Which of its replies a client gets (CLIENT REPLY): all, none, or all but the next. */
export type ReplyMode = 'on' | 'off' | 'skip';

export class Session {
  readonly id: number;
  readonly transport: Transport;
  /** Where the client's replies go. */
  readonly output: ReplyWriter;
  /** Where replies go now: {@link output}, or what captures or drops them for a while. */
  reply: ReplyWriter;
  database: Database;
  /** The bits above; 0 lets commands through without asking the guards. */
  state = 0;

  name = '';
  libraryName = '';
  libraryVersion = '';
  user = 'default';
  replyMode: ReplyMode = 'on';
  noEvict = false;
  clientClass: ClientClass = 'normal';
  /** Monitors, replicas and masters; for CLIENT LIST's flags. */
  role: 'client' | 'monitor' | 'replica' | 'master' = 'client';

  readonly createdMs: number;
  lastActiveMs: number;
  lastCommand: Command | null = null;
  /** Bytes of arguments kept for queued commands. */
  keptBytes = 0;

  /** What is queued since MULTI; null outside. */
  transaction: Transaction | null = null;

  /** Set while a command's reply is still to come: no further command of the session is executed. */
  suspended = false;
  /** Why a blocked session waits; null while it does not. */
  blocked: BlockedState | null = null;
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
    this.transport.scheduleFlush();
    this.transport.resume();
  }

  /** Closes after the replies written so far. */
  closeAfterReply(): void {
    this.closing = true;
  }
}

/** A session that waits for keys, for a time, or for replicas. */
export interface BlockedState {
  /** Ends the waiting because the client is gone or is unblocked: `error` answers `-UNBLOCKED`, else the timeout reply. */
  cancel(how: 'gone' | 'timeout' | 'error'): void;
}
