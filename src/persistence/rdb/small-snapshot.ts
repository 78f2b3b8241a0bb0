/**
 * Writes a file whose bytes are known already, such as that of an emptied keyspace, without a thread of its own, which
 * would take longer to start than the file to be written.
 */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorText } from '../../lib/system-error.ts';
import { syncDirectory } from '../sync-directory.ts';
import type { Saving, SnapshotOutcome } from './snapshot-job.ts';
import type { SnapshotPlace, SnapshotStage } from './snapshot-task.ts';

export class SmallSnapshot implements Saving {
  readonly keys = 0;
  readonly bytes: number;
  readonly outcome: Promise<SnapshotOutcome>;
  private readonly place: SnapshotPlace;
  private readonly temporaryPath: string;
  private stage: SnapshotStage = 'open';
  private isAborted = false;

  constructor(content: Uint8Array, place: SnapshotPlace) {
    this.place = place;
    this.bytes = content.length;
    this.temporaryPath = join(place.directory, place.temporaryName);
    this.outcome = this.save(content);
  }

  abort(): boolean {
    if (this.stage === 'rename' || this.stage === 'fsync of the directory') return false;
    this.isAborted = true;
    return true;
  }

  private async save(content: Uint8Array): Promise<SnapshotOutcome> {
    let handle: FileHandle | null = null;
    try {
      handle = await open(this.temporaryPath, 'w', 0o644);
      this.stage = 'write';
      await handle.writeFile(content);
      this.stage = 'fsync';
      await handle.sync();
      this.stage = 'close';
      const closing = handle;
      handle = null;
      await closing.close();
      if (this.isAborted) return await this.discard({ kind: 'aborted' });
      this.stage = 'rename';
      await rename(this.temporaryPath, join(this.place.directory, this.place.name));
      this.stage = 'fsync of the directory';
      await syncDirectory(this.place.directory);
      return { kind: 'saved', bytes: content.length, keys: 0 };
    } catch (error) {
      await handle?.close().catch(() => undefined);
      return this.discard({ kind: 'failed', stage: this.stage, reason: systemErrorText(error) });
    }
  }

  private async discard(outcome: SnapshotOutcome): Promise<SnapshotOutcome> {
    // There may be nothing to remove.
    await unlink(this.temporaryPath).catch(() => undefined);
    return outcome;
  }
}
