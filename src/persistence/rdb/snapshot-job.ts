/**
 * One file being written from one frozen moment, seen from the main thread.
 */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { KeyspaceSnapshot } from '../../keyspace/keyspace.ts';
import { startWorker } from '../../lib/worker-url.ts';
import type { SnapshotFacts } from './snapshot-encoder.ts';
import {
  SnapshotControl,
  type SnapshotFailure,
  type SnapshotMessage,
  type SnapshotPlace,
  type SnapshotSettings,
  type SnapshotStage,
  type SnapshotTask,
} from './snapshot-task.ts';

/** How a job ended. The temporary file is gone then, and nobody reads the frozen memory any more. */
export type SnapshotOutcome =
  | { readonly kind: 'saved'; readonly bytes: number; readonly keys: number }
  | SnapshotFailure
  /** The thread ended by itself, without having said why. */
  | { readonly kind: 'died'; readonly reason: string }
  | { readonly kind: 'aborted' };

/** Something that writes a file and can be watched and aborted meanwhile. */
export interface Saving {
  readonly outcome: Promise<SnapshotOutcome>;
  readonly keys: number;
  readonly bytes: number;
  /** Ends it; false when it is too late, because the file gets its name at this moment. */
  abort(): boolean;
}

export interface SnapshotRequest {
  readonly frozen: KeyspaceSnapshot;
  readonly place: SnapshotPlace;
  readonly settings: SnapshotSettings;
  readonly facts: SnapshotFacts;
}

export class SnapshotJob implements Saving {
  readonly outcome: Promise<SnapshotOutcome>;
  private readonly control = new SnapshotControl();
  private readonly worker: Worker;
  private settle!: (outcome: SnapshotOutcome) => void;

  /** Starts the thread. The caller releases the frozen moment once there is an outcome. */
  constructor(request: SnapshotRequest) {
    const task: SnapshotTask = {
      ...request.place,
      ...request.settings,
      segments: request.frozen.snapshot.segments,
      roots: request.frozen.roots,
      facts: request.facts,
      control: this.control.memory,
    };
    const ended = new Promise<SnapshotOutcome>((resolve) => {
      this.settle = resolve;
    });
    this.outcome = ended.then(async (outcome) => {
      if (outcome.kind !== 'saved') await removeTemporary(request.place);
      return outcome;
    });
    this.worker = startWorker(new URL('./snapshot-worker.ts', import.meta.url), { workerData: task, name: 'snapshot' });
    this.worker.on('message', (message: SnapshotMessage) => this.receive(message));
    this.worker.once('error', (error) => this.settle({ kind: 'died', reason: reasonOf(error) }));
    this.worker.once('exit', (code) => {
      this.settle(
        this.control.isRevoked ? { kind: 'aborted' } : { kind: 'died', reason: `its thread ended with status ${code}` },
      );
    });
  }

  get keys(): number {
    return this.control.keys;
  }

  get bytes(): number {
    return this.control.bytes;
  }

  abort(): boolean {
    if (!this.control.revoke()) return false;
    void this.worker.terminate();
    return true;
  }

  private receive(message: SnapshotMessage): void {
    if (message.kind !== 'written') this.settle(message);
    else if (this.control.grant()) this.worker.postMessage(null);
  }
}

/** What a save that could not be finished is logged as. */
export function failureText({ stage, reason }: SnapshotFailure, place: SnapshotPlace): string {
  if (stage === 'open') {
    return `Failed opening the temp RDB file ${place.temporaryName} (in server root dir ${place.directory}) for saving: ${reason}`;
  }
  if (stage === 'rename') {
    return `Error moving temp DB file ${place.temporaryName} on the final destination ${place.name} (in server root dir ${place.directory}): ${reason}`;
  }
  return `Write error saving DB on disk(${STAGE_NAMES[stage]}): ${reason}`;
}

const STAGE_NAMES: Readonly<Record<Exclude<SnapshotStage, 'open' | 'rename'>, string>> = {
  write: 'write',
  fsync: 'fsync',
  close: 'close',
  'fsync of the directory': 'fsyncFileDir',
};

async function removeTemporary({ directory, temporaryName }: SnapshotPlace): Promise<void> {
  try {
    await unlink(join(directory, temporaryName));
  } catch {
    // The thread has removed it itself, or never made it.
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
