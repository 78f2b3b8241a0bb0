/**
 * `cjson.decode`: reads JSON into values of Lua, as Redis's cjson 2.1 does, down to what its errors say.
 *
 * The text is an argument on the stack, so it stays in place; behind it there is a zero, as behind each string of Lua, and
 * a zero is the end of the input.
 */
import { parseDoubleRange } from '../lib/double.ts';
import { ByteBuilder } from './byte-builder.ts';
import type { JsonSettings } from './json-settings.ts';
import { type LuaPointer, T_BOOLEAN, T_LIGHT_USERDATA } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';

/** What the next token is; errors name it so. */
type Token =
  | 'T_OBJ_BEGIN'
  | 'T_OBJ_END'
  | 'T_ARR_BEGIN'
  | 'T_ARR_END'
  | 'T_STRING'
  | 'T_NUMBER'
  | 'T_BOOLEAN'
  | 'T_NULL'
  | 'T_COLON'
  | 'T_COMMA'
  | 'T_END'
  | 'T_ERROR';

const SINGLE: Readonly<Record<number, Token>> = {
  123: 'T_OBJ_BEGIN',
  125: 'T_OBJ_END',
  91: 'T_ARR_BEGIN',
  93: 'T_ARR_END',
  44: 'T_COMMA',
  58: 'T_COLON',
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LOWER_E = 0x65;
const LOWER_X = 0x78;
/** The upper word of a NaN with a sign. */
const NEGATIVE_NAN = 0xfff80000;

const ESCAPED: Readonly<Record<number, number>> = {
  [QUOTE]: QUOTE,
  [BACKSLASH]: BACKSLASH,
  47: 0x2f,
  98: 0x08,
  116: 0x09,
  110: 0x0a,
  102: 0x0c,
  114: 0x0d,
};

export class JsonDecoder {
  private readonly vm: LuaVm;
  private readonly builder = new ByteBuilder();
  private thread: LuaPointer = 0;
  private settings!: JsonSettings;
  private start = 0;
  private at = 0;
  private depth = 0;
  // The current token, where it begins, and what it says.
  private token: Token = 'T_END';
  private tokenAt = 0;
  private problem = '';
  private number = 0;
  private isNegativeNan = false;
  /** A string without escapes is where it is in the text (then `stringAt` is its address), else in the builder. */
  private stringAt = 0;
  private stringLength = 0;

  constructor(vm: LuaVm) {
    this.vm = vm;
  }

  /** Pushes the value of the JSON text that lies at `start`. */
  decode(thread: LuaPointer, settings: JsonSettings, start: number, length: number): void {
    const { u8 } = this.vm;
    this.thread = thread;
    this.settings = settings;
    this.start = this.at = start;
    this.depth = 0;
    if (length >= 2 && (u8[start] === 0 || u8[start + 1] === 0)) {
      this.vm.fail(thread, 'JSON parser does not support UTF-16 or UTF-32');
    }
    this.next();
    this.value();
    this.next();
    if (!this.isAt('T_END')) this.expected('the end');
  }

  private isAt(token: Token): boolean {
    return this.token === token;
  }

  private expected(what: string): never {
    const found = this.isAt('T_ERROR') ? this.problem : this.token;
    const character = this.tokenAt - this.start + 1;
    return this.vm.fail(this.thread, `Expected ${what} but found ${found} at character ${character}`);
  }

  private value(): void {
    const { thread, vm } = this;
    switch (this.token) {
      case 'T_STRING':
        this.pushString();
        return;
      case 'T_NUMBER':
        vm.pushNumber(thread, this.number);
        if (this.isNegativeNan) vm.u32[(vm.last(thread) >> 2) + 1] = NEGATIVE_NAN;
        return;
      case 'T_BOOLEAN':
        vm.pushWord(thread, T_BOOLEAN, this.number);
        return;
      case 'T_NULL':
        vm.pushWord(thread, T_LIGHT_USERDATA, 0);
        return;
      case 'T_OBJ_BEGIN':
        this.object();
        return;
      case 'T_ARR_BEGIN':
        this.array();
        return;
      default:
        this.expected('value');
    }
  }

  private pushString(): void {
    const { builder, thread, vm } = this;
    if (this.stringAt !== 0) vm.api.lua_pushlstring(thread, this.stringAt, this.stringLength);
    else vm.pushBytes(thread, builder.bytes, 0, builder.length);
  }

  private descend(slots: number): void {
    const { thread, vm } = this;
    this.depth++;
    if (this.depth <= this.settings.decode.maxDepth && vm.api.lua_checkstack(thread, slots) !== 0) return;
    const character = this.at - this.start;
    vm.fail(thread, `Found too many nested data structures (${this.depth}) at character ${character}`);
  }

  private object(): void {
    const { api } = this.vm;
    this.descend(3);
    api.lua_createtable(this.thread, 0, 0);
    this.next();
    while (!this.isAt('T_OBJ_END')) {
      if (!this.isAt('T_STRING')) this.expected('object key string');
      this.pushString();
      this.next();
      if (!this.isAt('T_COLON')) this.expected('colon');
      this.next();
      this.value();
      api.lua_rawset(this.thread, -3);
      this.next();
      if (this.isAt('T_OBJ_END')) break;
      if (!this.isAt('T_COMMA')) this.expected('comma or object end');
      this.next();
      // An end after a comma is no key.
      if (this.isAt('T_OBJ_END')) this.expected('object key string');
    }
    this.depth--;
  }

  private array(): void {
    const { api } = this.vm;
    this.descend(2);
    api.lua_createtable(this.thread, 0, 0);
    this.next();
    for (let i = 1; !this.isAt('T_ARR_END'); i++) {
      this.value();
      api.lua_rawseti(this.thread, -2, i);
      this.next();
      if (this.isAt('T_ARR_END')) break;
      if (!this.isAt('T_COMMA')) this.expected('comma or array end');
      this.next();
      if (this.isAt('T_ARR_END')) this.expected('value');
    }
    this.depth--;
  }

  // Tokens

  private next(): void {
    const { u8 } = this.vm;
    let byte = u8[this.at];
    while (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) byte = u8[++this.at];
    this.tokenAt = this.at;
    if (byte === 0) {
      this.token = 'T_END';
      return;
    }
    const single = SINGLE[byte];
    if (single !== undefined) {
      this.at++;
      this.token = single;
    } else if (byte === QUOTE) {
      this.string();
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      if (!this.settings.decode.invalidNumbers && this.isInvalidNumber()) this.wrong('invalid number');
      else this.numeral();
    } else if (this.word('true')) {
      this.token = 'T_BOOLEAN';
      this.number = 1;
    } else if (this.word('false')) {
      this.token = 'T_BOOLEAN';
      this.number = 0;
    } else if (this.word('null')) {
      this.token = 'T_NULL';
    } else if (
      'iInN+'.includes(String.fromCharCode(byte)) &&
      this.settings.decode.invalidNumbers &&
      this.isInvalidNumber()
    ) {
      this.numeral();
    } else {
      this.wrong('invalid token');
    }
  }

  private wrong(problem: string): void {
    this.token = 'T_ERROR';
    this.problem = problem;
    this.tokenAt = this.at;
  }

  private word(word: string): boolean {
    const { u8 } = this.vm;
    for (let i = 0; i < word.length; i++) if (u8[this.at + i] !== word.charCodeAt(i)) return false;
    this.at += word.length;
    return true;
  }

  private string(): void {
    const { u8 } = this.vm;
    const start = ++this.at;
    let end = start;
    while (u8[end] !== QUOTE && u8[end] !== BACKSLASH && u8[end] !== 0) end++;
    this.at = end;
    if (u8[end] === QUOTE) {
      this.stringAt = start;
      this.stringLength = end - start;
      this.at++;
      this.token = 'T_STRING';
      return;
    }
    this.stringAt = 0;
    this.builder.reset();
    this.builder.append(u8, start, end);
    const problem = this.escapedString();
    if (problem !== null) this.wrong(problem);
  }

  /** Reads on from the first escape into the builder; null, or what is wrong. */
  private escapedString(): string | null {
    const { builder } = this;
    const { u8 } = this.vm;
    for (;;) {
      const byte = u8[this.at];
      if (byte === QUOTE) break;
      if (byte === 0) return 'unexpected end of string';
      if (byte !== BACKSLASH) {
        builder.byte(byte);
        this.at++;
        continue;
      }
      const escaped = u8[this.at + 1];
      if (escaped === LOWER_U) {
        if (!this.codePoint()) return 'invalid unicode escape code';
        continue;
      }
      const meant = ESCAPED[escaped];
      if (meant === undefined) return 'invalid escape code';
      builder.byte(meant);
      this.at += 2;
    }
    this.at++;
    this.token = 'T_STRING';
    return null;
  }

  /** Reads `\uXXXX`, or two of them that are a surrogate pair, as UTF-8. False where that is malformed. */
  private codePoint(): boolean {
    let code = this.fourDigits(this.at + 2);
    let length = 6;
    if (code < 0) return false;
    if ((code & 0xf800) === 0xd800) {
      if ((code & 0x400) !== 0) return false;
      const { u8 } = this.vm;
      if (u8[this.at + 6] !== BACKSLASH || u8[this.at + 7] !== LOWER_U) return false;
      const low = this.fourDigits(this.at + 8);
      if (low < 0 || (low & 0xfc00) !== 0xdc00) return false;
      code = (((code & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
      length = 12;
    }
    this.utf8(code);
    this.at += length;
    return true;
  }

  private utf8(code: number): void {
    const { builder } = this;
    if (code < 0x80) {
      builder.byte(code);
      return;
    }
    if (code < 0x800) builder.byte(0xc0 | (code >> 6));
    else {
      if (code < 0x10000) builder.byte(0xe0 | (code >> 12));
      else {
        builder.byte(0xf0 | (code >> 18));
        builder.byte(0x80 | ((code >> 12) & 0x3f));
      }
      builder.byte(0x80 | ((code >> 6) & 0x3f));
    }
    builder.byte(0x80 | (code & 0x3f));
  }

  private fourDigits(at: number): number {
    const { u8 } = this.vm;
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const digit = hexDigit(u8[at + i]);
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }

  // Numbers

  /** Whether what begins here is a number for C, but none of JSON. */
  private isInvalidNumber(): boolean {
    const { u8 } = this.vm;
    let { at } = this;
    if (u8[at] === PLUS) return true;
    if (u8[at] === MINUS) at++;
    if (u8[at] === ZERO) {
      const second = u8[at + 1];
      return (second | 0x20) === LOWER_X || (second >= ZERO && second <= NINE);
    }
    if (u8[at] <= NINE) return false;
    const word = this.vm.textOf(at, 3).toLowerCase();
    return word === 'inf' || word === 'nan';
  }

  /** Reads what C's `strtod` takes for a number. */
  private numeral(): void {
    const end = this.numberEnd();
    if (end === this.at) {
      this.wrong('invalid number');
      return;
    }
    this.token = 'T_NUMBER';
    // C's `strtod` keeps the sign, and Lua prints it.
    this.isNegativeNan = Number.isNaN(this.number) && this.vm.u8[this.at] === MINUS;
    this.at = end;
  }

  /** Reads the number that begins here, and answers where it ends; here if there is none. */
  private numberEnd(): number {
    const { u8 } = this.vm;
    const start = this.at;
    let at = start;
    const isNegative = u8[at] === MINUS;
    if (isNegative || u8[at] === PLUS) at++;
    if (u8[at] === ZERO && (u8[at + 1] | 0x20) === LOWER_X) {
      const end = this.hexadecimalEnd(at + 2);
      if (end > at + 2) {
        this.number = parseDoubleRange(u8, start, end) ?? Number.NaN;
        return end;
      }
    }
    const word = this.vm.textOf(at, 8).toLowerCase();
    if (word.startsWith('inf')) {
      this.number = isNegative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      return at + (word === 'infinity' ? 8 : 3);
    }
    if (word.startsWith('nan')) {
      this.number = Number.NaN;
      return at + 3;
    }
    return this.decimalEnd(start, at, isNegative);
  }

  private decimalEnd(start: number, from: number, isNegative: boolean): number {
    const { u8 } = this.vm;
    let at = from;
    let small = 0;
    for (; isDigit(u8[at]); at++) small = small * 10 + u8[at] - ZERO;
    let digits = at - from;
    const isWhole = u8[at] !== POINT && (u8[at] | 0x20) !== LOWER_E;
    if (isWhole && digits > 0 && digits <= 15) {
      this.number = isNegative ? -small : small;
      return at;
    }
    if (u8[at] === POINT) {
      const fraction = ++at;
      while (isDigit(u8[at])) at++;
      digits += at - fraction;
    }
    if (digits === 0) return start;
    if ((u8[at] | 0x20) === LOWER_E) {
      let exponent = at + 1;
      if (u8[exponent] === PLUS || u8[exponent] === MINUS) exponent++;
      if (isDigit(u8[exponent])) {
        at = exponent;
        while (isDigit(u8[at])) at++;
      }
    }
    this.number = Number(this.vm.textOf(start, at - start));
    return at;
  }

  private hexadecimalEnd(from: number): number {
    const { u8 } = this.vm;
    let at = from;
    let digits = 0;
    for (; hexDigit(u8[at]) >= 0; at++) digits++;
    if (u8[at] === POINT) {
      let fraction = at + 1;
      for (; hexDigit(u8[fraction]) >= 0; fraction++) digits++;
      if (digits > 0) at = fraction;
    }
    if (digits === 0) return from;
    if ((u8[at] | 0x20) !== 0x70) return at;
    let exponent = at + 1;
    if (u8[exponent] === PLUS || u8[exponent] === MINUS) exponent++;
    if (!isDigit(u8[exponent])) return at;
    while (isDigit(u8[exponent])) exponent++;
    return exponent;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
