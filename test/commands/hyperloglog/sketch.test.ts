import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimate, HISTOGRAM_SIZE } from '../../../src/commands/hyperloglog/cardinality.ts';
import { countDense, getRegister, mergeDense, setRegister } from '../../../src/commands/hyperloglog/dense-registers.ts';
import { CORRUPTED, DENSE_BYTES, HEADER_BYTES, REGISTERS } from '../../../src/commands/hyperloglog/layout.ts';
import { Sketch } from '../../../src/commands/hyperloglog/sketch.ts';
import { countSparse, mergeSparse } from '../../../src/commands/hyperloglog/sparse-registers.ts';
import { Slice } from '../../../src/lib/slice.ts';

/** Registers close to each other, so that runs split and merge, and all over the place. */
const index = fc.oneof(fc.integer({ min: 100, max: 130 }), fc.nat(REGISTERS - 1), fc.constantFrom(0, REGISTERS - 1));
const value = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 32 }));

function registersOf(sketch: Sketch): Uint8Array {
  const values = new Uint8Array(REGISTERS);
  if (sketch.isDense) mergeDense(sketch.bytes, HEADER_BYTES, values);
  else expect(mergeSparse(sketch.bytes, HEADER_BYTES, sketch.length, values)).toBe(true);
  return values;
}

function histogramOf(values: Uint8Array): Int32Array {
  const histogram = new Int32Array(HISTOGRAM_SIZE);
  for (const register of values) histogram[register]++;
  return histogram;
}

describe('registers', () => {
  it('are raised in the sparse form as in an array', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(index, value), { maxLength: 150 }), (steps) => {
        const sketch = new Sketch();
        sketch.clear();
        const model = new Uint8Array(REGISTERS);
        for (const [at, to] of steps) {
          expect(sketch.raise(at, to, 3000)).toBe(model[at] < to);
          model[at] = Math.max(model[at], to);
        }
        expect(sketch.isDense).toBe(false);
        expect(Buffer.compare(registersOf(sketch), model)).toBe(0);
        const histogram = new Int32Array(HISTOGRAM_SIZE);
        expect(countSparse(sketch.bytes, HEADER_BYTES, sketch.length, histogram)).toBe(true);
        expect(histogram).toEqual(histogramOf(model));
      }),
    );
  });

  it('become dense when a value or the length is too much for the sparse form', () => {
    const steps = fc.array(fc.tuple(index, fc.oneof(value, fc.integer({ min: 30, max: 51 }))), { maxLength: 100 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 20, max: 150 }), (list, maxBytes) => {
        const sketch = new Sketch();
        sketch.clear();
        const model = new Uint8Array(REGISTERS);
        for (const [at, to] of list) {
          expect(sketch.raise(at, to, maxBytes)).toBe(model[at] < to);
          model[at] = Math.max(model[at], to);
          expect(sketch.isDense ? DENSE_BYTES : Math.min(sketch.length, maxBytes)).toBe(sketch.length);
        }
        if (list.some(([, to]) => to > 32)) expect(sketch.isDense).toBe(true);
        expect(Buffer.compare(registersOf(sketch), model)).toBe(0);
      }),
    );
  });

  it('are merged into the dense form', () => {
    const sketch = new Sketch();
    sketch.clear();
    for (let i = 0; i < 200; i++) sketch.raise((i * 77) % REGISTERS, 1 + (i % 30), 3000);
    const expected = registersOf(sketch);
    sketch.makeDense();
    const maxima = Uint8Array.from({ length: REGISTERS }, (_, i) => (i % 5 === 0 ? i % 52 : 0));
    for (let i = 0; i < REGISTERS; i++) expected[i] = Math.max(expected[i], maxima[i]);
    sketch.raiseDense(maxima);
    expect(Buffer.compare(registersOf(sketch), expected)).toBe(0);
  });

  it('lie side by side in the dense form', () => {
    const bytes = new Uint8Array(DENSE_BYTES);
    const model = new Uint8Array(REGISTERS);
    fc.assert(
      fc.property(fc.nat(REGISTERS - 1), fc.nat(63), (at, to) => {
        setRegister(bytes, HEADER_BYTES, at, to);
        model[at] = to;
        for (const near of [at - 1, at, at + 1]) {
          if (near >= 0 && near < REGISTERS) expect(getRegister(bytes, HEADER_BYTES, near)).toBe(model[near]);
        }
      }),
    );
    const histogram = new Int32Array(HISTOGRAM_SIZE);
    countDense(bytes, HEADER_BYTES, histogram);
    expect(histogram).toEqual(histogramOf(model));
  });

  it('that are too few or too many are found to be corrupted', () => {
    const short = Uint8Array.of(...Buffer.from('HYLL'), 1, ...new Array<number>(11).fill(0), 0x3f);
    const long = Uint8Array.of(...short.subarray(0, HEADER_BYTES), 0x7f, 0xff, 0x80);
    for (const bytes of [short, long]) {
      const sketch = new Sketch();
      sketch.copyFrom(Slice.from(bytes));
      expect(() => sketch.makeDense()).toThrow(CORRUPTED);
      expect(countSparse(bytes, HEADER_BYTES, bytes.length, new Int32Array(HISTOGRAM_SIZE))).toBe(false);
      expect(mergeSparse(bytes, HEADER_BYTES, bytes.length, new Uint8Array(REGISTERS))).toBe(false);
    }
    const sketch = new Sketch();
    sketch.copyFrom(Slice.from(short));
    expect(sketch.raise(63, 1, 3000)).toBe(true);
    expect(() => sketch.raise(64, 1, 3000)).toThrow(CORRUPTED);
  });
});

describe('the estimate', () => {
  it('is 0 for nothing, and what Redis answers for registers that no hash leads to', () => {
    const histogram = new Int32Array(HISTOGRAM_SIZE);
    histogram[0] = REGISTERS;
    expect(estimate(histogram)).toBe(0);
    histogram[0] = 0;
    histogram[60] = REGISTERS;
    expect(estimate(histogram)).toBe(-(2n ** 63n));
  });
});
