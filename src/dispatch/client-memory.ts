/**
 * `maxmemory-clients`: disconnects the clients that use most while all clients together use too much.
 *
 * Clients are kept in buckets by what they use, each up to twice the size of the one before, so that the largest are
 * found without a search; within a bucket any may be the first to go. What a client uses is counted when its buffers
 * have grown by some kilobytes, as its connection tells, and of all of them in turn some times a second. While there is
 * no limit nothing is counted at all.
 *
 * Clients that asked not to be evicted (CLIENT NO-EVICT) count, but stay; replicas and masters neither count nor go.
 */
import { clientMemory } from './client-info.ts';
import type { ClientRegistry } from './client-registry.ts';
import type { Session } from './session.ts';

/** The first bucket holds all that use less than 32 KiB, the last all above 4 GiB. */
const FIRST_BUCKET_BITS = 15;
const BUCKETS = 19;

/** No limit is tighter, so that somebody can still say so. */
const MIN_LIMIT_BYTES = 128 * 1024;

/** Clients that are looked at in one turn, at the least. */
const SAMPLED_CLIENTS = 100;
/** Turns in which all are. */
const SAMPLING_TURNS = 10;

export interface ClientMemoryOptions {
  readonly clients: ClientRegistry;
  readonly describe: (session: Session) => string;
  readonly log: (level: 'notice' | 'warning', message: string) => void;
}

export class ClientMemory {
  /** Clients disconnected so far. */
  evicted = 0;

  private readonly options: ClientMemoryOptions;
  /** 0 for none. */
  private limitBytes = 0;
  private totalBytes = 0;
  /** What each client that counts was last found to use. */
  private readonly counted = new Map<Session, number>();
  private readonly buckets = Array.from({ length: BUCKETS }, () => new Set<Session>());
  private sampled: Iterator<Session> | null = null;
  private isScheduled = false;
  private hasWarned = false;

  constructor(options: ClientMemoryOptions) {
    this.options = options;
  }

  /** `maxmemory-clients`: bytes, or the negative of a percentage of `maxmemoryBytes`; 0 for no limit. */
  setLimit(limit: number, maxmemoryBytes: number): void {
    const bytes = limit < 0 ? Math.floor((maxmemoryBytes * -limit) / 100) : limit;
    this.limitBytes = bytes === 0 ? 0 : Math.max(bytes, MIN_LIMIT_BYTES);
    if (this.limitBytes === 0) {
      for (const session of [...this.counted.keys()]) this.forget(session);
      return;
    }
    for (const session of this.options.clients.all()) this.update(session);
    this.schedule();
  }

  /** The client's buffers may have grown; `isBetweenCommands` says that clients may be disconnected at once. */
  grew(session: Session, isBetweenCommands: boolean): void {
    if (this.limitBytes === 0) return;
    this.update(session);
    if (!isBetweenCommands) this.schedule();
    else if (this.totalBytes >= this.limitBytes) this.evict();
  }

  /** Commands are about to be executed: what was put off until after others is due. */
  settle(): void {
    if (this.isScheduled && this.limitBytes > 0) this.evict();
  }

  /** The client is gone, or about to go. */
  forget(session: Session): void {
    const bytes = this.counted.get(session);
    if (bytes === undefined) return;
    this.counted.delete(session);
    this.buckets[bucketOf(bytes)].delete(session);
    this.totalBytes -= bytes;
  }

  /** To be called some ten times a second: looks at some of the clients. */
  sample(): void {
    if (this.limitBytes === 0) return;
    const { clients } = this.options;
    const count = Math.max(SAMPLED_CLIENTS, Math.ceil(clients.size / SAMPLING_TURNS));
    for (let i = 0; i < count; i++) {
      this.sampled ??= clients.all();
      const { value, done } = this.sampled.next();
      if (done === true) {
        this.sampled = null;
        break;
      }
      this.update(value);
    }
    if (this.totalBytes >= this.limitBytes) this.evict();
    else this.hasWarned = false;
  }

  private update(session: Session): void {
    if (session.closed || session.isEvicted || session.role === 'master' || session.role === 'replica') {
      this.forget(session);
      return;
    }
    const before = this.counted.get(session);
    const bytes = clientMemory(session);
    this.counted.set(session, bytes);
    this.totalBytes += bytes - (before ?? 0);
    if (before !== undefined && bucketOf(before) === bucketOf(bytes)) return;
    if (before !== undefined) this.buckets[bucketOf(before)].delete(session);
    this.buckets[bucketOf(bytes)].add(session);
  }

  /** At the end of the turn: whoever has grown may be in the middle of a command, or of a list of clients. */
  private schedule(): void {
    if (this.isScheduled || this.totalBytes < this.limitBytes) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.limitBytes > 0) this.evict();
    }).unref();
  }

  private evict(): void {
    const { describe, log } = this.options;
    for (let bucket = BUCKETS - 1; bucket >= 0; bucket--) {
      for (const session of this.buckets[bucket]) {
        if (this.totalBytes < this.limitBytes) return;
        if (session.noEvict) continue;
        log('notice', `Evicting client: ${describe(session)}`);
        session.isEvicted = true;
        this.forget(session);
        this.evicted++;
        session.transport.close(true);
      }
    }
    if (this.totalBytes < this.limitBytes || this.hasWarned) return;
    this.hasWarned = true;
    log('warning', 'Over client maxmemory after evicting all evictable clients');
  }
}

function bucketOf(bytes: number): number {
  const bits = bytes < 2 ** FIRST_BUCKET_BITS ? FIRST_BUCKET_BITS : Math.floor(Math.log2(bytes)) + 1;
  return Math.min(bits - FIRST_BUCKET_BITS, BUCKETS - 1);
}
