import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import type { Heap } from '../../src/memory/heap.ts';
import { HeapView } from '../../src/memory/heap-view.ts';
import { NULL, type Pointer } from '../../src/memory/layout.ts';
import { ByteStringReader, ByteStrings, LEAF_BYTES } from '../../src/structures/byte-string.ts';
import { HEAPS, pattern, sweepAll, verifyEmpty } from '../memory/heap-fixtures.ts';

/** Bytes below one node of the lowest level: strings longer than this have a second level. */
const NODE_SPAN = LEAF_BYTES * 1024;

type Step =
  | { kind: 'write'; offset: number; length: number; seed: number }
  | { kind: 'append'; length: number; seed: number }
  | { kind: 'freeze' }
  | { kind: 'release' };

/** Offsets, many of them near the ends of leaves and nodes. */
function anyOffset(max: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.nat({ max: Math.min(max, 3 * LEAF_BYTES) }),
    fc.nat({ max }),
    fc
      .tuple(fc.nat({ max: Math.floor(max / LEAF_BYTES) }), fc.integer({ min: -3, max: 3 }))
      .map(([leaf, by]) => Math.max(0, leaf * LEAF_BYTES + by)),
  );
}

function anySteps(max: number): fc.Arbitrary<Step[]> {
  const seed = fc.nat({ max: 1e6 });
  const length = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 3 * LEAF_BYTES }), fc.constantFrom(0, 1, LEAF_BYTES));
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant('write' as const), offset: anyOffset(max), length, seed }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('append' as const), length, seed }) },
      { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'freeze' }, { kind: 'release' }) },
    ),
    { minLength: 1, maxLength: 14 },
  );
}

/** The whole string, run by run; each run must move on and stay within its limits. */
function read(reader: ByteStringReader, pointer: Pointer, length: number, from = 0, to = length): Buffer {
  const bytes = Buffer.alloc(to - from);
  for (let at = from; at < to; ) {
    const run = reader.seek(pointer, length, at, to);
    if (run < 1 || run > to - at || reader.end - reader.start !== run) throw new Error(`a run of ${run}`);
    bytes.set(reader.bytes.subarray(reader.start, reader.end), at - from);
    at += run;
  }
  return bytes;
}

function expectSame(actual: Buffer, expected: Buffer): void {
  // Not toEqual, which takes seconds for megabytes.
  if (actual.equals(expected)) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  throw new Error(`${actual.length} bytes against ${expected.length}; the first difference is at ${at}`);
}

class Subject {
  readonly strings: ByteStrings;
  pointer: Pointer = NULL;
  model = Buffer.alloc(0);
  private readonly heap: Heap;
  private readonly frozen: { snapshot: ReturnType<Heap['freeze']>; pointer: Pointer; model: Buffer }[] = [];

  constructor(heap: Heap) {
    this.heap = heap;
    this.strings = new ByteStrings(heap);
  }

  take(step: Step): void {
    if (step.kind === 'freeze') {
      const { pointer, model } = this;
      this.frozen.push({ snapshot: this.heap.freeze(), pointer, model });
    } else if (step.kind === 'release') {
      this.release();
    } else if (step.kind === 'append') {
      this.write(this.model.length, pattern(step.seed, step.length));
    } else {
      this.write(step.offset, pattern(step.seed, step.length));
    }
  }

  write(offset: number, bytes: Uint8Array): void {
    // A slice in the middle of something, as arguments are.
    const around = new Uint8Array(bytes.length + 9);
    around.set(bytes, 5);
    const value = new Slice(around, 5, 5 + bytes.length);
    this.pointer = this.strings.write(this.pointer, this.model.length, offset, value);
    const model = Buffer.alloc(Math.max(this.model.length, offset + bytes.length));
    model.set(this.model);
    model.set(bytes, offset);
    this.model = model;
  }

  release(): void {
    const oldest = this.frozen.shift();
    if (oldest === undefined) return;
    const reader = new ByteStringReader(new HeapView(oldest.snapshot.segments));
    expectSame(read(reader, oldest.pointer, oldest.model.length), oldest.model);
    this.heap.release(oldest.snapshot);
  }

