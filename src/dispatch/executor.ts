/**
 * Runs commands: finds them, asks the guards, calls the handler, counts, and logs what took effect.
 */
import { performance } from 'node:perf_hooks';
import { invariant } from '../lib/invariant.ts';
import type { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import { errors } from '../protocol/errors.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import { denialReply, lateDenialReply } from './acl/acl.ts';
import { CONTINUE, type Outcome, SUSPENDED } from './client-port.ts';
import type { CommandSpec } from './command.ts';
import { CommandContext } from './command-context.ts';
import { guards } from './guards.ts';
import { COMMITS, CONTAINER, type Command, DENY_OOM, PROTECTED, SKIP_SLOWLOG, WRITE } from './registry.ts';
import type { ServerServices } from './server-services.ts';
import { MUTED, NO_TOUCH, RESTRICTED, type Session } from './session.ts';
import type { QueuedCommand } from './transaction.ts';

/**
 * What a write may allocate beyond the bytes of its arguments. While a snapshot is alive each argument may have a
 * table segment and the directory pages above it copied; else segments split now and then, for many keys at a time.
 */
const HEADROOM = 64 * 1024;
const HEADROOM_PER_ARGUMENT = 512;
const FROZEN_HEADROOM_PER_ARGUMENT = 16 * 1024;

export class Executor {
  private readonly server: ServerServices;
  /** One context per level of re-entry: EXEC and scripts run commands from within a command. */
  private readonly contexts: CommandContext[];
  private depth = 0;
  /**
   * When the last command ended, or the turn began: the clock is read once per command. Monotonic microseconds modulo
   * 2^32, a small integer, since a float that is handed on is an object to V8.
   */
  private stampUs = 0;
  /** Units that have begun and not ended: above 0 nobody may block. */
  private unitDepth = 0;
  /** The key for which a blocked client's command is executed again; null at all other times. */
  private retriedKey: Slice | null = null;

  constructor(server: ServerServices) {
    this.server = server;
    this.contexts = [new CommandContext(server)];
  }

  /**
   * Commands follow: to be called before {@link execute} when anything else has run since the last one. Answers the
   * time, in monotonic milliseconds.
   */
  beginTurn(): number {
    const nowMs = performance.now();
    this.stampUs = wrapped(nowMs);
    return nowMs;
  }

  /** The bytes of the commands' arguments may change now. Answers the time, in monotonic milliseconds. */
  endTurn(): number {
    this.server.keyspace.prefetch.forget();
    return performance.now();
  }

  /** Executes one command of a session; answers what its connection does next. */
  execute(session: Session, args: Args): Outcome {
    const command = this.server.registry.find(args);
    if (command === null) return this.refuseUnknown(session, args);
    session.lastCommand = command;
    if (
      (session.state | this.server.state.bits) !== 0 ||
      args.count < command.minArgs ||
      args.count > command.maxArgs ||
      (command.bits & (CONTAINER | PROTECTED)) !== 0
    ) {
      return session.is(MUTED)
        ? this.executeMuted(session, command, args)
        : this.executeGuarded(session, command, args);
    }
    return this.call(session, command, args);
  }

  private executeGuarded(session: Session, command: Command, args: Args): Outcome {
    for (const guard of guards) {
      const verdict = guard(this.server, session, command, args);
      if (verdict === null) continue;
      return verdict instanceof ReplyError ? this.refuse(session, command, verdict) : verdict;
    }
    if (!session.is(NO_TOUCH)) return this.call(session, command, args);
    const { keyspace } = this.server;
    keyspace.touches = false;
    try {
      return this.call(session, command, args);
    } finally {
      keyspace.touches = true;
    }
  }

  /** CLIENT REPLY OFF or SKIP: the session's replies are dropped. */
  private executeMuted(session: Session, command: Command, args: Args): Outcome {
    session.beginSkip();
    const outcome = this.executeGuarded(session, command, args);
    // A command that waits has not been answered: its late reply is skipped too.
    if (outcome === CONTINUE) session.endSkip();
    return outcome;
  }

  /**
   * Runs what a transaction has queued. Nothing comes in between, time stands still, and what took effect is logged as
   * one unit.
   */
  executeQueued(session: Session, commands: readonly QueuedCommand[]): void {
    const { keyspace } = this.server;
    keyspace.holdTime();
    this.beginUnit();
    try {
      for (const { command, args } of commands) {
        session.lastCommand = command;
        if (!session.is(RESTRICTED) || this.isStillAllowed(session, command, args)) this.call(session, command, args);
      }
    } finally {
      this.endUnit();
      keyspace.releaseTime();
    }
  }

  /** Executes a blocked client's command again, for one key; true when the client is answered. */
  retry(session: Session, args: Args, key: Slice): boolean {
    const command = session.lastCommand;
    invariant(command !== null && this.depth === 0, 'a command is executed again in the middle of another');
    this.beginTurn();
    session.suspended = false;
    const denial = this.server.acl.refusal(session, command, args, 'toplevel');
    if (denial !== null) {
      this.refuse(session, command, denialReply(denial, command));
      return true;
    }
    this.retriedKey = key;
    try {
      this.call(session, command, args);
    } finally {
      this.retriedKey = null;
    }
    return !session.suspended;
  }

  /** Rights may have changed since a command was queued. One that is not allowed any more is answered with an error. */
  private isStillAllowed(session: Session, command: Command, args: Args): boolean {
    const denial = this.server.acl.refusal(session, command, args, 'multi');
    if (denial === null) return true;
    const error = lateDenialReply(denial);
    this.server.stats.countError(error.code);
    session.reply.error(error);
    return false;
  }

  /** Commands that follow, up to {@link endUnit}, take effect as one: nobody blocks, and the log shows them as one. */
  beginUnit(): void {
    if (this.unitDepth++ === 0) this.server.writeLog.beginUnit();
  }

  endUnit(): void {
    if (--this.unitDepth === 0) this.server.writeLog.endUnit();
  }

  private refuseUnknown(session: Session, args: Args): Outcome {
    session.lastCommand = null;
    session.beginSkip();
    this.refuse(session, null, errors.unknownCommand(args));
    session.endSkip();
    return CONTINUE;
  }

  private refuse(session: Session, command: Command | null, error: ReplyError): Outcome {
    const { transaction } = session;
    let answer = error;
    if (transaction !== null) transaction.aborted = true;
    if (command !== null) command.rejected++;
    // Even outside a transaction, as in Redis.
    if (command !== null && (command.bits & COMMITS) !== 0) {
      answer = errors.execAborted(error);
      this.server.watches.unwatch(session);
      session.leaveTransaction();
    }
    this.server.stats.countError(answer.code);
    session.reply.error(answer);
    return CONTINUE;
  }

  /** Calls the handler. */
  private call(session: Session, command: Command, args: Args): Outcome {
    const { keyspace, stats } = this.server;
    if ((command.bits & (WRITE | DENY_OOM)) === (WRITE | DENY_OOM) && !this.reserve(args)) {
      return this.refuse(session, command, errors.oom);
    }
    const context = this.enter(session, args);
    const dirtyBefore = keyspace.dirty;
    const startUs = this.stampUs;
    let failed = false;
    try {
      handlerOf(command.spec)(context);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      failed = true;
      stats.countError(error.code);
      session.reply.error(error);
    } finally {
      this.depth--;
    }
    if (session.blocked === null) this.count(session, command, args, startUs, failed);
    else this.countBlocked(session, command, args, startUs, failed);
    if (keyspace.dirty !== dirtyBefore && this.server.writeLog.hasSubscribers) this.logEffect(context);
    if (this.depth === 0 && this.server.blocking.hasReady && this.retriedKey === null) this.server.blocking.serve();
    return session.suspended ? SUSPENDED : CONTINUE;
  }

  /** Makes sure that a write finds the memory it needs, so that it never fails half-way. */
  private reserve(args: Args): boolean {
    const { heap } = this.server.keyspace;
    const { count } = args;
    const perArgument = heap.frozenThrough === 0 ? HEADROOM_PER_ARGUMENT : FROZEN_HEADROOM_PER_ARGUMENT;
    let bytes = HEADROOM + count * perArgument;
    for (let i = 1; i < count; i++) bytes += args.at(i).length;
    return heap.reserve(bytes);
  }

  private enter(session: Session, args: Args): CommandContext {
    const depth = this.depth++;
    if (depth === this.contexts.length) this.contexts.push(new CommandContext(this.server));
    const context = this.contexts[depth];
    context.args = args;
    context.session = session;
    context.reply = session.reply;
    context.database = session.database;
    context.propagation = 'as-received';
    // Setting a length costs even where it changes nothing.
    if (context.rewritten.length > 0) context.rewritten.length = 0;
    context.mayBlock = this.unitDepth === 0;
    context.readyKey = depth === 0 ? this.retriedKey : null;
    return context;
  }

  private count(session: Session, command: Command, args: Args, startUs: number, failed: boolean): void {
    const { server } = this;
    const endUs = wrapped(performance.now());
    this.stampUs = endUs;
    const microseconds = (endUs - startUs) | 0;
    server.stats.commandsProcessed++;
    command.calls++;
    command.microseconds += microseconds;
    command.latency.record(microseconds);
    if (failed) command.failed++;
    const slow = server.slowLog.thresholdUs;
    if (microseconds < 1000 && (microseconds < slow || slow < 0)) return;
    this.recordSlowness(session, command, args, microseconds);
  }

  /**
   * Counts a command that blocks when it blocks, and how long it takes when it is served. Those that find nothing to
   * do once more count for nothing.
   */
  private countBlocked(session: Session, command: Command, args: Args, startUs: number, failed: boolean): void {
    const { server } = this;
    const endUs = wrapped(performance.now());
    this.stampUs = endUs;
    const microseconds = (endUs - startUs) | 0;
    if (this.retriedKey === null) {
      server.stats.commandsProcessed++;
      command.calls++;
      command.microseconds += microseconds;
    } else if (!session.suspended) {
      command.microseconds += microseconds;
      command.latency.record(microseconds);
      if (failed) command.failed++;
      this.recordSlowness(session, command, args, microseconds);
    }
  }

  private recordSlowness(session: Session, command: Command, args: Args, microseconds: number): void {
    const { server } = this;
    const slow = server.slowLog.thresholdUs;
    const nowMs = server.clock.nowMs();
    if (slow >= 0 && microseconds >= slow && (command.bits & SKIP_SLOWLOG) === 0) {
      server.slowLog.record(session, args, microseconds, nowMs);
    }
    let event = command.isFast ? 'fast-command' : 'command';
    if (this.retriedKey !== null) event = 'command-unblocking';
    server.latency.record(event, microseconds / 1000, nowMs);
  }

  private logEffect(context: CommandContext): void {
    const { writeLog } = this.server;
    const database = context.database.index;
    if (context.propagation === 'as-received') {
      writeLog.append(database, context.args);
    } else if (context.propagation === 'rewritten') {
      if (context.rewritten.length > 1) writeLog.beginUnit();
      for (const args of context.rewritten) writeLog.append(database, args);
      if (context.rewritten.length > 1) writeLog.endUnit();
    }
    context.rewritten.length = 0;
  }
}

/** Milliseconds as microseconds modulo 2^32, so that differences of up to 35 minutes are right. */
function wrapped(milliseconds: number): number {
  return (milliseconds * 1000) | 0;
}

/** Specs forget what their handlers are given, so that they can be described without it; here it is known again. */
function handlerOf(spec: CommandSpec): (context: CommandContext) => void {
  return spec.run as (context: CommandContext) => void;
}
