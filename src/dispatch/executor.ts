/**
 * Runs commands: finds them, asks the guards, calls the handler, counts, and logs what took effect.
 */
import { invariant } from '../lib/invariant.ts';
import type { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import { errors } from '../protocol/errors.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import { denialReply, lateDenialReply } from './acl/acl.ts';
import { CONTINUE, type Outcome, SUSPENDED } from './client-port.ts';
import { CommandContext } from './command-context.ts';
import { CommandMeter } from './command-meter.ts';
import { guards, queueAtOnce } from './guards.ts';
import { COMMITS, CONTAINER, type Command, DENY_OOM, PROTECTED, READONLY, WRITE } from './registry.ts';
import type { ServerServices } from './server-services.ts';
import { BUSY, MONITORED } from './server-state.ts';
import { HELD_PUSHES, MUTED, NO_TOUCH, RESTRICTED, type Session, SUBSCRIBED, TRACKING } from './session.ts';
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
  readonly meter: CommandMeter;
  /** One context per level of re-entry: EXEC and scripts run commands from within a command. */
  private readonly contexts: CommandContext[];
  private depth = 0;
  /** The depth of other clients' commands while they are executed in the middle of one ({@link serveOthers}), else -1. */
  private othersDepth = -1;
  /** Units that have begun and not ended: above 0 nobody may block. */
  private unitDepth = 0;
  /** A script's command is being executed. */
  private isWithinScript = false;
  /** What is left of a transaction in whose middle a script is suspended. */
  private interrupted: { readonly commands: readonly QueuedCommand[]; readonly next: number } | null = null;
  /** The key for which a blocked client's command is executed again; null at all other times. */
  private retriedKey: Slice | null = null;

  constructor(server: ServerServices) {
    this.server = server;
    this.meter = new CommandMeter(server);
    this.contexts = [new CommandContext(server)];
  }

  /** The session whose command is being executed, the outermost one's where commands execute others; else null. */
  get currentSession(): Session | null {
    const outermost = Math.max(0, this.othersDepth);
    return this.depth <= outermost ? null : this.contexts[outermost].session;
  }

  /**
   * Commands follow: to be called before {@link execute} when anything else has run since the last one. Answers the
   * time, in monotonic milliseconds.
   */
  beginTurn(): number {
    return this.meter.beginTurn();
  }

  /** The bytes of the commands' arguments may change now. Answers the time, in monotonic milliseconds. */
  endTurn(): number {
    this.server.keyspace.prefetch.forget();
    this.server.keyspace.memberPrefetch.forget();
    return this.meter.endTurn();
  }

  /**
   * Executes one command of a session; answers what its connection does next. `isLast` is false where another command
   * of the same session is known to follow in the same turn.
   */
  execute(session: Session, args: Args, isLast = true): Outcome {
    const command = this.server.registry.find(args);
    if (command === null) return this.refuseUnknown(session, errors.unknownCommand(args));
    session.lastCommand = command;
    if (
      (session.state | this.server.state.bits) !== 0 ||
      args.count < command.minArgs ||
      args.count > command.maxArgs ||
      (command.bits & (CONTAINER | PROTECTED)) !== 0
    ) {
      if (queueAtOnce(this.server, session, command, args)) return CONTINUE;
      if (this.server.registry.namesNoSubcommand(command, args)) {
        return this.refuseUnknown(session, errors.unknownSubcommand(args.at(0), args.at(1)));
      }
      return session.is(MUTED)
        ? this.executeMuted(session, command, args)
        : this.executeGuarded(session, command, args);
    }
    return this.call(session, command, args, isLast);
  }

  private executeGuarded(session: Session, command: Command, args: Args): Outcome {
    const { tracking } = this.server;
    if (session.is(SUBSCRIBED)) this.server.pushes.settle();
    if (session.is(TRACKING)) tracking.limit();
    const outcome = this.executeUnlessStopped(session, command, args);
    if (session.is(TRACKING)) tracking.commandEnded(session, command);
    return outcome;
  }

  private executeUnlessStopped(session: Session, command: Command, args: Args): Outcome {
    for (const guard of guards) {
      const verdict = guard(this.server, session, command, args);
      if (verdict === null) continue;
      if (!(verdict instanceof ReplyError)) return verdict;
      const outcome = this.refuse(session, command, verdict);
      // Monitors have seen MULTI and are told of the end.
      if ((command.bits & COMMITS) !== 0) this.server.monitors.feed(session, args);
      return outcome;
    }
    if (!session.is(NO_TOUCH)) return this.call(session, command, args, true);
    const { keyspace } = this.server;
    keyspace.touches = false;
    try {
      return this.call(session, command, args, true);
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
    session.executedCount = commands.length;
    this.server.keyspace.holdTime();
    this.beginUnit();
    this.runQueued(session, commands, 0);
  }

  private runQueued(session: Session, commands: readonly QueuedCommand[], first: number): void {
    let isInterrupted = false;
    try {
      for (let next = first; next < commands.length && !isInterrupted; ) {
        const { command, args } = commands[next++];
        if (!session.is(RESTRICTED) || this.isStillAllowed(session, command, args))
          this.call(session, command, args, next === commands.length);
        isInterrupted = this.server.state.is(BUSY);
        if (isInterrupted) this.interrupted = { commands, next };
      }
    } finally {
      if (!isInterrupted) {
        session.executedCount = -1;
        this.endUnit();
        this.server.keyspace.releaseTime();
      }
    }
  }

  /** Executes a script's command in the script's session. The script has seen to it that it may be. */
  callWithin(session: Session, command: Command, args: Args): void {
    // Its time is told with that of the commands around it: the clock is read once for all.
    this.isWithinScript = true;
    try {
      this.call(session, command, args, false);
    } finally {
      this.isWithinScript = false;
    }
  }

  /** A session's script that had been suspended has ended: goes on with the transaction around it, and the session. */
  goOn(session: Session): void {
    const { interrupted } = this;
    if (interrupted !== null) {
      this.interrupted = null;
      this.runQueued(session, interrupted.commands, interrupted.next);
      if (this.interrupted !== null) return;
    }
    this.serveReady();
    session.resume();
  }

  /** Executes a blocked client's command again, for one key; true when the client is answered. */
  retry(session: Session, args: Args, key: Slice): boolean {
    const command = session.lastCommand;
    invariant(command !== null && this.depth === 0, 'a command is executed again in the middle of another');
    this.beginTurn();
    if (session.is(SUBSCRIBED)) this.server.pushes.settle();
    session.suspended = false;
    const denial = this.server.acl.refusal(session, command, args, 'toplevel');
    if (denial !== null) {
      this.refuse(session, command, denialReply(denial, command));
      return true;
    }
    this.retriedKey = key;
    try {
      this.call(session, command, args, true);
    } finally {
      this.retriedKey = null;
    }
    return !session.suspended;
  }

  /** Has other clients' commands executed, by `serve`, in the middle of one that takes long. */
  serveOthers(serve: () => void): void {
    const before = this.othersDepth;
    this.othersDepth = this.depth;
    try {
      serve();
    } finally {
      this.othersDepth = before;
    }
  }

  /** True within what takes effect as one: a transaction or a script. */
  get isInUnit(): boolean {
    return this.unitDepth > 0;
  }

  /** True while a handler is on the stack. */
  get isRunning(): boolean {
    return this.depth > 0;
  }

  /**
   * Executes a command that was logged, whatever the state of the server: nobody is asked whether it may, it blocks
   * nobody and it is logged no more. Null, or why it is no command.
   */
  replay(session: Session, args: Args): ReplyError | null {
    const command = this.server.registry.find(args);
    if (command === null) return errors.unknownCommand(args);
    if (args.count < command.minArgs || args.count > command.maxArgs) return errors.wrongArity(command.fullName);
    if ((command.bits & CONTAINER) !== 0) return errors.unknownSubcommand(args.at(0), args.at(1));
    if (!this.reserve(args)) return errors.oom;
    session.lastCommand = command;
    this.unitDepth++;
    try {
      command.run(this.enter(session, command, args));
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      session.reply.error(error);
    } finally {
      this.depth--;
      this.unitDepth--;
    }
    return null;
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

  private refuseUnknown(session: Session, error: ReplyError): Outcome {
    session.lastCommand = null;
    if (session.is(SUBSCRIBED)) this.server.pushes.settle();
    session.beginSkip();
    this.refuse(session, null, error);
    if (session.is(TRACKING)) this.server.tracking.commandEnded(session, null);
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
  private call(session: Session, command: Command, args: Args, isLast: boolean): Outcome {
    const { keyspace, stats } = this.server;
    if ((command.bits & (WRITE | DENY_OOM)) === (WRITE | DENY_OOM) && !this.reserve(args)) {
      return this.refuse(session, command, errors.oom);
    }
    const { meter } = this;
    const isBrief = meter.begin(command, args);
    const startUs = meter.startUs;
    const context = this.enter(session, command, args);
    const dirtyBefore = keyspace.dirty;
    try {
      command.run(context);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      command.failed++;
      stats.countError(error.code);
      session.reply.error(error);
    } finally {
      this.depth--;
    }
    if (session.blocked !== null) meter.countBlocked(session, command, args, startUs, this.retriedKey !== null);
    else if (isBrief) meter.join(session, command, args, isLast);
    else meter.count(session, command, args, startUs);
    const { writeLog } = this.server;
    if (writeLog.hasSubscribers) {
      if (writeLog.hasDeletions) this.logWithDeletions(context, keyspace.dirty !== dirtyBefore);
      else if (keyspace.dirty !== dirtyBefore) this.logEffect(context);
    }
    if (((session.state & (TRACKING | HELD_PUSHES)) | (this.server.state.bits & MONITORED)) !== 0) {
      this.tell(session, command, args);
    }
    if (this.server.blocking.hasReady) this.serveReady();
    return session.suspended ? SUSPENDED : CONTINUE;
  }

  /** Serves blocked clients, unless something is half done. */
  private serveReady(): void {
    if (this.depth === 0 && this.unitDepth === 0 && this.retriedKey === null) this.server.blocking.serve();
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

  private enter(session: Session, command: Command, args: Args): CommandContext {
    const depth = this.depth++;
    if (depth === this.contexts.length) this.contexts.push(new CommandContext(this.server));
    const context = this.contexts[depth];
    context.command = command;
    context.args = args;
    context.session = session;
    context.reply = session.reply;
    context.database = session.database;
    context.propagation = 'as-received';
    // Setting a length costs even where it changes nothing.
    if (context.rewritten.length > 0) context.rewritten.length = 0;
    // Other clients' commands, while a script is suspended, are no part of its unit.
    context.mayBlock =
      this.unitDepth === 0 ||
      depth === this.othersDepth ||
      (depth === 0 && this.server.state.is(BUSY) && !this.isWithinScript);
    context.isInScript = this.isWithinScript;
    context.readyKey = depth === 0 ? this.retriedKey : null;
    return context;
  }

  private logWithDeletions(context: CommandContext, hasEffect: boolean): void {
    const { writeLog } = this.server;
    writeLog.beginUnit();
    writeLog.appendDeletions();
    if (hasEffect) this.logEffect(context);
    writeLog.endUnit();
  }

  /** A command has been called: monitors are told, its keys are tracked, and its client gets what was kept for it. */
  private tell(session: Session, command: Command, args: Args): void {
    const { monitors, pushes, tracking } = this.server;
    if (this.retriedKey === null) monitors.show(session, command, args);
    // Scripts that may only read have read what their commands have.
    if (session.is(TRACKING) && (command.bits & READONLY) !== 0 && command.spec.script === undefined) {
      tracking.remember(session, command, args);
    }
    if (this.depth > 0) return;
    if (session.is(HELD_PUSHES)) pushes.release(session);
    if (session.is(TRACKING)) tracking.limit();
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
