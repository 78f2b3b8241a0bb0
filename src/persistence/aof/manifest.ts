/**
 * The manifest of an append-only file: which files it consists of, in which order they are loaded.
 *
 * One line a file, in Redis's format: `file NAME seq NUMBER type b|h|i`. The base is loaded first, then the incremental
 * files by their numbers. History files are loaded never: they wait to be deleted. A name with special bytes is quoted.
 * A manifest is a value: what changes it answers a new one.
 */
import { quoteBytes, splitArgumentString } from '../../lib/quoting.ts';

/** Base, history, incremental. */
export type FileType = 'b' | 'h' | 'i';

export interface ListedFile {
  /** A name within the directory, one character a byte. */
  readonly name: string;
  readonly sequence: number;
  readonly type: FileType;
}

const MAX_LINE_BYTES = 1024;
const MIN_WORDS = 6;

/** A manifest can't be understood. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
  readonly code = 'AOF_MANIFEST_INVALID';
  /** What is wrong, in Redis's words. */
  readonly reason: string;
  /** Where, counted from 1, and what stands there; 0 where it is no line in particular. */
  readonly lineNumber: number;
  readonly line: string;

  constructor(reason: string, lineNumber: number, line: string) {
    super(lineNumber === 0 ? reason : `${reason}, at line ${lineNumber}: '${line}'`);
    this.reason = reason;
    this.lineNumber = lineNumber;
    this.line = line;
  }
}

export class Manifest {
  static readonly EMPTY = new Manifest(null, [], [], 0, 0);

  readonly base: ListedFile | null;
  readonly history: readonly ListedFile[];
  readonly incremental: readonly ListedFile[];
  private readonly lastBase: number;
  private readonly lastIncremental: number;

  private constructor(
    base: ListedFile | null,
    history: readonly ListedFile[],
    incremental: readonly ListedFile[],
    lastBase: number,
    lastIncremental: number,
  ) {
    this.base = base;
    this.history = history;
    this.incremental = incremental;
    this.lastBase = lastBase;
    this.lastIncremental = lastIncremental;
  }

  /**
   * Reads a manifest's text, one character a byte.
   *
   * @throws {ManifestError}
   */
  static parse(text: string): Manifest {
    const lines = text.split('\n');
    const last = lines.pop();
    if (lines.length === 0 && last === '') throw new ManifestError('Found an empty AOF manifest', 0, '');
    if (last !== '' && last !== undefined) lines.push(last);
    let base: ListedFile | null = null;
    const history: ListedFile[] = [];
    const incremental: ListedFile[] = [];
    for (const [index, line] of lines.entries()) {
      if (line.startsWith('#')) continue;
      const fail = (reason: string): never => {
        throw new ManifestError(reason, index + 1, line);
      };
      const isCut = index === lines.length - 1 && last !== '';
      if (isCut || line.length >= MAX_LINE_BYTES) fail('The AOF manifest file contains too long line');
      const file = parseLine(line, fail);
      if (file.type === 'b') {
        if (base !== null) fail('Found duplicate base file information');
        base = file;
      } else if (file.type === 'h') {
        history.push(file);
      } else {
        if (file.sequence <= (incremental.at(-1)?.sequence ?? 0)) fail('Found a non-monotonic sequence number');
        incremental.push(file);
      }
    }
    return new Manifest(base, history, incremental, base?.sequence ?? 0, incremental.at(-1)?.sequence ?? 0);
  }

  /** The base is a file that is there already, as when an append-only file of a single file is adopted. */
  static ofBase(name: string): Manifest {
    return new Manifest({ name, sequence: 1, type: 'b' }, [], [], 1, 0);
  }

  /** No file is listed that is loaded. */
  get isEmpty(): boolean {
    return this.base === null && this.incremental.length === 0;
  }

  /** What is loaded, in order. */
  get files(): readonly ListedFile[] {
    return this.base === null ? this.incremental : [this.base, ...this.incremental];
  }

  /** The file that writes are appended to: the last incremental one. */
  get tail(): ListedFile | null {
    return this.incremental.at(-1) ?? null;
  }

  /** What the next base is called. */
  nextBaseName(prefix: string, format: 'rdb' | 'aof'): string {
    return `${prefix}.${this.lastBase + 1}.base.${format}`;
  }

  /** What the next incremental file is called. */
  nextIncrementalName(prefix: string): string {
    return `${prefix}.${this.lastIncremental + 1}.incr.aof`;
  }

  /** With one more incremental file, of the name that {@link nextIncrementalName} has given. */
  withIncremental(name: string): Manifest {
    const sequence = this.lastIncremental + 1;
    const file: ListedFile = { name, sequence, type: 'i' };
    return new Manifest(this.base, this.history, [...this.incremental, file], this.lastBase, sequence);
  }

  /**
   * With a new base, of the name that {@link nextBaseName} has given. It stands for the old one and for all incremental
   * files but the last `keptIncrementals`: these become history.
   */
  withBase(name: string, keptIncrementals: number): Manifest {
    const sequence = this.lastBase + 1;
    const kept = keptIncrementals === 0 ? [] : this.incremental.slice(-keptIncrementals);
    const replaced = this.incremental.slice(0, this.incremental.length - kept.length);
    // In Redis's order: what was replaced last comes first.
    const history = [...replaced, ...(this.base === null ? [] : [this.base]), ...this.history];
    return new Manifest(
      { name, sequence, type: 'b' },
      history.map((file) => ({ ...file, type: 'h' })),
      kept,
      sequence,
      this.lastIncremental,
    );
  }

  /** Without the history files, which are gone. */
  withoutHistory(): Manifest {
    return new Manifest(this.base, [], this.incremental, this.lastBase, this.lastIncremental);
  }

  /** The text of the file, one character a byte. */
  toString(): string {
    const files = [...(this.base === null ? [] : [this.base]), ...this.history, ...this.incremental];
    return files.map(({ name, sequence, type }) => `file ${wordOf(name)} seq ${sequence} type ${type}\n`).join('');
  }
}

function parseLine(line: string, fail: (reason: string) => never): ListedFile {
  const words = splitArgumentString(line.trim());
  // Pairs of other names may come with later versions.
  if (words === null || words.length < MIN_WORDS || words.length % 2 !== 0) {
    return fail('Invalid AOF manifest file format');
  }
  let name = '';
  let sequence = 0;
  let type = '';
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    switch (words[i].toLowerCase()) {
      case 'file':
        name = value;
        if (/[/\\]/.test(name)) fail("File can't be a path, just a filename");
        break;
      case 'seq':
        sequence = /^\d+/.test(value) ? Number.parseInt(value, 10) : 0;
        break;
      case 'type':
        type = value.slice(0, 1);
        break;
    }
  }
  if (name === '' || sequence === 0 || type === '') fail('Invalid AOF manifest file format');
  if (type !== 'b' && type !== 'h' && type !== 'i') return fail('Unknown AOF file type');
  return { name, sequence, type };
}

/** The name as a word of the file: quoted where it would be read as something else. */
function wordOf(name: string): string {
  return /^[!#-&(-[\]-~]+$/.test(name) ? name : quoteBytes(new Uint8Array(Buffer.from(name, 'latin1')));
}
