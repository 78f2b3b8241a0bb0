/**
 * Random values as Lua writes them, and what else the libraries of scripts are asked for.
 */
import type { Random } from '../../src/lib/random.ts';

const SPECIAL_NUMBERS = [
  '0',
  '-0.0',
  '1e15',
  '2^53',
  '-2^53',
  '2^63',
  '2^64',
  '1e300',
  '1e-300',
  '0.1',
  '1/3',
  '12345678901234.5',
];
const BIT_NAMES = ['band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift', 'rol', 'ror', 'tohex'];

export class LuaValues {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** A number from 0 up to, but not, `limit`. */
  private below(limit: number): number {
    return this.random.below(limit);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  number(): string {
    switch (this.below(5)) {
      case 0:
        return this.pick(SPECIAL_NUMBERS);
      case 1:
        return String(this.below(300) - 150);
      case 2:
        return String((this.below(2 ** 31) - 2 ** 30) * this.pick([1, 2, 65536]));
      case 3:
        return `${this.below(1_000_000)}/${this.below(1000) + 1}`;
      default:
        return `${this.below(2 ** 31)}.${this.below(10 ** 9)}e${this.below(40) - 20}`;
    }
  }

  bytes(): string {
    const length = this.pick([0, 1, 3, 8, 31, 32, 33, 200, 300]);
    return Array.from({ length }, () => String.fromCharCode(this.below(256))).join('');
  }

  /** A text as a string of Lua, with everything but letters as escapes. */
  quoted(text: string): string {
    return `"${text.replace(/[^A-Za-z]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)}"`;
  }

  value(depth: number): string {
    switch (this.below(depth > 0 ? 8 : 5)) {
      case 0:
        return this.number();
      case 1:
        return this.quoted(this.bytes());
      case 2:
        return this.pick(['true', 'false']);
      case 3:
        return this.pick(['nil', 'cjson.null', '"x"']);
      case 4:
        return `"${this.pick(['plain', 'text', 'é'])}"`;
      case 5:
        return `{${this.several(() => this.value(depth - 1)).join(',')}}`;
      case 6:
        return `{${this.several(() => `k${this.below(50)}=${this.value(depth - 1)}`).join(',')}}`;
      default:
        return `{${this.several(() => `[${this.below(9) + 1}]=${this.value(depth - 1)}`).join(',')}}`;
    }
  }

  json(depth: number): string {
    const blank = this.pick(['', '', ' ', '\n']);
    switch (this.below(depth > 0 ? 8 : 5)) {
      case 0:
        return (
          blank +
          this.pick([
            '0',
            '-1',
            '1.5',
            '1e5',
            '-0',
            '1E-3',
            '123456789012345678',
            '0.1e',
            '01',
            '1.',
            '.5',
            '-',
            '0x10',
          ])
        );
      case 1:
        return `"${this.pick(['', 'a', 'é', '\\n\\t\\"\\\\\\/', '\\u0041\\u00e9\\u20ac', '\\ud83d\\ude00', '\\ud800', '\\x', '\\u12'])}"`;
      case 2:
        return this.pick(['true', 'false', 'null', 'nul', 'True', 'nan', '-inf', 'Infinity']);
      case 3:
        return String(this.below(1000)) + blank;
      case 4:
        return '""';
      case 5:
      case 6:
        return `[${blank}${this.several(() => this.json(depth - 1)).join(this.pick([',', ',', ',', ' ,', ',,']))}]`;
      default:
        return `{${this.several(() => `"k${this.below(9)}"${blank}:${this.json(depth - 1)}`).join(',')}${this.pick(['}', '}', '}', ',}', ''])}`;
    }
  }

  structure(): { readonly format: string; readonly list: string } {
    const parts = this.several(() => {
      const option = this.pick([
        'b',
        'B',
        'h',
        'H',
        'l',
        'L',
        'T',
        'i',
        'I',
        'i3',
        'I5',
        'i8',
        'f',
        'd',
        's',
        'c2',
        'i12',
      ]);
      const order = this.pick(['', '', '<', '>', '!', '!4', ' ']);
      const value = 'sc'.includes(option[0]) ? this.quoted(`ab${this.pick(['', 'c', '\0x'])}`) : this.number();
      return { option: order + option, value };
    });
    return {
      format: parts.map(({ option }) => option).join('') || 'x',
      list: parts.map(({ value }) => value).join(',') || '1',
    };
  }

  bitOperation(): string {
    const name = this.pick(BIT_NAMES);
    return `bit.${name}(${this.number()}, ${this.pick([this.number(), String(this.below(40) - 4)])})`;
  }

  private several<T>(make: () => T): T[] {
    return Array.from({ length: this.below(5) }, make);
  }
}
