/**
 * CLIENT PAUSE: holds clients' commands back until a moment, or until CLIENT UNPAUSE.
 *
 * Invariant: while a pause is in force, the server's state has its bit, so that every command meets the guard.
 */
import type { Clock } from '../lib/clock.ts';
import { PAUSED, type ServerState } from './server-state.ts';
import type { Session } from './session.ts';

export class Pauses {
  private readonly clock: Clock;
  private readonly state: ServerState;
  /** Told when a pause begins or ends: nothing expires or is evicted meanwhile. */
  private readonly onChange: (paused: boolean) => void;
  private readonly waiting = new Set<Session>();
  private untilMs = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(clock: Clock, state: ServerState, onChange: (paused: boolean) => void) {
    this.clock = clock;
    this.state = state;
    this.onChange = onChange;
  }

  /**
   * Pauses until `untilMs`, Unix milliseconds. A pause in force is only ever made longer and stricter by another.
   */
  begin(untilMs: number, writesOnly: boolean): void {
    const inForce = this.state.is(PAUSED);
    this.untilMs = inForce ? Math.max(this.untilMs, untilMs) : untilMs;
    this.state.pauseWritesOnly = writesOnly && (!inForce || this.state.pauseWritesOnly);
    this.state.set(PAUSED, true);
    this.onChange(true);
    this.arm();
  }

  /** Ends the pause; the commands held back are executed. */
  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.untilMs = 0;
    this.state.set(PAUSED, false);
    this.onChange(false);
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const session of waiting) session.transport.resume();
  }

  /** The session's command waits: its transport keeps it and is resumed when the pause ends. */
  postpone(session: Session): void {
    this.waiting.add(session);
  }

  forget(session: Session): void {
    this.waiting.delete(session);
  }

  /** Timers fire at most 2^31 ms ahead, so a longer pause arms its timer again. */
  private arm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const delayMs = Math.max(0, Math.min(this.untilMs - this.clock.nowMs(), 2 ** 31 - 1));
    this.timer = setTimeout(() => {
      if (this.clock.nowMs() >= this.untilMs) this.end();
      else this.arm();
    }, delayMs).unref();
  }
}
