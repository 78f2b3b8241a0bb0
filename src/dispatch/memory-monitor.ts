/**
 * What the server uses of memory, and for what.
 *
 * Used memory is the heap's live blocks plus what is held for clients: their buffers, and what they watch and listen
 * to. The heap is counted exactly at all times. A client's share is counted when its buffers have grown by some
 * kilobytes (while there is a limit to compare with), when it goes, and of all clients once a second; whoever is about to
 * evict or to refuse something because of it has it counted anew, since buffers are emptied without a word. What Node
 * itself takes (its code, its own heap) is in the resident set only.
 */
import type { Keyspace } from '../keyspace/keyspace.ts';
import { tableBytes } from '../keyspace/memory-usage.ts';
import { heldMemory } from './client-info.ts';
import type { ClientRegistry } from './client-registry.ts';
import type { Session } from './session.ts';

/** All clients are counted so often, whether or not anybody asks. */
const CLIENTS_INTERVAL_MS = 1000;

/** Per client, the least time between two counts: so counting takes a few per cent of the time, however many they are. */
const RECOUNT_MS_PER_CLIENT = 0.001;

/** All in bytes unless they say otherwise. */
export interface MemoryReport {
  readonly used: number;
  readonly peak: number;
  /** Used when the server started. */
  readonly startup: number;
  /** What is used for other things than keys and values. */
  readonly overhead: number;
  readonly dataset: number;
  /** Resident memory of the process. */
  readonly resident: number;
  readonly normalClients: number;
  readonly replicaClients: number;
  /** Blocks in use, those that only snapshots see included. */
  readonly allocated: number;
  /** Slabs that hold blocks. */
  readonly active: number;
  /** Segments. */
  readonly reserved: number;
  /** Blocks that only snapshots see. */
  readonly snapshot: number;
  /** Per database that has keys, its number and what its table takes. */
  readonly tables: readonly { readonly database: number; readonly bytes: number }[];
  /** How many keys there are. */
  readonly keys: number;
}

/** What was last counted for one client. */
interface Share {
  bytes: number;
  ofReplica: boolean;
}

export class MemoryMonitor {
  private readonly keyspace: Keyspace;
  private readonly clients: ClientRegistry;
  private readonly startup: number;
  private peak: number;
  private normalBytes = 0;
  private replicaBytes = 0;
  private readonly shares = new Map<Session, Share>();
  private countedMs = Number.NEGATIVE_INFINITY;

  constructor(keyspace: Keyspace, clients: ClientRegistry) {
    this.keyspace = keyspace;
    this.clients = clients;
    this.startup = keyspace.heap.usedBytes;
    this.peak = this.startup;
  }

  /** The heap's live blocks and what is held for clients, as last counted. */
  get usedBytes(): number {
    return this.keyspace.heap.usedBytes + this.normalBytes + this.replicaBytes;
  }

  /**
   * What `maxmemory` is compared with: what replicas have yet to be sent is left out, since evicting, of which they are
   * told, makes it more.
   */
  get countedBytes(): number {
    return this.keyspace.heap.usedBytes + this.clientBytes;
  }

  /** Of these, what is held for clients. */
  get clientBytes(): number {
    return this.normalBytes;
  }

  /** Takes note of the peak; to be called about ten times a second, with monotonic milliseconds. */
  sample(nowMs: number): void {
    if (nowMs - this.countedMs >= CLIENTS_INTERVAL_MS) this.countClients(nowMs);
    this.peak = Math.max(this.peak, this.usedBytes);
  }

  /** Counts all clients, unless that was done a moment ago. */
  refresh(): void {
    const nowMs = this.keyspace.clock.monotonicMs();
    if (nowMs - this.countedMs >= this.clients.size * RECOUNT_MS_PER_CLIENT) this.countClients(nowMs);
  }

  /** The client's buffers may have grown. */
  grew(session: Session): void {
    if (!session.closed) this.count(session);
  }

  /** The client is gone. */
  forget(session: Session): void {
    const share = this.shares.get(session);
    if (share === undefined) return;
    this.shares.delete(session);
    this.add(share, -share.bytes);
  }

  report(): MemoryReport {
    const { heap, databases } = this.keyspace;
    this.countClients(this.keyspace.clock.monotonicMs());
    const { normalBytes: normal, replicaBytes: replica, usedBytes: used } = this;
    this.peak = Math.max(this.peak, used);
    const tables = databases
      .filter((database) => database.size > 0)
      .map((database) => ({ database: database.index, bytes: tableBytes(this.keyspace, database) }));
    const tableSum = tables.reduce((sum, { bytes }) => sum + bytes, 0);
    const overhead = Math.min(used, this.startup + normal + replica + tableSum);
    return {
      used,
      peak: this.peak,
      startup: this.startup,
      overhead,
      dataset: used - overhead,
      resident: process.memoryUsage.rss(),
      normalClients: normal,
      replicaClients: replica,
      allocated: heap.usedBytes + heap.snapshotBytes,
      active: heap.slabBytes,
      reserved: heap.reservedBytes,
      snapshot: heap.snapshotBytes,
      tables,
      keys: this.keyspace.keyCount,
    };
  }

  private countClients(nowMs: number): void {
    this.countedMs = nowMs;
    for (const session of this.clients.all()) this.count(session);
  }

  private count(session: Session): void {
    let share = this.shares.get(session);
    if (share === undefined) {
      share = { bytes: 0, ofReplica: false };
      this.shares.set(session, share);
    }
    this.add(share, -share.bytes);
    share.ofReplica = session.role === 'replica';
    this.add(share, heldMemory(session));
  }

  private add(share: Share, bytes: number): void {
    share.bytes += bytes;
    if (share.ofReplica) this.replicaBytes += bytes;
    else this.normalBytes += bytes;
  }
}

/** `a / b` as ratios are printed, where nothing by nothing is 1. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 1 : a / b;
}
