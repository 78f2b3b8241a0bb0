/**
 * Makes a script's result a reply, as Redis does. The result is read where it lies in Lua's memory, without calls into the
 * interpreter: nothing can fail, and a reply that was begun is ended.
 */
import { Slice } from '../lib/slice.ts';
import { ReplyError } from '../protocol/reply-error.ts';
import { decodeReplyText } from '../protocol/reply-text.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { type LuaPointer, T_BOOLEAN, T_NUMBER, T_STRING, T_TABLE } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import { TableReader } from './lua/table-reader.ts';

/** As deep as Redis goes: its stack has 8,000 places, of which each table takes one, or three if it is a map or set. */
const STACK_SLOTS = 8000;
const SLOTS_AT_START = 2;
const SLOTS_NEEDED = 4;

const TOO_DEEP = new ReplyError('ERR reached lua stack limit');

const NAMES = [
  'err',
  'ok',
  'double',
  'big_number',
  'verbatim_string',
  'map',
  'set',
  'format',
  'string',
  'ignore_error_stats_update',
] as const;

const INT64_LIMIT = 2 ** 63;
const INT64_MIN = -(2n ** 63n);

/** What is still to be written of a table: an array's elements, or a map's or set's places. */
interface Pending {
  kind: 'array' | 'map' | 'set';
  table: LuaPointer;
  next: number;
  end: number;
  slots: number;
  /** A map's value whose key has just been written. */
  value: number;
}

