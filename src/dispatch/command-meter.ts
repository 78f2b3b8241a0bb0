/**
 * Counts the commands that were executed, times them, and tells the slow log and the latency monitor.
 *
 * Reading the clock can cost as much as all else about a small command, so one reading serves a run: the same command
 * several times in one turn, in its shortest form, of those that take about the same time whatever the data. Its time is
 * shared out evenly. A run ends where a reply is long, so that what may take long is timed by itself; everything that
 * is no part of a run is too, and so is everything while the slow log asks for commands that take less than a
 * millisecond.
 */
import { performance } from 'node:perf_hooks';
import type { Args } from '../protocol/args.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { BRIEF, type Command, SKIP_SLOWLOG } from './registry.ts';
import type { ServerServices } from './server-services.ts';
import type { Session } from './session.ts';

const MAX_RUN = 16;
/** Of what the commands of a run answer, and of the arguments of each. */
const MAX_RUN_REPLY_BYTES = 16 * 1024;
const MAX_RUN_ARGUMENT_BYTES = 4096;
/** What takes less than this is of interest only if the slow log says so. */
const SLOW_US = 1000;

export class CommandMeter {
  /** Whether commands' histograms are kept (`latency-tracking`). */
  tracksLatency = true;
  private readonly server: ServerServices;
  /**
   * When the last command that was timed ended, or the turn began. Monotonic microseconds modulo 2^32, a small integer,
   * since a float that is handed on is an object to V8.
   */
  private stampUs = 0;
  /** The same in milliseconds. */
  private stampMs = 0;
  /** The clock has been read for the end of the command that is counted next. */
  private isEndRead = false;
  private runCommand: Command | null = null;
  /** Commands that have run since the clock was read. */
  private runLength = 0;
  /** A run ends when so much output is pending. */
  private runOutputBytes = MAX_RUN_REPLY_BYTES;

  constructor(server: ServerServices) {
    this.server = server;
  }

  /** Commands follow; answers the time, in monotonic milliseconds. */
  beginTurn(): number {
    if (this.runLength > 0) this.endRun();
    else this.read();
    this.runOutputBytes = MAX_RUN_REPLY_BYTES;
    return this.stampMs;
  }

  /** The turn's last command has ended; answers when, in monotonic milliseconds. */
  endTurn(): number {
    if (this.runLength > 0) this.endRun();
    return this.stampMs;
  }

  /**
   * The last of a command's own commands has run, as a script's: the clock is read here for both, if it has to be at all.
   */
  endInner(): void {
    if (this.runLength === 0) return;
    this.endRun();
    this.isEndRead = true;
  }

  /**
   * A command is about to run; true when it may be part of a run. If so, {@link join} follows, else {@link count} or
   * {@link countBlocked} with the answer of {@link startUs}.
   */
  begin(command: Command, args: Args): boolean {
    const isBrief = (command.bits & BRIEF) !== 0 && args.count === command.minArgs && isShort(args);
    if (this.runLength > 0 && !(isBrief && command === this.runCommand)) this.endRun();
    return isBrief;
  }

  /** When the command that begins now began. */
  get startUs(): number {
    return this.stampUs;
  }

  /** A brief command has run; `isLast` when no other is known to follow. */
  join(session: Session, command: Command, args: Args, isLast: boolean): void {
    this.runCommand = command;
    const length = ++this.runLength;
    const slowUs = this.server.slowLog.thresholdUs;
    if (isLast || length === MAX_RUN || (slowUs >= 0 && slowUs < SLOW_US)) this.endRunWith(session, args);
    else if (session.reply.pendingBytes > this.runOutputBytes) {
      this.endRunWith(session, args);
      this.runOutputBytes = pendingAfter(session.reply);
    }
  }

  /** A command has run by itself since `startUs`. */
  count(session: Session, command: Command, args: Args, startUs: number): void {
    const microseconds = this.microsecondsSince(startUs);
    this.add(command, 1, microseconds);
    this.noteSlowness(session, command, args, microseconds, false);
  }

  /**
   * Counts a command that blocks when it blocks, and how long it takes when it is served (`isRetried`). Those that find
   * nothing to do once more count for nothing.
   */
  countBlocked(session: Session, command: Command, args: Args, startUs: number, isRetried: boolean): void {
    const microseconds = this.microsecondsSince(startUs);
    if (!isRetried) {
      this.server.stats.commandsProcessed++;
      command.calls++;
      command.microseconds += microseconds;
    } else if (!session.suspended) {
      command.microseconds += microseconds;
      if (this.tracksLatency) command.latency.record(microseconds, 1);
      this.noteSlowness(session, command, args, microseconds, true);
    }
  }

  /** Ends a run whose last command's arguments are gone. */
  private endRun(): void {
    const microseconds = this.microsecondsSince(this.stampUs);
    this.add(this.runCommand as Command, this.runLength, microseconds);
    this.runLength = 0;
  }

  /** Ends a run with its last command. */
  private endRunWith(session: Session, args: Args): void {
    const command = this.runCommand as Command;
    const microseconds = this.microsecondsSince(this.stampUs);
    this.add(command, this.runLength, microseconds);
    this.runLength = 0;
    this.noteSlowness(session, command, args, microseconds, false);
  }

  private read(): void {
    const nowMs = performance.now();
    this.stampMs = nowMs;
    this.stampUs = (nowMs * 1000) | 0;
    this.isEndRead = false;
  }

  /** Right for up to 35 minutes. */
  private microsecondsSince(startUs: number): number {
    if (this.isEndRead) this.isEndRead = false;
    else this.read();
    return (this.stampUs - startUs) | 0;
  }

  /** Adds `calls` calls that have taken so long together. */
  private add(command: Command, calls: number, microseconds: number): void {
    this.server.stats.commandsProcessed += calls;
    command.calls += calls;
    command.microseconds += microseconds;
    if (!this.tracksLatency) return;
    const each = calls === 1 ? microseconds : (microseconds / calls) | 0;
    const longer = microseconds - each * calls;
    if (longer > 0) command.latency.record(each + 1, longer);
    command.latency.record(each, calls - longer);
  }

  private noteSlowness(
    session: Session,
    command: Command,
    args: Args,
    microseconds: number,
    isUnblocking: boolean,
  ): void {
    const { slowLog, latency, clock } = this.server;
    const slowUs = slowLog.thresholdUs;
    const isSlow = slowUs >= 0 && microseconds >= slowUs;
    if (microseconds < SLOW_US && !isSlow) return;
    const nowMs = clock.nowMs();
    if (isSlow && (command.bits & SKIP_SLOWLOG) === 0) slowLog.record(session, args, microseconds, nowMs);
    let event = command.isFast ? 'fast-command' : 'command';
    if (isUnblocking) event = 'command-unblocking';
    latency.record(event, microseconds / 1000, nowMs);
  }
}

function pendingAfter(reply: ReplyWriter): number {
  return reply.pendingBytes + MAX_RUN_REPLY_BYTES;
}

/** True when the arguments are few bytes. */
function isShort(args: Args): boolean {
  const { count } = args;
  // They nearly always lie in one buffer, one behind the other; but for those of scripts.
  const bytes = args.at(count - 1).end - args.at(0).start;
  if (bytes >= 0 && bytes <= MAX_RUN_ARGUMENT_BYTES) return true;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += args.at(i).length;
  return sum <= MAX_RUN_ARGUMENT_BYTES;
}
