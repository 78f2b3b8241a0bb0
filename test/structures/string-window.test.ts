import { describe, expect, it } from 'vitest';
import { Heap } from '../../src/memory/heap.ts';
import type { Pointer } from '../../src/memory/layout.ts';
import { ByteStrings, LEAF_BYTES } from '../../src/structures/byte-string.ts';
import { StringWindow } from '../../src/structures/string-window.ts';

const STEP_BYTES = 8 * LEAF_BYTES;

/** Writes down what is to be moved. */
class Recorder extends ByteStrings {
  moved: string[] = [];

  override relocate(pointer: Pointer, _length: number, from: number, to: number): Pointer {
    this.moved.push(`${pointer}: ${from}-${to}`);
    return pointer;
  }
}

/** Takes steps for strings of these lengths until there is no more; what each of them moves. */
function steps(window: StringWindow, ...lengths: readonly number[]): string[][] {
  const all: string[][] = [];
  do {
    const strings = new Recorder(new Heap());
    for (const [i, length] of lengths.entries()) window.relocate(strings, i as Pointer, length);
    all.push(strings.moved);
  } while (window.advance());
  return all;
}

describe('a window over strings', () => {
  it('moves short ones in one step', () => {
    const window = new StringWindow();
    expect(steps(window, 100, 2000, STEP_BYTES - 2100)).toEqual([
      ['0: 0-100', '1: 0-2000', `2: 0-${STEP_BYTES - 2100}`],
    ]);
    expect(window.isOpen).toBe(false);
    expect(steps(window)).toEqual([[]]);
  });

  it('moves every byte of long ones, step by step', () => {
    const window = new StringWindow();
    for (let round = 0; round < 2; round++) {
      expect(steps(window, 10, 2 * STEP_BYTES, 20)).toEqual([
        ['0: 0-10', `1: 0-${STEP_BYTES - 10}`],
        [`1: ${STEP_BYTES - 10}-${2 * STEP_BYTES - 10}`],
        [`1: ${2 * STEP_BYTES - 10}-${2 * STEP_BYTES}`, '2: 0-20'],
      ]);
    }
  });

  it('comes to an end where strings have become shorter', () => {
    const window = new StringWindow();
    const strings = new Recorder(new Heap());
    window.relocate(strings, 0 as Pointer, 10 * STEP_BYTES);
    expect([window.advance(), window.isOpen]).toEqual([true, true]);
    window.relocate(strings, 0 as Pointer, 10);
    expect([window.advance(), window.isOpen, strings.moved.length]).toEqual([false, false, 1]);
  });

  it('begins anew when it is reset', () => {
    const window = new StringWindow();
    window.relocate(new Recorder(new Heap()), 0 as Pointer, 2 * STEP_BYTES);
    window.advance();
    window.reset();
    expect(steps(window, 10)).toEqual([['0: 0-10']]);
  });
});
