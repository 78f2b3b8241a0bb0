/**
 * A {@link RequestParser} fed as a connection feeds it, which keeps the commands that it reads.
 */
import type { Args } from '../../src/protocol/args.ts';
import { FAILED, NEED_MORE, type ParserLimits, RequestParser } from '../../src/protocol/request-parser.ts';

export const MIB = 1024 * 1024;
const GARBAGE = 0x2a;

export function limitsOf(changes: Partial<ParserLimits> = {}): ParserLimits {
  return { maxBulkBytes: 512 * MIB, maxQueryBytes: 1024 * MIB, authenticated: true, ...changes };
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function wordsOf(args: Args): string[] {
  return Array.from({ length: args.count }, (_, i) => args.at(i).toLatin1());
}

/** A connection's way of using the parser: one read buffer, overwritten after each read. */
export class Reader {
  readonly parser: RequestParser;
  readonly commands: string[][] = [];
  failed = false;
  private buffer = new Uint8Array(64 * 1024);
  /** Before each command: put it back first? */
  postpones: () => boolean = () => false;
  /** After each command: leave the rest of the input for later? */
  suspends: () => boolean = () => false;

  constructor(limits: ParserLimits = limitsOf()) {
    this.parser = new RequestParser(limits);
  }

  read(bytes: Uint8Array): void {
    // Somewhere in the buffer, not always at its beginning.
    const start = bytes.length % 7;
    if (start + bytes.length > this.buffer.length) this.buffer = new Uint8Array(start + bytes.length);
    this.buffer.set(bytes, start);
    this.parser.feed(this.buffer, start, start + bytes.length);
    this.run();
    this.parser.detach();
    this.buffer.fill(GARBAGE, start, start + bytes.length);
  }

  /** Parses until nothing is left or the client is suspended. */
  run(): void {
    while (!this.failed) {
      const result = this.parser.next();
      if (result === NEED_MORE) return;
      if (result === FAILED) {
        this.failed = true;
        return;
      }
      if (this.postpones()) {
        this.parser.unread();
        return;
      }
      this.commands.push(wordsOf(this.parser.args));
      if (this.suspends()) return;
    }
  }

  get outcome(): unknown {
    return { commands: this.commands, failed: this.failed, failure: this.parser.failure?.line ?? null };
  }
}

export function readCut(bytes: Uint8Array, cuts: readonly number[], limits?: ParserLimits): Reader {
  const reader = new Reader(limits);
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut > at && cut < bytes.length) {
      reader.read(bytes.subarray(at, cut));
      at = cut;
    }
  }
  reader.read(bytes.subarray(at));
  return reader;
}

export function readWhole(text: string | Uint8Array, changes?: Partial<ParserLimits>): Reader {
  return readCut(typeof text === 'string' ? latin1(text) : text, [], limitsOf(changes));
}

export function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}
