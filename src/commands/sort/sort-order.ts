/**
 * In which order SORT answers elements.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { ByteVector } from './byte-vector.ts';
import { parseNumber } from './c-text.ts';
import type { KeyPattern } from './key-pattern.ts';

const NOT_NUMBERS = new ReplyError("ERR One or more scores can't be converted into double");
const MISSING = -1;

/** The numbers of the elements as they are. */
export function givenOrder(count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

/**
 * The numbers of the elements in the order of the numbers they spell, or that what `by` names for them spells; 0 where
 * it names nothing. Equal numbers are in the order of the elements' bytes.
 *
 * @throws ReplyError when one of them spells none.
 */
export function numericOrder(
  context: CommandContext,
  elements: ByteVector,
  by: KeyPattern | null,
  descending: boolean,
): Uint32Array {
  const element = new Slice(new Uint8Array(0), 0, 0);
  const found = new ByteVector();
  const weights = new Float64Array(elements.count);
  let failed = false;
  for (let i = 0; i < elements.count; i++) {
    elements.get(i, element);
    if (by !== null) {
      found.clear();
      if (!by.read(context, element, found)) continue;
      found.get(0, element);
    }
    const weight = parseNumber(element);
    if (weight === null) failed = true;
    else weights[i] = weight;
  }
  if (failed) throw NOT_NUMBERS;
  const sign = descending ? -1 : 1;
  return givenOrder(elements.count).sort((a, b) => {
    const x = weights[a];
    const y = weights[b];
    if (x !== y) return x > y ? sign : -sign;
    return sign * elements.compare(a, b);
  });
}

/**
 * The numbers of the elements in the order of their bytes, or of what `by` names for them, nothing coming first. Equal
 * ones stay in the order they have. Unless `toStore`, bytes count up to the first NUL only, as in a C locale's texts.
 */
export function textOrder(
  context: CommandContext,
  elements: ByteVector,
  by: KeyPattern | null,
  descending: boolean,
  toStore: boolean,
): Uint32Array {
  const sign = descending ? -1 : 1;
  if (by === null) {
    return givenOrder(elements.count).sort((a, b) => sign * compareIn(elements, a, b, toStore));
  }
  const element = new Slice(new Uint8Array(0), 0, 0);
  const weights = new ByteVector();
  /** Which of `weights` an element has. */
  const weightOf = new Int32Array(elements.count);
  for (let i = 0; i < elements.count; i++) {
    weightOf[i] = by.read(context, elements.get(i, element), weights) ? weights.count - 1 : MISSING;
  }
  return givenOrder(elements.count).sort((a, b) => {
    const x = weightOf[a];
    const y = weightOf[b];
    if (x === MISSING || y === MISSING) return sign * (Math.min(x, 0) - Math.min(y, 0));
    return sign * compareIn(weights, x, y, toStore);
  });
}

function compareIn(vector: ByteVector, a: number, b: number, wholly: boolean): number {
  return wholly ? vector.compare(a, b) : vector.compareTexts(a, b);
}