export class LuaToReply {
  private readonly vm: LuaVm;
  private readonly tables: TableReader;
  private readonly names: Readonly<Record<(typeof NAMES)[number], LuaPointer>>;
  private readonly pending: Pending[] = [];
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);
  private readonly onError: (error: ReplyError, isCounted: boolean) => void;
  private reply!: ReplyWriter;
  /** The protocol that the script speaks, which says what truth values become. */
  private speaksResp3 = false;

  /** @param onError told of errors among the results, and whether a command has counted them */
  constructor(vm: LuaVm, onError: (error: ReplyError, isCounted: boolean) => void) {
    this.vm = vm;
    this.onError = onError;
    this.tables = new TableReader(vm);
    const names: Partial<Record<(typeof NAMES)[number], LuaPointer>> = {};
    for (const name of NAMES) {
      names[name] = vm.interned(name);
    }
    this.names = names as Readonly<Record<(typeof NAMES)[number], LuaPointer>>;
  }

  /** Writes the value that lies at `value`. */
  write(value: number, reply: ReplyWriter, speaksResp3: boolean): void {
    this.reply = reply;
    this.speaksResp3 = speaksResp3;
    this.element(value, SLOTS_AT_START);
    for (;;) {
      const pending = this.pending.at(-1);
      if (pending === undefined) return;
      if (!this.advance(pending)) this.pending.pop();
    }
  }

  /** Writes the next element of a table; false when there is none. */
  private advance(pending: Pending): boolean {
    const { tables } = this;
    const { table, slots } = pending;
    if (pending.value !== 0) {
      const { value } = pending;
      pending.value = 0;
      this.element(value, slots);
      return true;
    }
    if (pending.next >= pending.end) return false;
    const place = pending.next++;
    if (pending.kind === 'array') {
      this.element(tables.element(table, place + 1), slots);
      return true;
    }
    const value = tables.entryAt(table, place);
    if (value === 0) return true;
    if (pending.kind === 'map') pending.value = value;
    this.keyOf(table, place, slots);
    return true;
  }

  private keyOf(table: LuaPointer, place: number, slots: number): void {
    const key = this.tables.keyAt(table, place);
    if (key === 0) this.reply.integer(place + 1);
    else this.element(key, slots);
  }

  private element(value: number, slots: number): void {
    const { reply, vm } = this;
    if (slots + SLOTS_NEEDED > STACK_SLOTS) {
      reply.error(TOO_DEEP);
      return;
    }
    switch (vm.typeAt(value)) {
      case T_STRING:
        reply.bulk(this.stringAt(value));
        return;
      case T_NUMBER:
        this.integer(vm.f64[value >> 3]);
        return;
      case T_BOOLEAN:
        this.truth(vm.u32[value >> 2] !== 0);
        return;
      case T_TABLE:
        this.table(vm.u32[value >> 2], slots);
        return;
      default:
        reply.null();
    }
  }

  private truth(value: boolean): void {
    if (this.speaksResp3) this.reply.boolean(value);
    else if (value) this.reply.integer(1);
    else this.reply.null();
  }

  /** A number becomes an integer, cut towards zero; what does not fit becomes what x86's conversion makes of it. */
  private integer(value: number): void {
    if (Number.isSafeInteger(value)) this.reply.integer(value === 0 ? 0 : value);
    else if (!(Math.abs(value) < INT64_LIMIT)) this.reply.integer(INT64_MIN);
    else {
      const whole = Math.trunc(value);
      this.reply.integer(Number.isSafeInteger(whole) ? (whole === 0 ? 0 : whole) : BigInt(whole));
    }
  }

  private table(table: LuaPointer, slots: number): void {
    const { names, reply, vm } = this;
    // Mostly there is no field to look for.
    if (this.tables.hasNoFields(table)) {
      this.array(table, slots);
      return;
    }
    const error = this.typed(table, names.err, T_STRING);
    const status = this.typed(table, names.ok, T_STRING);
    const double = this.typed(table, names.double, T_NUMBER);
    const bigNumber = this.typed(table, names.big_number, T_STRING);
    const map = this.typed(table, names.map, T_TABLE);
    const set = this.typed(table, names.set, T_TABLE);
    if (error !== 0) this.error(table, error);
    else if (status !== 0) reply.status(this.plainLineAt(status));
    else if (double !== 0) reply.double(vm.f64[double >> 3]);
    else if (bigNumber !== 0) reply.bigNumber(vm.textAt(bigNumber).replace(/[\r\n]/g, ' '));
    else if (this.verbatim(table)) return;
    else if (map !== 0) this.entries('map', vm.u32[map >> 2], slots + 3);
    else if (set !== 0) this.entries('set', vm.u32[set >> 2], slots + 2);
    else this.array(table, slots);
  }

  private error(table: LuaPointer, text: number): void {
    const error = new ReplyError(this.lineAt(text));
    const counted = this.typed(table, this.names.ignore_error_stats_update, T_BOOLEAN);
    this.onError(error, counted !== 0 && this.vm.u32[counted >> 2] !== 0);
    this.reply.error(error);
  }

  private array(table: LuaPointer, slots: number): void {
    const length = this.tables.sequenceLength(table);
    this.reply.array(length);
    this.pending.push({ kind: 'array', table, next: 0, end: length, slots: slots + 1, value: 0 });
  }

  private entries(kind: 'map' | 'set', table: LuaPointer, slots: number): void {
    const places = this.tables.places(table);
    let count = 0;
    for (let place = 0; place < places; place++) if (this.tables.entryAt(table, place) !== 0) count++;
    if (kind === 'map') this.reply.map(count);
    else this.reply.set(count);
    this.pending.push({ kind, table, next: 0, end: places, slots, value: 0 });
  }

  private verbatim(table: LuaPointer): boolean {
    const { names, vm } = this;
    const inner = this.typed(table, names.verbatim_string, T_TABLE);
    if (inner === 0) return false;
    const format = this.typed(vm.u32[inner >> 2], names.format, T_STRING);
    const text = this.typed(vm.u32[inner >> 2], names.string, T_STRING);
    if (format === 0 || text === 0) return false;
    const { bytes, start, end } = this.stringAt(text);
    // Three bytes, whatever there is: Redis copies as many.
    const name = this.lineAt(format).padEnd(3, ' ').slice(0, 3);
    this.reply.verbatim(name, decodeReplyText(bytes, start, end));
    return true;
  }

  /** The address of a field, if it is of the type; else 0. */
  private typed(table: LuaPointer, name: LuaPointer, type: number): number {
    const value = this.tables.field(table, name);
    return value !== 0 && this.vm.typeAt(value) === type ? value : 0;
  }

  private stringAt(value: number): Slice {
    const start = this.vm.stringStart(value);
    return this.slice.point(this.vm.u8, start, start + this.vm.stringLength(value));
  }

  /** A string up to its first NUL, as text that becomes the same bytes again. */
  private lineAt(value: number): string {
    const { bytes, start, end } = this.stringAt(value);
    const nul = bytes.subarray(start, end).indexOf(0);
    return decodeReplyText(bytes, start, nul < 0 ? end : start + nul);
  }

  /** A string up to its first NUL, a character for each byte, without line breaks: for statuses. */
  private plainLineAt(value: number): string {
    const [line] = this.vm.textAt(value).split('\0', 1);
    return line.replace(/[\r\n]/g, ' ');
  }
}
