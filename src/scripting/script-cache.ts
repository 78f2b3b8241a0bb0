/**
 * The scripts that EVAL and SCRIPT LOAD have brought, by their SHA-1 and, so that a body that is sent again need not be
 * hashed, by their bytes.
 */
import { sha1Hex } from '../lib/sha1.ts';
import type { Slice } from '../lib/slice.ts';

const SHA_LENGTH = 40;
/** As many digits as are a small integer. */
const KEY_DIGITS = 7;
/** What Redis counts for a script beside its body. */
const OVERHEAD_BYTES = 120;

export class Script {
  /** Its SHA-1, which is what it is called in errors. */
  readonly name: string;
  /** The same in bytes. */
  readonly sha: Uint8Array;
  readonly body: Uint8Array;
  readonly flags: number;
  readonly isFunction = false;
  /** Where in the body the code begins. */
  readonly codeStart: number;
  /** The compiled function, in the interpreter of this number; 0 before it is compiled. */
  compiled = 0;
  interpreter = 0;

  constructor(name: string, body: Uint8Array, flags: number, codeStart: number) {
    this.name = name;
    this.sha = Uint8Array.from(name, (digit) => digit.charCodeAt(0));
    this.body = body;
    this.flags = flags;
    this.codeStart = codeStart;
  }
}

export class ScriptCache {
  /** Bytes of all scripts, about as Redis counts them. */
  usedBytes = 0;
  /** By the first digits of the SHA-1, and by a number made of the body. Those that share one are few. */
  private readonly bySha = new Map<number, Script[]>();
  private readonly byBody = new Map<number, Script[]>();
  private count = 0;
  /** The one that was found last: mostly it is the next one too. */
  private last: Script | null = null;

  get size(): number {
    return this.count;
  }

  /** The script of a SHA-1 in hexadecimal digits of either case. */
  bySha1(sha: Slice): Script | null {
    if (sha.length !== SHA_LENGTH) return null;
    const { last } = this;
    if (last !== null && hasBytes(sha, last.sha)) return last;
    const candidates = this.bySha.get(leadingDigits(sha));
    if (candidates === undefined) return null;
    for (const script of candidates) {
      if (!sha.equalsIgnoreCase(script.name)) continue;
      this.last = script;
      return script;
    }
    return null;
  }

  /** The script of a body. */
  ofBody(body: Slice): Script | null {
    const { last } = this;
    if (last !== null && hasBytes(body, last.body)) return last;
    const candidates = this.byBody.get(signature(body.bytes, body.start, body.end));
    if (candidates === undefined) return null;
    for (const script of candidates) {
      if (!hasBytes(body, script.body)) continue;
      this.last = script;
      return script;
    }
    return null;
  }

  /** Adds a script, whose body is a copy of its own. */
  add(body: Uint8Array, flags: number, codeStart: number): Script {
    const script = new Script(sha1Hex(body), body, flags, codeStart);
    enter(this.bySha, Number.parseInt(script.name.slice(0, KEY_DIGITS), 16), script);
    enter(this.byBody, signature(body, 0, body.length), script);
    this.count++;
    this.usedBytes += body.length + OVERHEAD_BYTES;
    return script;
  }

  clear(): void {
    this.bySha.clear();
    this.byBody.clear();
    this.last = null;
    this.count = 0;
    this.usedBytes = 0;
  }
}

function enter(map: Map<number, Script[]>, key: number, script: Script): void {
  const scripts = map.get(key);
  if (scripts === undefined) map.set(key, [script]);
  else scripts.push(script);
}

function hasBytes({ bytes, start, end }: Slice, expected: Uint8Array): boolean {
  const { length } = expected;
  if (end - start !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== expected[i]) return false;
  return true;
}

/** A number that most bodies have to themselves: their length and 64 bytes spread over them. */
function signature(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const step = Math.max(1, length >> 6);
  let hash = length;
  for (let at = start; at < end; at += step) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
  return hash;
}

/** The first digits as a number; those that are no digits count as something. */
function leadingDigits({ bytes, start }: Slice): number {
  let value = 0;
  for (let i = 0; i < KEY_DIGITS; i++) {
    const byte = bytes[start + i];
    value = (value << 4) | ((byte <= 0x39 ? byte : byte + 9) & 0xf);
  }
  return value;
}
