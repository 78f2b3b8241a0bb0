/** A log whose lines a test can read. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Log } from '../../src/program/log.ts';

export class RecordedLog {
  readonly log: Log;
  private readonly folder: string;

  private constructor(folder: string, log: Log) {
    this.folder = folder;
    this.log = log;
  }

  static async open(): Promise<RecordedLog> {
    const folder = mkdtempSync(join(tmpdir(), 'respd-log-'));
    return new RecordedLog(
      folder,
      await Log.open({ level: 'debug', format: 'legacy', file: join(folder, 'respd.log') }),
    );
  }

  /** Mark and message of each line so far. */
  get lines(): readonly string[] {
    let text: string;
    try {
      text = readFileSync(join(this.folder, 'respd.log'), 'utf8');
    } catch {
      return [];
    }
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').slice(5).join(' '));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
