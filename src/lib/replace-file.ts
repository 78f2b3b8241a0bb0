/** Files that are replaced in one step, so that no crash leaves half of one. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file anew. The new one is on disk under its name before this returns, or the old one is as it was and the
 * system's error is thrown.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${randomBytes(3).toString('hex')}`;
  const file = openSync(temporary, 'wx', 0o644);
  try {
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