  check(): void {
    const { pointer, model } = this;
    expectSame(read(this.strings, pointer, model.length), model);
    this.heap.verify((visit) => this.strings.walk(pointer, model.length, visit));
  }

  end(): void {
    while (this.frozen.length > 0) this.release();
    sweepAll(this.heap);
    this.check();
    this.strings.free(this.pointer, this.model.length);
    verifyEmpty(this.heap);
    expect(this.heap.usedBytes).toBe(0);
  }
}

describe.each(HEAPS)('long strings on a $name', ({ make }) => {
  it.each([
    ['some leaves', 6 * LEAF_BYTES, 60],
    ['a hundred leaves', 100 * LEAF_BYTES, 20],
    ['two levels', NODE_SPAN + 40 * LEAF_BYTES, 6],
  ])('of %s hold what was written where it was written', (_, max, numRuns) => {
    fc.assert(
      fc.property(anySteps(max), (steps) => {
        const subject = new Subject(make());
        for (const step of steps) {
          subject.take(step);
          subject.check();
        }
        subject.end();
      }),
      { numRuns },
    );
  });

  it('grow from one leaf to a second level, and read as zeros between', () => {
    const subject = new Subject(make());
    subject.write(0, pattern(1, 100));
    subject.write(30_000_000, pattern(2, 10));
    subject.check();
    subject.write(15_000_000, pattern(3, 100_000));
    subject.check();
    subject.end();
  });

  it.each([
    ['full leaves', NODE_SPAN - LEAF_BYTES],
    ['a full node', NODE_SPAN],
    ['a full node and a byte', NODE_SPAN + 1],
  ])('of %s grow far behind their end', (_, length) => {
    const subject = new Subject(make());
    subject.write(length - 10, pattern(1, 10));
    subject.take({ kind: 'freeze' });
    subject.write(NODE_SPAN + 3 * LEAF_BYTES, pattern(2, 7));
    subject.check();
    subject.end();
  });

  it('cost nothing for a gap', () => {
    const heap = make();
    const strings = new ByteStrings(heap);
    const length = 500_000_000;
    const pointer = strings.write(NULL, 0, length - 1, Slice.from('x'));
    expect(heap.usedBytes).toBeLessThan(2 * LEAF_BYTES);
    strings.seek(pointer, length, length - 1, length);
    expect(strings.bytes[strings.start]).toBe(0x78);
    strings.free(pointer, length);
    verifyEmpty(heap);
  });

  it('are created from a slice, compared, and copied in part', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 * LEAF_BYTES }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        (length, at, to, changed) => {
          const heap = make();
          const strings = new ByteStrings(heap);
          const model = Buffer.from(pattern(length, length));
          const pointer = strings.create(Slice.from(model));
          const [from, end] = [at % (length + 1), to % (length + 1)].sort((a, b) => a - b);
          expectSame(read(strings, pointer, length, from, end), model.subarray(from, end));
          const copy = Buffer.alloc(end - from + 3);
          strings.copyTo(pointer, length, from, end, copy, 2);
          expectSame(copy.subarray(2, 2 + end - from), model.subarray(from, end));
          expect(strings.equals(pointer, length, Slice.from(model))).toBe(true);
          expect(strings.equals(pointer, length, Slice.from(model.subarray(1)))).toBe(false);
          model[changed % length] ^= 1;
          expect(strings.equals(pointer, length, Slice.from(model))).toBe(false);
          strings.free(pointer, length);
          verifyEmpty(heap);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('share what was not written to with a snapshot', () => {
    const heap = make();
    const subject = new Subject(heap);
    subject.write(0, pattern(1, 200 * LEAF_BYTES));
    subject.take({ kind: 'freeze' });
    const before = heap.copiedBytes;
    subject.write(77 * LEAF_BYTES + 5, pattern(2, 10));
    expect(heap.copiedBytes - before).toBeLessThan(3 * LEAF_BYTES);
    subject.end();
  });
});
