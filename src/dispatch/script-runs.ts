/**
 * Runs scripts and functions: as one unit, at one moment, in a session of their own, and so that other clients have a
 * turn when it takes too long.
 *
 * A script that has run for longer than `busy-reply-threshold` is suspended now and then, and goes on with the next turn
 * of the event loop. Meanwhile the server is {@link BUSY}: what a half-done script has left nobody may see, and nothing
 * but what can end it is executed. Where it can't be suspended, within a callback of Lua's own functions and while a log
 * is replayed, the clients that are connected are served in its midst ({@link ServerServices.pollClients}).
 */
import { performance } from 'node:perf_hooks';
import type { Args } from '../protocol/args.ts';
import { errors } from '../protocol/errors.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import type { CommandContext } from './command-context.ts';
import type { Executor } from './executor.ts';
import { CONTAINER, type Command, DENY_OOM, MAY_REPLICATE, NO_SCRIPT, READONLY, WRITE } from './registry.ts';
import {
  ALLOW_OOM,
  NO_WRITES,
  type Runnable,
  type ScriptService,
  type ScriptVerdict,
  UNDECLARED,
} from './script-service.ts';
import type { LogLevel, ServerServices } from './server-services.ts';
import { BUSY, LOADING, MEMORY_LIMITED, MONITORED, UNSAFE } from './server-state.ts';
import { RESTRICTED, Session, TRACKING } from './session.ts';
import { ALL_TARGETS } from './write-log.ts';

/** How long a script that has run for too long runs before others have a turn again. */
const SLICE_MS = 10;

/** Where there is no limit, a script that is debugged has this one. */
const DEBUG_LIMIT_MS = 5000;

const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];

const REFUSALS = {
  unknown: refusal('Unknown Redis command called from script'),
  arity: refusal('Wrong number of args calling Redis command from script'),
  noScript: refusal('This Redis command is not allowed from script'),
  readOnly: refusal('Write commands are not allowed from read-only scripts.'),
};

const DENIALS = {
  command: refusal("The user executing the script can't run this command or subcommand"),
  key: refusal(
    "The user executing the script can't access at least one of the keys mentioned in the command arguments",
  ),
  channel: refusal("The user executing the script can't publish to the channel mentioned in the command"),
};

/** What a run may do, and what it has done. */
interface Run {
  script: Runnable;
  /** The client that waits for it. */
  session: Session;
  isReadOnly: boolean;
  allowsOom: boolean;
  /** It is the whole of its unit: what began with it ends with it. */
  isOwnUnit: boolean;
  command: Command;
  /** The command's arguments; a copy, once it has run for too long. */
  args: Args;
  isLate: boolean;
  hasWritten: boolean;
  startedMs: number;
  isKilled: boolean;
  /** It was stopped where it could not be suspended, since the server is to stop. */
  hasGivenWay: boolean;
}

export class ScriptRuns {
  /** Scripts may call commands that are not for scripts (DEBUG SET-DISABLE-DENY-SCRIPTS). */
  allowsAll = false;
  private readonly server: ServerServices;
  private readonly executor: Executor;
  private readonly onBroken: (error: unknown) => void;
  private session: Session | null = null;
  private scripts!: ScriptService;
  private run: Run | null = null;
  /** The last run's, to be used again. */
  private spare: Run | null = null;
  private sliceEndMs = 0;
  /** Others are being served in the midst of the script. */
  private isPolling = false;
  /** Memory was used up when the script began. */
  private isOutOfMemory = false;

  constructor(server: ServerServices, executor: Executor, onBroken: (error: unknown) => void) {
    this.server = server;
    this.executor = executor;
    this.onBroken = onBroken;
  }

  /** Says who knows the language. To be called once. */
  use(scripts: ScriptService): void {
    this.scripts = scripts;
  }

  /** What other clients are answered with while a script has run for too long. */
  get busyError(): ReplyError {
    return this.run?.script.isFunction === true ? errors.busyFunction : errors.busyEval;
  }

