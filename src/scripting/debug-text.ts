/**
 * Values and replies as the debugger of scripts shows them (`ldbCatStackValue` and `ldbRedisProtocolToHuman` of Redis
 * 7.0.15, `src/eval.c`). Texts have a character for each byte.
 */
import { formatGeneral } from '../lib/general-format.ts';
import { quoteBytes } from '../lib/quoting.ts';
import { T_BOOLEAN, T_FUNCTION, T_LIGHT_USERDATA, T_NIL, T_NUMBER, T_STRING, T_TABLE, T_THREAD } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import { TableReader } from './lua/table-reader.ts';
import {
  OP_ARRAY,
  OP_BIG_NUMBER,
  OP_BOOLEAN,
  OP_BULK,
  OP_DOUBLE,
  OP_ERROR,
  OP_INTEGER,
  OP_MAP,
  OP_NULL,
  OP_SET,
  OP_STATUS,
  OP_VERBATIM,
  type ReplyTape,
} from './reply-tape.ts';

const MAX_DEPTH = 10;
/** Significant digits of C's `%g`. */
const DIGITS = 6;

const ADDRESSED: Readonly<Record<number, string>> = {
  [T_FUNCTION]: 'function',
  [T_THREAD]: 'thread',
  [T_LIGHT_USERDATA]: 'light-userdata',
};

/** The value that lies at `value` in an interpreter's memory. */
export function valueText(vm: LuaVm, value: number, depth = 0): string {
  if (depth === MAX_DEPTH) return '<max recursion level reached! Nested table?>';
  const type = vm.typeAt(value);
  switch (type) {
    case T_STRING:
      return quoted(vm.textAt(value));
    case T_BOOLEAN:
      return vm.u32[value >> 2] !== 0 ? 'true' : 'false';
    case T_NUMBER:
      return formatGeneral(vm.f64[value >> 3], DIGITS);
    case T_NIL:
      return 'nil';
    case T_TABLE:
      return tableText(vm, vm.u32[value >> 2], depth + 1);
    default:
      return `"${ADDRESSED[type] ?? 'userdata'}@0x${vm.u32[value >> 2].toString(16)}"`;
  }
}

function tableText(vm: LuaVm, table: number, depth: number): string {
  const reader = new TableReader(vm);
  const elements: string[] = [];
  const entries: string[] = [];
  let isSequence = true;
  for (let place = 0; place < reader.places(table); place++) {
    const value = reader.entryAt(table, place);
    if (value === 0) continue;
    const key = reader.keyAt(table, place);
    const expected = elements.length + 1;
    if (key === 0 ? place + 1 !== expected : vm.typeAt(key) !== T_NUMBER || vm.f64[key >> 3] !== expected) {
      isSequence = false;
    }
    const text = valueText(vm, value, depth);
    elements.push(text);
    entries.push(`[${key === 0 ? String(place + 1) : valueText(vm, key, depth)}]=${text}`);
  }
  return `{${(isSequence ? elements : entries).join('; ')}}`;
}

/** The error that a reply is; null for any other. */
export function errorText(tape: ReplyTape): string | null {
  const [operation, start, length] = tape.operations;
  if (operation !== OP_ERROR) return null;
  return Buffer.from(tape.bytes.subarray(start, start + length)).toString('latin1');
}

/** The reply on a tape, in one line. */
export function replyText(tape: ReplyTape): string {
  let at = 0;
  const next = (): number => tape.operations[at++];
  const bytes = (): string => {
    const start = next();
    return Buffer.from(tape.bytes.subarray(start, start + next())).toString('latin1');
  };
  const several = (count: number): string[] => Array.from({ length: count }, () => value());
  const value = (): string => {
    const operation = next();
    switch (operation) {
      case OP_INTEGER:
        return String(next());
      case OP_BULK:
      case OP_VERBATIM:
        return quoted(bytes());
      case OP_STATUS:
        return quoted(`+${bytes()}`);
      case OP_ERROR:
        return quoted(`-${bytes()}`);
      case OP_NULL:
        next();
        return tape.version === 3 ? '(null)' : 'NULL';
      case OP_BOOLEAN:
        return next() !== 0 ? '#true' : '#false';
      case OP_DOUBLE:
        return `(double) ${next()}`;
      case OP_BIG_NUMBER:
        return bytes();
      case OP_ARRAY:
        return `[${several(next()).join(',')}]`;
      case OP_SET:
        return `~(${several(next()).join(',')})`;
      case OP_MAP:
        return `{${Array.from({ length: next() }, () => `${value()} => ${value()}`).join(',')}}`;
      default:
        several(2 * next());
        return value();
    }
  };
  return value();
}

function quoted(text: string): string {
  return quoteBytes(Buffer.from(text, 'latin1'));
}
