/**
 * Bitwise operations on ranges of bytes, a word at a time where both lie on word boundaries.
 */
import { WordView } from './word-view.ts';

export type BitOperation = 'and' | 'or' | 'xor' | 'not';

const targetView = new WordView();
const sourceView = new WordView();

/**
 * Combines `target[0, length)` with `source[start, start + length)` in the former. `not` ignores what was there.
 */
export function combineRun(
  operation: BitOperation,
  target: Uint8Array,
  source: Uint8Array,
  start: number,
  length: number,
): void {
  let done = 0;
  if ((start & 3) === 0 && targetView.cover(target, 0, length) && sourceView.cover(source, start, start + length)) {
    done = targetView.last << 2;
    combineWords(operation, targetView.words, targetView.last, sourceView.words, sourceView.first);
  }
  combineBytes(operation, target, source, start, done, length);
}

function combineWords(
  operation: BitOperation,
  target: Int32Array,
  count: number,
  source: Int32Array,
  first: number,
): void {
  switch (operation) {
    case 'and':
      for (let i = 0; i < count; i++) target[i] &= source[first + i];
      break;
    case 'or':
      for (let i = 0; i < count; i++) target[i] |= source[first + i];
      break;
    case 'xor':
      for (let i = 0; i < count; i++) target[i] ^= source[first + i];
      break;
    case 'not':
      for (let i = 0; i < count; i++) target[i] = ~source[first + i];
      break;
  }
}

function combineBytes(
  operation: BitOperation,
  target: Uint8Array,
  source: Uint8Array,
  start: number,
  from: number,
  to: number,
): void {
  switch (operation) {
    case 'and':
      for (let i = from; i < to; i++) target[i] &= source[start + i];
      break;
    case 'or':
      for (let i = from; i < to; i++) target[i] |= source[start + i];
      break;
    case 'xor':
      for (let i = from; i < to; i++) target[i] ^= source[start + i];
      break;
    case 'not':
      for (let i = from; i < to; i++) target[i] = ~source[start + i];
      break;
  }
}