  /** The run that takes too long: for FUNCTION STATS. Null when there is none. */
  get current(): {
    readonly name: string;
    readonly isFunction: boolean;
    readonly args: Args;
    readonly ms: number;
  } | null {
    const { run } = this;
    if (run?.isLate !== true) return null;
    const { name, isFunction } = run.script;
    return { name, isFunction, args: run.args, ms: Math.floor(performance.now() - run.startedMs) };
  }

  /** Runs a script or function for a command, and answers. */
  start(context: CommandContext, script: Runnable, firstKey: number, keyCount: number, isReadOnly: boolean): void {
    const { session } = context;
    this.check(context, script, isReadOnly);
    // What the script's commands change they log themselves.
    context.propagateNothing();
    const own = this.ownSession(session);
    own.database = session.database;
    own.user = session.user;
    own.set(RESTRICTED, session.is(RESTRICTED));
    if (this.server.state.is(MONITORED)) this.server.monitors.feed(session, context.args);
    const run = this.newRun(context, script);
    run.isReadOnly = isReadOnly || ((script.flags & UNDECLARED) === 0 && (script.flags & NO_WRITES) !== 0);
    run.allowsOom = (script.flags & UNDECLARED) === 0 && (script.flags & ALLOW_OOM) !== 0;
    this.run = run;
    if (context.mayBlock) this.server.keyspace.holdTime();
    this.executor.beginUnit();
    const hasEnded = this.scripts.start(script, context.args, firstKey, keyCount);
    if (hasEnded && !run.hasGivenWay) this.end();
    else this.suspend(run);
  }

  /** SCRIPT KILL and FUNCTION KILL. */
  kill(isFunction: boolean): void {
    const { run } = this;
    if (run === null) throw errors.notBusy;
    if (run.hasWritten) throw errors.unkillable;
    if (run.script.isFunction !== isFunction) throw this.busyError;
    run.isKilled = true;
  }

  /**
   * A client that was served in the midst of a script has the server stop, which takes turns of the event loop: the script
   * ends here and now, unanswered, and what it has written is not logged. `failed` is kept if the server goes on.
   */
  giveWay(failed: Promise<unknown>): void {
    const { run } = this;
    if (run === null || !this.isPolling || this.server.state.is(LOADING)) return;
    run.hasGivenWay = true;
    failed.then(() => {
      if (this.run === run) this.endLate(run);
    });
  }

  /** True when a script has run for too long and has written: what it has left is half of what it does. */
  get isHalfDone(): boolean {
    return this.run?.hasWritten === true;
  }

  // What scripts ask

  /** Executes a script's command; the reply, or (false) why it was refused, goes to `reply`. */
  call(args: Args, reply: ReplyWriter): boolean {
    const { run, session } = this;
    if (run === null || session === null) throw new Error('a command is called while no script runs');
    const { registry } = this.server;
    const command = registry.find(args);
    const error = this.refusalOf(command, args, run);
    if (error !== null || command === null) {
      this.refuse(command, error ?? REFUSALS.unknown, reply);
      return false;
    }
    if ((command.bits & WRITE) !== 0) run.hasWritten = true;
    session.reply = reply;
    session.lastCommand = command;
    this.executor.callWithin(session, command, args);
    if (run.session.is(TRACKING) && (command.bits & READONLY) !== 0) {
      // Whichever it has read: by its keys the client knows what it was told.
      this.server.tracking.remember(run.session, run.command, run.args);
    }
    return true;
  }

  /** A script that is debugged goes on after a stop: what its commands see of time is later. */
  renewTime(): void {
    if (this.run?.isOwnUnit === true) this.server.keyspace.holdTime();
  }

  /** For how long a script that is debugged runs without a stop. */
  get timeLimitMs(): number {
    return Number(this.server.config.get('busy-reply-threshold')) || DEBUG_LIMIT_MS;
  }

