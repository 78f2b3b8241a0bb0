/**
 * The commands that make a value anew, for all types: what a base without the RDB format consists of. Large values take
 * several commands of up to 64 elements each.
 */
import { HASH_LISTPACK } from '../../keyspace/hash-value.ts';
import {
  encodingOf,
  structureOf,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STRING,
  TYPE_ZSET,
  typeOf,
  valuePointer,
} from '../../keyspace/key-entry.ts';
import { SetReader } from '../../keyspace/set-reader.ts';
import { StringValues } from '../../keyspace/string-value.ts';
import { ZSET_LISTPACK } from '../../keyspace/zset-value.ts';
import { MAX_DOUBLE_LENGTH, writeDouble } from '../../lib/double.ts';
import { invariant } from '../../lib/invariant.ts';
import type { HeapView } from '../../memory/heap-view.ts';
import type { Pointer } from '../../memory/layout.ts';
import { ByteStringReader } from '../../structures/byte-string.ts';
import { EntryReader } from '../../structures/entry.ts';
import { FieldReader } from '../../structures/field-reader.ts';
import { ListCursor } from '../../structures/list-tree-cursor.ts';
import { ListTreeReader } from '../../structures/list-tree-reader.ts';
import * as listpack from '../../structures/listpack.ts';
import { ListpackElement } from '../../structures/listpack-element.ts';
import { packedBase } from '../../structures/packed-block.ts';
import { ScoreCursor } from '../../structures/score-tree-cursor.ts';
import { ScoreTreeReader } from '../../structures/score-tree-reader.ts';
import { TREE_ROOT } from '../../structures/scored-members.ts';
import type { TableReader } from '../../structures/table-reader.ts';
import { ByteStringRuns, newSlice, tableReader } from '../rdb/encoders/type-encoder.ts';
import type { CommandWriter } from './command-writer.ts';

/** Elements in one command, as in Redis. */
const ELEMENTS_PER_COMMAND = 64;

export class ValueCommands {
  private readonly view: HeapView;
  private readonly writer: CommandWriter;
  private readonly entries: EntryReader;
  private readonly stringValues: StringValues;
  private readonly table: TableReader;
  private readonly fields: FieldReader;
  private readonly sets: SetReader;
  private readonly lists: ListTreeReader;
  private readonly listCursor: ListCursor;
  private readonly scores: ScoreTreeReader;
  private readonly scoreCursor: ScoreCursor;
  private readonly runs: ByteStringRuns;
  private readonly element = new ListpackElement();
  private readonly key = newSlice();
  private readonly slice = newSlice();
  private readonly digits = new Uint8Array(MAX_DOUBLE_LENGTH);

  // The command under way: how many of the value's elements were not begun yet.
  private name = '';
  private width = 1;
  private left = 0;
  private leftInCommand = 0;

  constructor(view: HeapView, writer: CommandWriter) {
    const strings = new ByteStringReader(view);
    const entries = new EntryReader(view, strings);
    this.view = view;
    this.writer = writer;
    this.entries = entries;
    this.stringValues = new StringValues(view, strings);
    this.table = tableReader({ view, strings, entries });
    this.fields = new FieldReader(view, entries, strings);
    this.sets = new SetReader(view, entries, this.table);
    this.lists = new ListTreeReader(view, strings);
    this.listCursor = new ListCursor(view, strings);
    this.scores = new ScoreTreeReader(view, entries);
    this.scoreCursor = new ScoreCursor(view);
    this.runs = new ByteStringRuns(strings);
  }

  /** Writes what makes the key of an entry, but for its deadline. */
  write(entry: Pointer): void {
    this.entries.key(entry, this.key);
    const type = typeOf(this.view, entry);
    const pointer = structureOf(this.view, entry);
    if (type === TYPE_STRING) this.writeString(entry);
    else if (type === TYPE_LIST) this.writeList(pointer);
    else if (type === TYPE_SET) this.writeSet(encodingOf(this.view, entry), pointer);
    else if (type === TYPE_ZSET) this.writeZset(encodingOf(this.view, entry), pointer);
    else if (type === TYPE_HASH) this.writeHash(encodingOf(this.view, entry), pointer);
    else invariant(false, `values of type ${type} can not be written`);
  }

