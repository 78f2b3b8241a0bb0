/**
 * The thread that writes a snapshot to a file, while the main thread goes on. It reads the frozen blocks in shared
 * memory and nothing else. See snapshot-task.ts for what the two say to each other.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../../lib/invariant.ts';
import { HeapView } from '../../memory/heap-view.ts';
import { CommandWriter } from '../aof/command-writer.ts';
import { writeKeyspaceCommands } from '../aof/keyspace-commands.ts';
import { KeyDelay } from './key-delay.ts';
import { RdbWriter } from './rdb-writer.ts';
import { SnapshotEncoder } from './snapshot-encoder.ts';
import { SnapshotFile, SnapshotFileError } from './snapshot-file.ts';
import { SnapshotControl, type SnapshotMessage, type SnapshotTask } from './snapshot-task.ts';

const BUFFER_BYTES = 256 * 1024;

/**
 * Behind the main thread, where both want the same processor: on Linux the "nice" value, at which a thread gets a third
 * of another's share. A lower priority would make saves long, and the longer one is, the more is copied for it.
 */
const PRIORITY = 5;

/** The save was aborted: nobody waits for its end. */
class Aborted extends Error {}

const port = parentPort;
invariant(port !== null, 'this module runs as a thread');
const task = workerData as SnapshotTask;
const control = new SnapshotControl(task.control);

function tell(message: SnapshotMessage): void {
  port?.postMessage(message);
}

function writeFile(file: SnapshotFile): void {
  const { annotates, checksum, compression, facts, format, keyDelayUs, roots } = task;
  const view = new HeapView(task.segments);
  const delay = new KeyDelay(keyDelayUs);
  const progress = (keys: number, bytes: number): void => {
    if (control.isRevoked) throw new Aborted();
    control.setProgress(keys, bytes);
    if (keyDelayUs !== 0) delay.wait(keys);
  };
  if (format === 'rdb') {
    const writer = new RdbWriter(file, { compression, checksum, bufferBytes: BUFFER_BYTES });
    new SnapshotEncoder(view, writer, facts, (keys) => progress(keys, writer.writtenBytes)).write(roots);
  } else {
    const writer = new CommandWriter(file, BUFFER_BYTES);
    writeKeyspaceCommands(roots, {
      view,
      writer,
      functions: facts.functions,
      nowSeconds: annotates ? Math.floor(facts.frozenMs / 1000) : 0,
      progress: (keys) => progress(keys, writer.writtenBytes),
    });
  }
  file.finish();
}

/** Does a step; where it fails, the file goes, and the thread ends. */
function attempt(file: SnapshotFile, step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    file.discard();
    if (error instanceof SnapshotFileError) tell(error.failure);
    else if (!(error instanceof Aborted)) throw error;
    port?.close();
    return false;
  }
}

/** On Linux this is a matter of the calling thread; elsewhere it would be one of the process. */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(PRIORITY);
  } catch {
    // A container may forbid it. The save is only less considerate then.
  }
}

function finish(file: SnapshotFile): void {
  if (!control.isGranted) {
    file.discard();
  } else if (attempt(file, () => file.rename())) {
    tell({ kind: 'saved', bytes: file.writtenBytes, keys: control.keys });
  }
  port?.close();
}

stepBack();
const file = new SnapshotFile(task, task.incrementalFsync);
if (attempt(file, () => file.open()) && attempt(file, () => writeFile(file))) {
  port.once('message', () => finish(file));
  tell({ kind: 'written' });
}
