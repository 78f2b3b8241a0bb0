/**
 * What decoders of values have in common. A value is read in steps, so that the longest one leaves clients their turn:
 * {@link TypeDecoder.begin}, then {@link TypeDecoder.step} until it is whole. It lies under no key meanwhile; the caller
 * gives its structure to one, or discards it.
 */
import type { Pointer, ValueType } from '../../../keyspace/key-entry.ts';
import type { Keyspace } from '../../../keyspace/keyspace.ts';
import { Slice } from '../../../lib/slice.ts';
import { RdbError } from '../rdb-error.ts';
import type { RdbReader } from '../rdb-reader.ts';

/** Room for what adding an element allocates besides the element. */
const HEADROOM_BYTES = 64 * 1024;

/** How much is read in one step: so many short elements, or fewer longer ones. */
const STEP_UNITS = 512;
const UNIT_SHIFT = 9;

/** What reading so many bytes counts as, in units of {@link STEP_UNITS}. */
export function unitsOf(bytes: number): number {
  return 1 + (bytes >>> UNIT_SHIFT);
}

/** A structure that lies under no key: see {@link SetBuilder} and its like. */
export interface Builder {
  readonly encoding: number;
  /** Null while there is none. */
  pointer: Pointer;
  readonly length: number;
  discard(): void;
}

export abstract class TypeDecoder {
  abstract readonly type: ValueType;
  /** The value. */
  abstract readonly builder: Builder;
  protected readonly keyspace: Keyspace;
  protected readonly reader: RdbReader;
  /** Elements that are still to be read. */
  protected left = 0;
  private kept: Uint8Array = new Uint8Array(1024);
  private readonly keptSlice = new Slice(this.kept, 0, 0);

  constructor(keyspace: Keyspace, reader: RdbReader) {
    this.keyspace = keyspace;
    this.reader = reader;
  }

  /** Begins a value of one of the RDB types of this decoder; what is packed is read whole. */
  abstract begin(rdbType: number): void;

  /** Reads some of the elements; true when the value is whole. */
  step(): boolean {
    for (let units = STEP_UNITS; this.left > 0 && units > 0; ) {
      this.left--;
      units -= this.readElement();
    }
    return this.left === 0;
  }

  /** Reads an element; answers what that counts as, in units of {@link STEP_UNITS}. */
  protected abstract readElement(): number;

  /** Makes sure that there is room for an element. */
  protected reserve(bytes: number): void {
    if (this.keyspace.heap.reserve(bytes + HEADROOM_BYTES)) return;
    throw new RdbError('RDB_OUT_OF_MEMORY', this.reader.offset, 'out of memory');
  }

  /** Copies what would not last until the next string is read. */
  protected keep({ bytes, start, end }: Slice): Slice {
    const length = end - start;
    if (this.kept.length < length) this.kept = new Uint8Array(length * 2);
    const { kept } = this;
    if (length > 64) kept.set(bytes.subarray(start, end));
    else for (let i = 0; i < length; i++) kept[i] = bytes[start + i];
    return this.keptSlice.point(kept, 0, length);
  }
}
