/**
 * Holds clients' commands back until a moment, or until somebody ends the pause: CLIENT PAUSE, and the server itself
 * while it hands over to a replica, moves keys to another server or shuts down.
 *
 * Pauses have purposes, and each purpose ends its own. Of those in force the strictest counts, and until the latest end
 * of its kind; when that is over, the commands held back are looked at again in the order in which they came, and those
 * that a weaker pause holds back as well go on waiting.
 *
 * Invariants: while a pause is in force, the server's state has its bit, so that every command meets the guard; a
 * session that waits has `postponed` set.
 */
import type { Clock } from '../lib/clock.ts';
import { PAUSED, type ServerState } from './server-state.ts';
import type { Session } from './session.ts';

export type PausePurpose = 'client' | 'shutdown' | 'failover' | 'migration';

interface Pause {
  untilMs: number;
  writesOnly: boolean;
}

/** Timers fire at most so far ahead; a longer pause arms its timer again. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class Pauses {
  private readonly clock: Clock;
  private readonly state: ServerState;
  /** Told when a pause begins or ends: nothing expires or is evicted meanwhile. */
  private readonly onChange: (paused: boolean) => void;
  private readonly inForce = new Map<PausePurpose, Pause>();
  private readonly waiting = new Set<Session>();
  private timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock, state: ServerState, onChange: (paused: boolean) => void) {
    this.clock = clock;
    this.state = state;
    this.onChange = onChange;
  }

  /**
   * Pauses until `untilMs`, Unix milliseconds (`Infinity` for no end of its own). A pause in force for the same purpose
   * is only ever made longer and stricter by it.
   */
  begin(untilMs: number, writesOnly: boolean, purpose: PausePurpose = 'client'): void {
    const pause = this.inForce.get(purpose);
    if (pause === undefined) this.inForce.set(purpose, { untilMs, writesOnly });
    else {
      pause.untilMs = Math.max(pause.untilMs, untilMs);
      pause.writesOnly &&= writesOnly;
    }
    this.refresh();
  }

  /** Ends the pause that has this purpose, or all of them; commands that nothing holds back any more are executed. */
  end(purpose?: PausePurpose): void {
    if (purpose === undefined) this.inForce.clear();
    else this.inForce.delete(purpose);
    this.refresh();
  }

  /** The session's command waits: its transport keeps it and is resumed when it may go on. */
  postpone(session: Session): void {
    session.postponed = true;
    this.waiting.add(session);
  }

  forget(session: Session): void {
    session.postponed = false;
    this.waiting.delete(session);
  }

  /** Drops the pauses that are over, and has the state, the timer and the waiting sessions follow the others. */
  private refresh(): void {
    const { inForce, state } = this;
    const nowMs = this.clock.nowMs();
    for (const [purpose, { untilMs }] of inForce) if (untilMs <= nowMs) inForce.delete(purpose);
    const pauses = [...inForce.values()];
    const strictest = pauses.filter(({ writesOnly }) => !writesOnly);
    const deciding = strictest.length > 0 ? strictest : pauses;

    const wasPaused = state.is(PAUSED);
    const wasForWrites = state.pauseWritesOnly;
    const isPaused = deciding.length > 0;
    const isForWrites = isPaused && strictest.length === 0;
    state.set(PAUSED, isPaused);
    state.pauseWritesOnly = isForWrites;
    this.arm(Math.max(...deciding.map(({ untilMs }) => untilMs)) - nowMs);
    if (isPaused !== wasPaused) this.onChange(isPaused);
    if (wasPaused && (!isPaused || (isForWrites && !wasForWrites))) this.release();
  }

  private release(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const session of waiting) {
      session.postponed = false;
      session.transport.resume();
    }
  }

  /** Looks again after `delayMs`; never, when nothing is in force (−Infinity). */
  private arm(delayMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (delayMs === Number.NEGATIVE_INFINITY) return;
    this.timer = setTimeout(() => this.refresh(), Math.min(delayMs, MAX_DELAY_MS)).unref();
  }
}
