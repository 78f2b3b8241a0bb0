/**
 * What makes all sessions' commands go through the guards, as bits, and what the guards then ask.
 */
import { randomHex } from '../lib/random.ts';

/** The data set is being loaded. */
export const LOADING = 1 << 0;
/** CLIENT PAUSE is in force. */
export const PAUSED = 1 << 1;
/** A script has run for too long. */
export const BUSY = 1 << 2;
/** Writes are refused, because the last save or append failed. */
export const UNSAFE = 1 << 3;
/** `maxmemory` is set. */
export const MEMORY_LIMITED = 1 << 4;
/** The server is a replica. */
export const REPLICA = 1 << 5;
/** Somebody watches what all clients do. */
export const MONITORED = 1 << 6;

export class ServerState {
  /** The bits above; 0 lets commands through without asking the guards. */
  bits = 0;
  /** While {@link PAUSED}: whether writes only are. */
  pauseWritesOnly = false;
  /** DEBUG PAUSE-CRON: nothing is done periodically, and shutdowns wait. */
  cronPaused = false;
  /** What the data set's history is called in replication: 40 hexadecimal digits. */
  replicationId = randomHex(40);

  set(bit: number, on: boolean): void {
    this.bits = on ? this.bits | bit : this.bits & ~bit;
  }

  is(bit: number): boolean {
    return (this.bits & bit) !== 0;
  }
}