  /** Whether the script's user may execute a command; null for none that exists. */
  mayCall(args: Args): boolean | null {
    const command = this.server.registry.find(args);
    if (command === null || (command.bits & CONTAINER) !== 0) return null;
    return this.run === null || this.server.acl.allows(this.run.session, command, args);
  }

  /** `redis.set_repl`. */
  setReplication(flags: number): void {
    this.server.writeLog.targets = flags;
  }

  logs(level: LogLevel): boolean {
    return LEVELS.indexOf(level) >= LEVELS.indexOf(this.server.config.get('loglevel') as LogLevel);
  }

  log(level: LogLevel, message: string): void {
    this.server.log(level, message);
  }

  /** The script has answered an error, which one of its commands may have counted. */
  countError(error: ReplyError, isCounted: boolean): void {
    if (!isCounted) this.server.stats.countError(error.code);
    if (this.run !== null) this.run.command.failed++;
  }

  /** Asked every some thousand instructions. Others are served at once where the script can't be suspended. */
  checkTime(maySuspend: boolean): ScriptVerdict {
    const { run, server } = this;
    if (run === null) return 'go-on';
    const nowMs = performance.now();
    if (run.isLate) {
      if (nowMs < this.sliceEndMs) return 'go-on';
    } else {
      // The first of these moments comes so soon that it may stand for the beginning.
      if (run.startedMs === 0) {
        run.startedMs = nowMs;
        server.keyspace.nowMs();
      }
      const thresholdMs = Number(server.config.get('busy-reply-threshold'));
      if (thresholdMs <= 0 || nowMs - run.startedMs < thresholdMs) return 'go-on';
      this.beginBusy(run, nowMs);
    }
    const isLoading = server.state.is(LOADING);
    if (maySuspend && !isLoading) return 'suspend';
    this.isPolling = true;
    server.pollClients();
    this.isPolling = false;
    this.sliceEndMs = performance.now() + SLICE_MS;
    // What is replayed has ended once before.
    if (isLoading || !(run.isKilled || run.hasGivenWay)) return 'go-on';
    if (run.isKilled) this.logKill();
    return 'stop';
  }

  // Checks

  /** @throws {ReplyError} why the script may not run */
  private check(context: CommandContext, { flags }: Runnable, isReadOnly: boolean): void {
    const { server } = this;
    this.isOutOfMemory = server.state.is(MEMORY_LIMITED) && server.memoryLimit.state === 'exceeded';
    if ((flags & UNDECLARED) !== 0) return;
    const mayWrite = (flags & NO_WRITES) === 0;
    if (mayWrite && server.state.is(UNSAFE) && context.session.role !== 'master') {
      const refusal = server.persistence.writeRefusal ?? server.appendOnly.writeRefusal;
      if (refusal !== null) throw refusal;
    }
    if (mayWrite && isReadOnly) throw errors.scriptReadOnly;
    if (!this.isOutOfMemory || !mayWrite || (flags & ALLOW_OOM) !== 0) return;
    throw context.mayBlock ? errors.oom : errors.scriptOom;
  }

  private refusalOf(command: Command | null, args: Args, run: Run): ReplyError | null {
    if (command === null) return REFUSALS.unknown;
    if ((command.bits & CONTAINER) !== 0) return args.count < command.minArgs ? REFUSALS.arity : REFUSALS.unknown;
    if (args.count < command.minArgs || args.count > command.maxArgs) return REFUSALS.arity;
    const { bits } = command;
    if ((bits & NO_SCRIPT) !== 0 && !this.allowsAll) return REFUSALS.noScript;
    const denial = this.denialOf(command, args, run);
    if (denial !== null) return denial;
    if (run.isReadOnly && (bits & (WRITE | MAY_REPLICATE)) !== 0) return REFUSALS.readOnly;
    // What has begun is not stopped half-way.
    if (run.hasWritten) return null;
    const { server } = this;
    if ((bits & WRITE) !== 0 && server.state.is(UNSAFE)) {
      return server.persistence.writeRefusal ?? server.appendOnly.writeRefusal;
    }
    if (this.isOutOfMemory && !run.allowsOom && (bits & DENY_OOM) !== 0) return errors.oom;
    return null;
  }

