/**
 * The log of the program: lines in Redis's layout or JSON objects, to the standard output or to a file.
 *
 * Lines are written before the call returns, so that the last one before a crash is there. A file is opened anew for
 * every line, as in Redis, so that it can be moved away (log rotation) without telling the server.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Logger } from 'pino';

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

export type LogFormat = 'legacy' | 'json';

/** Who writes: a process that is still starting (C), a primary (M), a replica (S). */
export type LogRole = 'C' | 'M' | 'S';

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** The path of the file, as it is at each line; empty for the standard output. */
  readonly file: string;
}

/** The severity of each level and the character that Redis marks it with. */
const LEVELS: Readonly<Record<LogLevel, { readonly severity: number; readonly mark: string }>> = {
  debug: { severity: 20, mark: '.' },
  verbose: { severity: 25, mark: '-' },
  notice: { severity: 30, mark: '*' },
  warning: { severity: 40, mark: '#' },
};

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const STDOUT = 1;

/** How often a full pipe is tried again, a millisecond apart, before a line is lost rather than the server held up. */
const FULL_PIPE_ATTEMPTS = 100;

export class Log {
  level: LogLevel;
  role: LogRole = 'C';
  private readonly file: string;
  private format: LogFormat;
  /** Null as long as lines are in Redis's layout. */
  private json: Logger<LogLevel> | null;

  private constructor(options: LogOptions, json: Logger<LogLevel> | null) {
    this.level = options.level;
    this.format = options.format;
    this.file = options.file;
    this.json = json;
  }

  /** Opens the log. The library for JSON is loaded only where it is wanted: it takes 20 ms. */
  static async open(options: LogOptions): Promise<Log> {
    return new Log(options, options.format === 'json' ? await jsonLogger(options.file) : null);
  }

  /** A log in Redis's layout on the standard output, for what goes wrong before there is a configuration. */
  static plain(): Log {
    return new Log({ level: 'notice', format: 'legacy', file: '' }, null);
  }

  /** Changes the layout: of the lines to come for Redis's, as soon as the library is loaded for JSON. */
  async setFormat(format: LogFormat): Promise<void> {
    this.format = format;
    const json = format === 'json' ? await jsonLogger(this.file) : null;
    // It may have changed again meanwhile.
    if (this.format === format) this.json = json;
  }

  write(level: LogLevel, message: string): void {
    if (LEVELS[level].severity < LEVELS[this.level].severity) return;
    if (this.json !== null) this.json[level]({ role: this.role }, message);
    else append(this.file, legacyLine(level, this.role, process.pid, new Date(), message));
  }

  /** Appends a text as it stands; there is no place for it in a log of JSON objects. */
  raw(text: string): void {
    if (this.json === null) append(this.file, text);
  }
}

/** Redis's layout: `pid:role day month year time.ms mark message`, in local time. */
export function legacyLine(level: LogLevel, role: LogRole, pid: number, date: Date, message: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getDate())} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${pid}:${role} ${day} ${time}.${ms} ${LEVELS[level].mark} ${message}\n`;
}

async function jsonLogger(file: string): Promise<Logger<LogLevel>> {
  const { pino } = await import('pino');
  return pino<LogLevel>(
    {
      customLevels: Object.fromEntries(
        Object.entries(LEVELS).map(([name, { severity }]) => [name, severity]),
      ) as Record<LogLevel, number>,
      useOnlyCustomLevels: true,
      // Log.write decides, since the level changes at run time.
      level: 'debug',
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => append(file, line) },
  );
}

/** A log that can't be written is no reason to stop serving: the line is lost. */
function append(file: string, line: string): void {
  try {
    if (file === '') {
      writeFully(STDOUT, line);
      return;
    }
    const descriptor = openSync(file, 'a');
    try {
      writeFully(descriptor, line);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Nowhere to complain.
  }
}

function writeFully(descriptor: number, line: string): void {
  let rest: Uint8Array = Buffer.from(line);
  for (let attempt = 0; rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isFull || ++attempt === FULL_PIPE_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
