/**
 * What the main thread and a snapshot's thread say to each other.
 *
 * The file gets its final name in three steps: the thread has written everything and asks; the main thread grants,
 * unless the save was aborted; the thread renames. Grant and abort exclude each other in shared memory, so a thread
 * that nobody waits for any more can never replace a file.
 */
import type { KeyspaceRoots } from '../../keyspace/keyspace.ts';
import type { SnapshotFacts } from './snapshot-encoder.ts';

/** Where a file is written: names within a directory. */
export interface SnapshotPlace {
  readonly directory: string;
  readonly temporaryName: string;
  readonly name: string;
}

/** How a file is written, as the configuration says. */
export interface SnapshotSettings {
  /** An RDB file, or the commands that make the keyspace anew (`aof-use-rdb-preamble no`). */
  readonly format: 'rdb' | 'commands';
  /** With commands: says in an annotation when they were frozen (`aof-timestamp-enabled`). */
  readonly annotates: boolean;
  /** `rdbcompression` */
  readonly compression: boolean;
  /** `rdbchecksum` */
  readonly checksum: boolean;
  /** `rdb-save-incremental-fsync`, `aof-rewrite-incremental-fsync` */
  readonly incrementalFsync: boolean;
  /** `rdb-key-save-delay`: microseconds to wait after each key, for tests. */
  readonly keyDelayUs: number;
}

/** Everything that the thread is given. */
export interface SnapshotTask extends SnapshotPlace, SnapshotSettings {
  readonly segments: readonly (SharedArrayBuffer | null)[];
  readonly roots: KeyspaceRoots;
  readonly facts: SnapshotFacts;
  /** The memory of a {@link SnapshotControl}. */
  readonly control: SharedArrayBuffer;
}

/** What was being done when writing a file failed. */
export type SnapshotStage = 'open' | 'write' | 'fsync' | 'close' | 'rename' | 'fsync of the directory';

export interface SnapshotFailure {
  readonly kind: 'failed';
  readonly stage: SnapshotStage;
  /** The system's text for the error, as in `No space left on device`. */
  readonly reason: string;
}

/** From the thread: the file may be renamed; it was; something failed. */
export type SnapshotMessage =
  | { readonly kind: 'written' }
  | { readonly kind: 'saved'; readonly bytes: number; readonly keys: number }
  | SnapshotFailure;

const PERMISSION_WORD = 0;
const KEYS_WORD = 1;
const BYTES_FLOAT = 1;
const CONTROL_BYTES = 16;

const UNDECIDED = 0;
const GRANTED = 1;
const REVOKED = 2;

/** Memory that both threads share: how far the writing is, and whether the file may get its name. */
export class SnapshotControl {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly floats: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(CONTROL_BYTES)) {
    this.memory = memory;
    this.words = new Int32Array(memory);
    this.floats = new Float64Array(memory);
  }

  /** Keys written so far. */
  get keys(): number {
    return Atomics.load(this.words, KEYS_WORD) >>> 0;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.floats[BYTES_FLOAT];
  }

  setProgress(keys: number, bytes: number): void {
    Atomics.store(this.words, KEYS_WORD, keys);
    this.floats[BYTES_FLOAT] = bytes;
  }

  /** Lets the file get its name; false when that was revoked before. */
  grant(): boolean {
    return Atomics.compareExchange(this.words, PERMISSION_WORD, UNDECIDED, GRANTED) !== REVOKED;
  }

  /** Forbids it for good; false when it was granted before. */
  revoke(): boolean {
    return Atomics.compareExchange(this.words, PERMISSION_WORD, UNDECIDED, REVOKED) !== GRANTED;
  }

  get isRevoked(): boolean {
    return Atomics.load(this.words, PERMISSION_WORD) === REVOKED;
  }

  get isGranted(): boolean {
    return Atomics.load(this.words, PERMISSION_WORD) === GRANTED;
  }
}
