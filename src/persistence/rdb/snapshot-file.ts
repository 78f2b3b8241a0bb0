/**
 * Writes a file under a temporary name and then gives it its own, so that the old file stays whole until the new one is
 * on disk. All of it is synchronous: it belongs into another thread.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorText } from '../../lib/system-error.ts';
import type { ByteSink } from '../byte-sink.ts';
import type { SnapshotFailure, SnapshotPlace, SnapshotStage } from './snapshot-task.ts';

/** With `rdb-save-incremental-fsync`, so many bytes are written between two syncs. */
const SYNC_BYTES = 4 * 1024 * 1024;

const CLOSED = -1;

/** A step of writing a file failed. */
export class SnapshotFileError extends Error {
  readonly code: string;
  readonly failure: SnapshotFailure;

  constructor(stage: SnapshotStage, cause: unknown) {
    const reason = systemErrorText(cause);
    super(`${stage}: ${reason}`, { cause });
    this.name = 'SnapshotFileError';
    this.code = errorCode(cause);
    this.failure = { kind: 'failed', stage, reason };
  }
}

export class SnapshotFile implements ByteSink {
  writtenBytes = 0;
  private readonly place: SnapshotPlace;
  private readonly incrementalFsync: boolean;
  private fd = CLOSED;
  private unsyncedBytes = 0;

  constructor(place: SnapshotPlace, incrementalFsync: boolean) {
    this.place = place;
    this.incrementalFsync = incrementalFsync;
  }

  /** @throws {SnapshotFileError} as all methods do but {@link discard} */
  open(): void {
    this.fd = attempt('open', () => openSync(this.temporaryPath, 'w', 0o644));
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    attempt('write', () => {
      for (let at = start; at < end; ) at += writeSync(this.fd, bytes, at, end - at);
      this.writtenBytes += end - start;
      this.unsyncedBytes += end - start;
      if (!this.incrementalFsync || this.unsyncedBytes < SYNC_BYTES) return;
      fdatasyncSync(this.fd);
      this.unsyncedBytes = 0;
    });
  }

  /** Everything is written: brings it to the disk. */
  finish(): void {
    attempt('fsync', () => fsyncSync(this.fd));
    attempt('close', () => {
      const { fd } = this;
      this.fd = CLOSED;
      closeSync(fd);
    });
  }

  /** Puts the file in the place of the old one. */
  rename(): void {
    const { directory, name } = this.place;
    attempt('rename', () => renameSync(this.temporaryPath, join(directory, name)));
    attempt('fsync of the directory', () => syncDirectory(directory));
  }

  /** Removes what was written. */
  discard(): void {
    try {
      if (this.fd !== CLOSED) closeSync(this.fd);
      unlinkSync(this.temporaryPath);
    } catch {
      // The directory may be gone, and with it the file.
    }
  }

  private get temporaryPath(): string {
    return join(this.place.directory, this.place.temporaryName);
  }
}

function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some file systems can't sync directories.
    if (!['EBADF', 'EINVAL'].includes(errorCode(error))) throw error;
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(stage: SnapshotStage, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new SnapshotFileError(stage, error);
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
