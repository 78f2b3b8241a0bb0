/**
 * MONITOR: sessions that see every command that is executed, in the order of execution, with secrets left out.
 *
 * Invariant: the server's state has {@link MONITORED} while there are any, so that no command misses them.
 */
import type { Clock } from '../lib/clock.ts';
import { quoteBytes } from '../lib/quoting.ts';
import { Slice } from '../lib/slice.ts';
import type { Args } from '../protocol/args.ts';
import { RespWriter } from '../protocol/resp-writer.ts';
import type { Pushes } from './pushes.ts';
import { ADMIN, type Command, SKIP_MONITOR } from './registry.ts';
import { LOADING, MONITORED, type ServerState } from './server-state.ts';
import { BARRED_FROM_KEYS, MUTED, type Session } from './session.ts';

export class Monitors {
  private readonly clock: Clock;
  private readonly state: ServerState;
  private readonly pushes: Pushes;
  private readonly sessions = new Set<Session>();

  constructor(clock: Clock, state: ServerState, pushes: Pushes) {
    this.clock = clock;
    this.state = state;
    this.pushes = pushes;
  }

  add(session: Session): void {
    session.role = 'monitor';
    session.set(BARRED_FROM_KEYS, true);
    this.sessions.add(session);
    this.state.set(MONITORED, true);
  }

  /** Makes a monitor a client like others. */
  remove(session: Session): void {
    if (!this.sessions.delete(session)) return;
    session.role = 'client';
    session.set(BARRED_FROM_KEYS, false);
    this.state.set(MONITORED, this.sessions.size > 0);
  }

  /** Shows a command that has just been executed, unless it is one of those that are not for everybody's eyes. */
  show(session: Session, command: Command, args: Args): void {
    if ((command.bits & (ADMIN | SKIP_MONITOR)) === 0) this.feed(session, args);
  }

  /** Sends the monitors a command line of a session. */
  feed(session: Session, args: Args): void {
    if (this.sessions.size === 0 || this.state.is(LOADING)) return;
    const line = this.lineOf(session, args);
    const bytes = Slice.from(Buffer.from(`+${line}\r\n`));
    for (const monitor of this.sessions) {
      if (monitor.is(MUTED)) continue;
      this.pushes.send(monitor, (output) => {
        if (output instanceof RespWriter) output.appendRaw(bytes.bytes, bytes.start, bytes.end);
        else output.status(line);
      });
    }
  }

  /** `<seconds>.<microseconds> [<database> <client>] "<argument>" …` */
  private lineOf(session: Session, args: Args): string {
    const nowUs = this.clock.nowUs();
    const seconds = Math.floor(nowUs / 1e6);
    const microseconds = String(nowUs % 1e6).padStart(6, '0');
    let line = `${seconds}.${microseconds} [${session.database.index} ${originOf(session)}]`;
    for (let i = 0; i < args.count; i++) {
      const { bytes, start, end } = args.at(i);
      line += ` ${quoteBytes(bytes, start, end)}`;
    }
    return line;
  }
}

/** Where a session's commands come from: an address, or scripts. */
function originOf({ transport }: Session): string {
  const { kind, address } = transport;
  if (kind === 'none') return address === '' ? 'lua' : address;
  return kind === 'unix' ? `unix:${address.slice(0, address.lastIndexOf(':'))}` : address;
}
