/** The file that holds the process ID while the server runs. */
import { unlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where it is when the server runs in the background and none is configured. */
const DEFAULT_PATH = '/var/run/redis.pid';

export class PidFile {
  private readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Writes the file, if there is to be one. Redis starts without it where it can't be written, and so does this. */
  static write(path: string, inBackground: boolean): PidFile | null {
    if (path === '' && !inBackground) return null;
    // Absolute, since the working directory may change before the file is removed.
    const file = new PidFile(resolve(path === '' ? DEFAULT_PATH : path));
    try {
      writeFileSync(file.path, `${process.pid}\n`);
    } catch {
      // Best effort.
    }
    return file;
  }

  remove(): void {
    try {
      unlinkSync(this.path);
    } catch {
      // It was never written, or somebody was faster.
    }
  }
}
