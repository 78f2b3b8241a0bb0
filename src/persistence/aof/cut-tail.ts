/**
 * Tells a file that was cut off from one that was damaged in the middle, where both look the same to its reader: an
 * argument's length reaches beyond the file's end.
 *
 * What was cut off has nothing behind it but a part of that argument. Behind a length that was damaged there are the
 * commands that followed. An argument may itself consist of commands; to be on the safe side, that counts as damage.
 */
import { type ByteSource, FileSource } from '../byte-source.ts';
import { COMMAND, CommandReader, TRUNCATED } from './command-reader.ts';

/** So much of what is left is searched. */
const SEARCHED_BYTES = 16 * 1024 * 1024;
/** So many whole commands in a row are no accident; fewer are none if they reach to the end of the file. */
const MIN_COMMANDS = 3;
/** So many places where a command seems to begin are tried. */
const MAX_TRIES = 64;

const COMMAND_HEAD = /\r\n\*\d+\r\n\$\d+\r\n/g;

/** True when whole commands stand behind `offset`, where a command begins that the file's end seems to cut. */
export function hasCommandsWithin(path: string, offset: number): boolean {
  const source = new FileSource(path, offset);
  const bytes = new Uint8Array(Math.min(SEARCHED_BYTES, source.totalBytes - offset));
  try {
    for (let at = 0, read = -1; at < bytes.length && read !== 0; at += read)
      read = source.read(bytes, at, bytes.length);
  } finally {
    source.close();
  }
  const text = Buffer.from(bytes.buffer).toString('latin1');
  let tries = 0;
  for (const match of text.matchAll(COMMAND_HEAD)) {
    if (match.index > 0 && isFollowedByCommands(bytes, match.index + 2)) return true;
    if (++tries === MAX_TRIES) return false;
  }
  return false;
}

function isFollowedByCommands(bytes: Uint8Array, start: number): boolean {
  const reader = new CommandReader(new MemorySource(bytes.subarray(start)));
  try {
    for (let commands = 0; ; commands++) {
      if (commands === MIN_COMMANDS) return true;
      const result = reader.next();
      if (result !== COMMAND) return commands > 0 && result !== TRUNCATED;
    }
  } catch {
    return false;
  }
}

class MemorySource implements ByteSource {
  readonly totalBytes: number;
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.totalBytes = bytes.length;
  }

  read(target: Uint8Array, start: number, end: number): number {
    const run = this.bytes.subarray(this.at, this.at + end - start);
    target.set(run, start);
    this.at += run.length;
    return run.length;
  }
}
