/**
 * What the server uses of memory, and for what.
 *
 * Used memory is the heap's live blocks plus the buffers of clients, both counted exactly. What Node itself takes (its
 * code, its own heap) is in the resident set only.
 */
import type { Keyspace } from '../keyspace/keyspace.ts';
import { tableBytes } from '../keyspace/memory-usage.ts';
import type { ClientRegistry } from './client-registry.ts';

/** Look at every client only so often. */
const CLIENTS_INTERVAL_MS = 1000;

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

export class MemoryMonitor {
  private readonly keyspace: Keyspace;
  private readonly clients: ClientRegistry;
  private readonly startup: number;
  private peak: number;
  private normalBytes = 0;
  private replicaBytes = 0;
  private clientsSeenMs = Number.NEGATIVE_INFINITY;

  constructor(keyspace: Keyspace, clients: ClientRegistry) {
    this.keyspace = keyspace;
    this.clients = clients;
    this.startup = keyspace.heap.usedBytes;
    this.peak = this.startup;
  }

  /** The heap's live blocks and the buffers of clients, as last counted. */
  get usedBytes(): number {
    return this.keyspace.heap.usedBytes + this.normalBytes + this.replicaBytes;
  }

  /**
   * What `maxmemory` is compared with: what replicas have yet to be sent is left out, since evicting, of which they are
   * told, makes it more.
   */
  get countedBytes(): number {
    return this.keyspace.heap.usedBytes + this.normalBytes;
  }

  /** Takes note of the peak; to be called about ten times a second, with monotonic milliseconds. */
  sample(nowMs: number): void {
    if (nowMs - this.clientsSeenMs >= CLIENTS_INTERVAL_MS) {
      this.clientsSeenMs = nowMs;
      const { normal, replica } = this.countClients();
      this.normalBytes = normal;
      this.replicaBytes = replica;
    }
    this.peak = Math.max(this.peak, this.usedBytes);
  }

  report(): MemoryReport {
    const { heap, databases } = this.keyspace;
    const { normal, replica } = this.countClients();
    const used = heap.usedBytes + normal + replica;
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

  private countClients(): { normal: number; replica: number } {
    let normal = 0;
    let replica = 0;
    for (const { transport, keptBytes, subscriptionBytes, role } of this.clients.all()) {
      const bytes = transport.queryCapacity + transport.outputBytes + keptBytes + subscriptionBytes;
      if (role === 'replica') replica += bytes;
      else normal += bytes;
    }
    return { normal, replica };
  }
}

/** `a / b` as ratios are printed, where nothing by nothing is 1. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 1 : a / b;
}