  /** What the client's user may do, its scripts may. */
  private denialOf(command: Command, args: Args, run: Run): ReplyError | null {
    const { session } = this;
    if (session === null || !session.is(RESTRICTED)) return null;
    const denial = this.server.acl.refusal(session, command, args, 'lua', run.session);
    if (denial === null) return null;
    if (denial.reason === 'command') return DENIALS.command;
    return denial.reason === 'key' ? DENIALS.key : DENIALS.channel;
  }

  private refuse(command: Command | null, error: ReplyError, reply: ReplyWriter): void {
    if (command !== null) command.rejected++;
    this.server.stats.countError(error.code);
    reply.error(error);
  }

  // Runs that take too long

  private beginBusy(run: Run, nowMs: number): void {
    const { server } = this;
    run.args = run.args.copy();
    run.isLate = true;
    server.state.set(BUSY, true);
    const ms = Math.floor(nowMs - run.startedMs);
    const way = run.script.isFunction ? 'FUNCTION KILL' : 'SCRIPT KILL';
    server.log(
      'warning',
      `Slow script detected: still in execution after ${ms} milliseconds. You can try killing the script using the ${way} command. Script name is: ${run.script.name}.`,
    );
  }

  private suspend(run: Run): void {
    run.session.suspend();
    if (!run.hasGivenWay) setImmediate(() => this.proceed());
  }

  private logKill(): void {
    this.server.log('warning', 'Lua script killed by user with SCRIPT KILL.');
  }

  private proceed(): void {
    const { run } = this;
    if (run === null) return;
    try {
      if (run.isKilled) {
        this.logKill();
        this.scripts.kill();
        this.endLate(run);
        return;
      }
      this.sliceEndMs = performance.now() + SLICE_MS;
      if (this.scripts.continue()) {
        if (!run.hasGivenWay) this.endLate(run);
      } else setImmediate(() => this.proceed());
    } catch (error) {
      this.onBroken(error);
    }
  }

  private endLate(run: Run): void {
    this.end();
    this.executor.goOn(run.session);
  }

  private end(): void {
    const { run, server } = this;
    if (run === null) return;
    if (run.isLate) server.state.set(BUSY, false);
    this.scripts.answer(run.session.reply);
    this.run = null;
    if (!run.isLate) this.spare = run;
    server.writeLog.targets = ALL_TARGETS;
    // What its commands took is not what it took.
    this.executor.meter.endInner();
    this.executor.endUnit();
    if (run.isOwnUnit) server.keyspace.releaseTime();
  }

  /** What is known of a run that begins. The object of the last one is used again, unless somebody may still ask for it. */
  private newRun({ args, command, mayBlock, session }: CommandContext, script: Runnable): Run {
    const { spare } = this;
    this.spare = null;
    if (spare === null) {
      return {
        script,
        session,
        isReadOnly: false,
        allowsOom: false,
        isOwnUnit: mayBlock,
        command,
        args,
        isLate: false,
        hasWritten: false,
        startedMs: 0,
        isKilled: false,
        hasGivenWay: false,
      };
    }
    spare.script = script;
    spare.session = session;
    spare.isOwnUnit = mayBlock;
    spare.command = command;
    spare.args = args;
    spare.hasWritten = false;
    spare.startedMs = 0;
    return spare;
  }

  private ownSession(client: Session): Session {
    this.session ??= new Session(
      this.server.clients.takeId(),
      client.database,
      client.reply,
      this.server.clock.nowMs(),
    );
    return this.session;
  }
}

function refusal(message: string): ReplyError {
  return new ReplyError(`ERR ${message}`);
}