  /** Writes the deadline of the key just written. */
  deadline(deadlineMs: number): void {
    this.writer.command(3);
    this.writer.text('PEXPIREAT');
    this.writer.slice(this.key);
    this.writer.integer(deadlineMs);
  }

  private writeString(entry: Pointer): void {
    const { stringValues, writer } = this;
    writer.command(3);
    writer.text('SET');
    writer.slice(this.key);
    if (stringValues.isInline(entry)) writer.slice(stringValues.inline(entry, this.slice));
    else this.long(valuePointer(this.view, entry), stringValues.length(entry));
  }

  private writeList(root: Pointer): void {
    const { listCursor: cursor, writer } = this;
    this.begin('RPUSH', this.lists.count(root), 1);
    for (let more = cursor.seek(root, 0); more; more = cursor.next()) {
      this.next();
      if (cursor.isPlain) this.long(cursor.plain, cursor.plainLength);
      else writer.slice(cursor.element.toSlice(this.slice));
    }
  }

  private writeSet(encoding: number, pointer: Pointer): void {
    this.begin('SADD', this.sets.length(encoding, pointer), 1);
    this.sets.forEach(encoding, pointer, (member) => {
      this.next();
      this.writer.slice(member);
    });
  }

  private writeZset(encoding: number, pointer: Pointer): void {
    const { digits, scoreCursor: cursor, writer } = this;
    if (encoding === ZSET_LISTPACK) {
      // A member stands before its score, and its score before the member in the command.
      this.writePairs('ZADD', pointer, true);
      return;
    }
    const root = this.view.pointer(pointer, TREE_ROOT);
    this.begin('ZADD', this.scores.count(root), 2);
    for (let more = cursor.seek(root, 0); more; more = cursor.next()) {
      this.next();
      writer.bytes(digits, 0, writeDouble(digits, 0, cursor.score));
      writer.slice(this.entries.key(cursor.entry, this.slice));
    }
  }

  private writeHash(encoding: number, pointer: Pointer): void {
    const { fields, writer } = this;
    if (encoding === HASH_LISTPACK) {
      this.writePairs('HMSET', pointer, false);
      return;
    }
    this.begin('HMSET', this.table.count(pointer), 2);
    this.table.forEach(pointer, (pair) => {
      this.next();
      writer.slice(fields.field(pair, this.slice));
      if (fields.hasLongValue(pair)) this.long(fields.longValue(pair), fields.valueLength(pair));
      else writer.slice(fields.value(pair, this.slice));
    });
  }

  /** The pairs of a listpack in the tail of a block. */
  private writePairs(name: string, block: Pointer, swaps: boolean): void {
    const { element, slice, view, writer } = this;
    const bytes = view.bytesOf(block);
    const base = packedBase(view, block);
    this.begin(name, listpack.count(bytes, base) / 2, 2);
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; ) {
      const secondAt = listpack.next(bytes, base, at);
      this.next();
      writer.slice(element.read(bytes, base, swaps ? secondAt : at).toSlice(slice));
      writer.slice(element.read(bytes, base, swaps ? at : secondAt).toSlice(slice));
      at = listpack.next(bytes, base, secondAt);
    }
  }

  private begin(name: string, elements: number, width: number): void {
    this.name = name;
    this.width = width;
    this.left = elements;
    this.leftInCommand = 0;
  }

  /** An element follows: begins a command where it is due. */
  private next(): void {
    if (this.leftInCommand-- > 0) return;
    const count = Math.min(this.left, ELEMENTS_PER_COMMAND);
    this.left -= count;
    this.leftInCommand = count - 1;
    this.writer.command(2 + count * this.width);
    this.writer.text(this.name);
    this.writer.slice(this.key);
  }

  private long(pointer: Pointer, length: number): void {
    this.writer.runs(this.runs.point(pointer, length), length);
  }
}
