/**
 * The patterns of keys and channels that a selector allows.
 *
 * Patterns are those of KEYS. Most are a name, or a prefix and a star: these are compared without the matcher.
 */
import { globMatchRange } from '../../lib/glob.ts';
import type { Slice } from '../../lib/slice.ts';
import { bytesOf, upToNul } from './byte-text.ts';

/** What a command needs of a key, and a pattern grants, as bits. */
export const READ = 1;
export const WRITE = 2;

const ALL_ACCESS = READ | WRITE;

class Pattern {
  readonly text: string;
  private readonly bytes: Uint8Array;
  private readonly kind: 'name' | 'prefix' | 'glob';

  constructor(text: string) {
    this.text = text;
    const body = text.replace(/\*+$/, '');
    const isPlain = !/[*?[\\]/.test(body);
    this.kind = !isPlain ? 'glob' : body === text ? 'name' : 'prefix';
    this.bytes = bytesOf(isPlain ? body : text);
  }

  matches(name: Slice): boolean {
    const { bytes, kind } = this;
    const { start, end } = name;
    if (kind === 'glob') return globMatchRange(bytes, 0, bytes.length, name.bytes, start, end, false);
    const length = end - start;
    // A star matches no empty name.
    if (kind === 'name' ? length !== bytes.length : length < bytes.length || length === 0) return false;
    for (let i = 0; i < bytes.length; i++) if (name.bytes[start + i] !== bytes[i]) return false;
    return true;
  }
}

/** All there is, or what the patterns of a list say. The list is replaced, never changed, so that copies share it. */
class Allowance<Item> {
  /** Everything, and no pattern is needed. */
  allowsAll = false;
  protected patterns: readonly Item[] = [];

  /** Everything (`allkeys`, `allchannels`) or nothing (`resetkeys`, `resetchannels`). */
  setAll(allowed: boolean): void {
    this.allowsAll = allowed;
    this.patterns = [];
  }

  protected like(other: this): this {
    this.allowsAll = other.allowsAll;
    this.patterns = other.patterns;
    return this;
  }
}

interface KeyPattern {
  readonly pattern: Pattern;
  readonly access: number;
}

export class KeyPatterns extends Allowance<KeyPattern> {
  copy(): KeyPatterns {
    return new KeyPatterns().like(this);
  }

  /** Adds a pattern, or more access to the keys of one. */
  add(text: string, access: number): void {
    const known = this.patterns.find(({ pattern }) => pattern.text === text);
    if (known === undefined) this.patterns = [...this.patterns, { pattern: new Pattern(text), access }];
    else {
      const more = { pattern: known.pattern, access: known.access | access };
      this.patterns = this.patterns.map((each) => (each === known ? more : each));
    }
  }

  /** True when one of the patterns grants all of `access` to the key. */
  allows(key: Slice, access: number): boolean {
    if (this.allowsAll) return true;
    const { patterns } = this;
    for (let i = 0; i < patterns.length; i++) {
      const each = patterns[i];
      if ((each.access & access) === access && each.pattern.matches(key)) return true;
    }
    return false;
  }

  /** True when `access` is granted to all keys there may be. */
  allowsEvery(access: number): boolean {
    if (this.allowsAll) return true;
    return this.patterns.some((each) => (each.access & access) === access && each.pattern.text === '*');
  }

  /** The rules. */
  describe(): string[] {
    if (this.allowsAll) return ['~*'];
    return this.patterns.map(({ pattern, access }) => {
      const sign = access === ALL_ACCESS ? '~' : access === READ ? '%R~' : '%W~';
      return sign + pattern.text;
    });
  }
}

export class ChannelPatterns extends Allowance<Pattern> {
  copy(): ChannelPatterns {
    return new ChannelPatterns().like(this);
  }

  add(text: string): void {
    if (!this.texts.includes(text)) this.patterns = [...this.patterns, new Pattern(text)];
  }

  get texts(): readonly string[] {
    return this.patterns.map(({ text }) => text);
  }

  allows(channel: Slice): boolean {
    return this.allowsAll || this.patterns.some((pattern) => pattern.matches(channel));
  }

  /** True when the pattern, one of PSUBSCRIBE, is itself among those allowed. */
  allowsPattern(pattern: Slice): boolean {
    if (this.allowsAll) return true;
    const text = upToNul(pattern.toLatin1());
    return this.patterns.some((each) => each.text === text);
  }

  /** The rules, without what resets them. */
  describe(): string[] {
    return this.allowsAll ? ['&*'] : this.patterns.map(({ text }) => `&${text}`);
  }
}
