/**
 * ACL LOG: what was refused to whom, and failed logins.
 *
 * Refusals of the same within a minute are one entry with a count, as long as it is among the newest ten.
 */
import type { Clock } from '../../lib/clock.ts';
import type { ServerStats } from '../server-stats.ts';
import type { Session } from '../session.ts';

/** What was refused. */
export type DenialReason = 'auth' | 'command' | 'key' | 'channel';

/** Where. */
export type DenialContext = 'toplevel' | 'multi' | 'lua' | 'module';

/** Names are texts of one character a byte. */
export interface AclLogEntry {
  readonly id: number;
  readonly reason: DenialReason;
  readonly context: DenialContext;
  /** The command, key or channel; of a failed login the command that was used. */
  readonly object: string;
  readonly userName: string;
  readonly createdMs: number;
  updatedMs: number;
  count: number;
  /** The client's line of CLIENT LIST, when it was refused last. */
  client: string;
}

/** Entries that are looked at for one of the same, and for how long they count as the same. */
const COMPARED_ENTRIES = 10;
const GROUPING_MS = 60_000;

export class AclLog {
  /** The newest first. */
  readonly entries: AclLogEntry[] = [];
  /** `acllog-max-len`; applied when an entry is added. */
  maxLength: number | bigint = 128;
  private readonly clock: Clock;
  private readonly stats: ServerStats;
  private readonly describe: (session: Session) => string;
  private nextId = 0;

  /** @param describe makes the line of CLIENT LIST */
  constructor(clock: Clock, stats: ServerStats, describe: (session: Session) => string) {
    this.clock = clock;
    this.stats = stats;
    this.describe = describe;
  }

  record(session: Session, reason: DenialReason, context: DenialContext, object: string, userName: string): void {
    const { entries } = this;
    const nowMs = this.clock.nowMs();
    this.stats.accessDenied[reason]++;
    const client = this.describe(session);
    const index = entries
      .slice(0, COMPARED_ENTRIES)
      .findIndex(
        (entry) =>
          entry.reason === reason &&
          entry.context === context &&
          Math.abs(entry.updatedMs - nowMs) <= GROUPING_MS &&
          entry.object === object &&
          entry.userName === userName,
      );
    if (index >= 0) {
      const [entry] = entries.splice(index, 1);
      entry.client = client;
      entry.updatedMs = nowMs;
      entry.count++;
      entries.unshift(entry);
      return;
    }
    const id = this.nextId++;
    entries.unshift({ id, reason, context, object, userName, createdMs: nowMs, updatedMs: nowMs, count: 1, client });
    if (entries.length > this.maxLength) entries.length = Number(this.maxLength);
  }

  clear(): void {
    this.entries.length = 0;
  }
}
