/**
 * Reads the files of an append-only file to their ends or to the first fault, without executing anything.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemErrorText } from '../../lib/system-error.ts';
import { FileSource } from '../byte-source.ts';
import { MAGIC } from '../rdb/format.ts';
import { checkRdb } from '../rdb/rdb-check.ts';
import { AofError } from './aof-error.ts';
import { COMMAND, CommandReader, END } from './command-reader.ts';
import { hasCommandsWithin } from './cut-tail.ts';
import { type FileType, Manifest, ManifestError } from './manifest.ts';

const BYTES_OF_HEAD = 16;

/** What one file holds. */
export interface FileCheck {
  readonly name: string;
  readonly path: string;
  readonly type: FileType;
  /** It begins with an RDB file. */
  readonly hasSnapshot: boolean;
  readonly bytes: number;
  /** All before this offset is right. */
  readonly soundBytes: number;
  readonly commands: number;
  /** What is wrong behind {@link soundBytes}; null when nothing is. */
  readonly fault: AofError | null;
  /** The file can be cut at {@link soundBytes}: what is left is what it was at an earlier moment. */
  readonly isFixable: boolean;
  /** Where the first annotation of a later moment than the one asked for stands; -1 without any. */
  readonly laterOffset: number;
}

/** What was given, and what it consists of. */
export interface AofCheck {
  readonly isManifest: boolean;
  readonly files: readonly FileCheck[];
}

/**
 * Checks a file, or all files of a manifest. `untilSeconds` asks for annotations of later moments; 0 for none.
 *
 * @throws {AofError} when it can't be read, or a manifest makes no sense
 */
export function checkAof(path: string, untilSeconds = 0): AofCheck {
  const head = headOf(path);
  if (!path.endsWith('.manifest') && !head.startsWith('file ')) {
    return { isManifest: false, files: [checkFile(basename(path), path, 'b', untilSeconds)] };
  }
  let manifest: Manifest;
  try {
    manifest = Manifest.parse(readFileSync(path, 'latin1'));
  } catch (error) {
    if (error instanceof ManifestError) throw new AofError('AOF_MANIFEST_INVALID', 0, error.message);
    throw AofError.unreadable(0, error);
  }
  const files = manifest.files.map(({ name, type }) =>
    checkFile(name, join(dirname(path), Buffer.from(name, 'latin1').toString()), type, untilSeconds),
  );
  return { isManifest: true, files };
}

function checkFile(name: string, path: string, type: FileType, untilSeconds: number): FileCheck {
  const head = headOf(path);
  const bytes = statSync(path).size;
  const hasSnapshot = head.startsWith(MAGIC);
  const common = { name, path, type, hasSnapshot, bytes };
  let start = 0;
  if (hasSnapshot) {
    const report = checkRdb(path);
    const { fault } = report;
    if (fault !== null) {
      const error = new AofError('AOF_DAMAGED', fault.offset, fault.reason);
      return { ...common, soundBytes: 0, commands: 0, fault: error, isFixable: false, laterOffset: -1 };
    }
    start = report.offset;
  }
  return { ...common, ...checkCommands(path, start, untilSeconds) };
}

type CommandCheck = Pick<FileCheck, 'soundBytes' | 'commands' | 'fault' | 'isFixable' | 'laterOffset'>;

function checkCommands(path: string, start: number, untilSeconds: number): CommandCheck {
  const source = new FileSource(path, start);
  const reader = new CommandReader(source, start);
  let commands = 0;
  let soundBytes = start;
  let laterOffset = -1;
  let isInTransaction = false;
  const found = (fault: AofError | null): CommandCheck => ({
    soundBytes,
    commands,
    fault,
    isFixable: true,
    laterOffset,
  });
  try {
    for (let result = reader.next(); ; result = reader.next()) {
      if (laterOffset < 0 && untilSeconds > 0 && reader.timestampSeconds > untilSeconds) laterOffset = soundBytes;
      if (result === COMMAND) {
        const name = reader.args.at(0);
        commands++;
        if (name.equalsIgnoreCase('multi')) isInTransaction = true;
        else if (name.equalsIgnoreCase('exec')) isInTransaction = false;
        if (!isInTransaction) soundBytes = reader.offset;
        continue;
      }
      if (result === END && !isInTransaction) {
        soundBytes = reader.offset;
        return found(null);
      }
      const { offset } = reader;
      if (result === END)
        return found(new AofError('AOF_TRUNCATED', offset, 'Reached EOF before reading EXEC for MULTI'));
      if (!hasCommandsWithin(path, offset))
        return found(new AofError('AOF_TRUNCATED', offset, 'Unexpected end of file'));
      return found(new AofError('AOF_DAMAGED', offset, 'An argument is said to be longer than the file'));
    }
  } catch (error) {
    if (error instanceof AofError) return found(error);
    throw error;
  } finally {
    source.close();
  }
}

function headOf(path: string): string {
  try {
    const source = new FileSource(path);
    try {
      const head = new Uint8Array(BYTES_OF_HEAD);
      return Buffer.from(head.subarray(0, source.read(head, 0, head.length))).toString('latin1');
    } finally {
      source.close();
    }
  } catch (error) {
    throw new AofError('AOF_UNREADABLE', 0, `Cannot open file ${path}: ${systemErrorText(error)}`);
  }
}
