/**
 * The side of a session that its connection drives.
 */
import type { Args } from '../protocol/args.ts';
import type { KeyHints } from '../protocol/key-hints.ts';
import type { RespWriter } from '../protocol/resp-writer.ts';
import type { Authenticator } from './authenticator.ts';
import type { ClientMemory } from './client-memory.ts';
import { type ClientClass, type ClientPort, type Outcome, SUSPENDED } from './client-port.ts';
import type { Executor } from './executor.ts';
import type { LoopMonitor } from './loop-monitor.ts';
import type { MemoryMonitor } from './memory-monitor.ts';
import { MEMORY_LIMITED, type ServerState } from './server-state.ts';
import { NEEDS_AUTH, type Session } from './session.ts';

/** What the engine does when a session's client is gone, or its command broke the program. */
export interface SessionHost {
  readonly executor: Executor;
  readonly authenticator: Authenticator;
  readonly loop: LoopMonitor;
  readonly clientMemory: ClientMemory;
  readonly memory: MemoryMonitor;
  readonly state: ServerState;
  /** Milliseconds, renewed some ten times a second. */
  readonly coarseNowMs: number;
  describe(session: Session): string;
  ended(session: Session): void;
  /** A handler failed in a way that is no reply: an invariant is broken. */
  broken(error: unknown): void;
}

/** How often looking ahead is left out after it was of no use: it costs a few per cent of small commands. */
const SKIPPED_LOOKS = 8;

export class SessionPort implements ClientPort {
  readonly writer: RespWriter;
  private readonly session: Session;
  private readonly host: SessionHost;
  private looksToSkip = 0;

  constructor(session: Session, writer: RespWriter, host: SessionHost) {
    this.session = session;
    this.writer = writer;
    this.host = host;
  }

  execute(args: Args, isLast: boolean): Outcome {
    this.session.lastActiveMs = this.host.coarseNowMs;
    try {
      return this.host.executor.execute(this.session, args, isLast);
    } catch (error) {
      // Whatever the handler left undone, no later command may see it.
      this.host.broken(error);
      return SUSPENDED;
    }
  }

  beginTurn(): void {
    this.host.clientMemory.settle();
    this.host.loop.beginRead(this.host.executor.beginTurn());
  }

  endTurn(waiting: number): boolean {
    return this.host.loop.endRead(this.host.executor.endTurn(), waiting);
  }

  get looksAhead(): boolean {
    if (this.looksToSkip === 0) return true;
    this.looksToSkip--;
    return false;
  }

  prefetch(hints: KeyHints): void {
    const { database } = this.session;
    const { bytes, starts, ends, count } = hints;
    const areKeysFar = database.prefetch(bytes, starts, ends, count);
    const areMembersFar = database.prefetchMembers(hints);
    if (!areKeysFar && !areMembersFar) this.looksToSkip = SKIPPED_LOOKS;
  }

  grew(isBetweenCommands: boolean): void {
    if (this.host.state.is(MEMORY_LIMITED)) this.host.memory.grew(this.session);
    this.host.clientMemory.grew(this.session, isBetweenCommands);
  }

  get closing(): boolean {
    return this.session.closing;
  }

  get authenticated(): boolean {
    return !this.session.is(NEEDS_AUTH) || this.host.authenticator.isOpen;
  }

  get clientClass(): ClientClass {
    return this.session.clientClass;
  }

  get mayIdle(): boolean {
    const { session } = this;
    return (
      session.blocked !== null || session.postponed || session.clientClass !== 'normal' || session.role !== 'client'
    );
  }

  describe(): string {
    return this.host.describe(this.session);
  }

  closed(): void {
    if (this.session.closed) return;
    this.session.closed = true;
    this.host.ended(this.session);
  }
}
