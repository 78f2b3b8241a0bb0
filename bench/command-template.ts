/** Commands that differ only in numbers: encoded once, then copied and patched. */

/** Digits of each number, as redis-benchmark writes its random ones. */
export const NUMBER_DIGITS = 12;

const PLACE = '%';
const DIGIT_0 = 48;

/** What a loader needs to write a series of commands. */
export interface CommandEncoder {
  /** Upper bound of one encoded command. */
  readonly commandBytes: number;
  /** Writes command number `index` at `offset` and answers the offset after it. */
  encode(target: Uint8Array, offset: number, index: number): number;
}

/**
 * A command of `words` (ASCII), in which each `%` stands for a number in twelve digits: `numberOf(index, place)` says
 * which, for the command's index and the place's (counted from 0).
 */
export function commandTemplate(
  words: readonly string[],
  numberOf: (index: number, place: number) => number,
): CommandEncoder {
  const filled = words.map((word) => word.replaceAll(PLACE, '0'.repeat(NUMBER_DIGITS)));
  const ends: number[] = [];
  let text = `*${words.length}\r\n`;
  for (const [i, word] of filled.entries()) {
    text += `$${word.length}\r\n`;
    for (const [place, part] of words[i].split(PLACE).entries()) {
      if (place > 0) {
        text += '0'.repeat(NUMBER_DIGITS);
        ends.push(text.length);
      }
      text += part;
    }
    text += '\r\n';
  }
  const template = Buffer.from(text, 'latin1');
  return {
    commandBytes: template.length,
    encode(target, offset, index) {
      target.set(template, offset);
      for (let place = 0; place < ends.length; place++) {
        writeDigits(target, offset + ends[place], numberOf(index, place));
      }
      return offset + template.length;
    },
  };
}

/** Writes `number` in {@link NUMBER_DIGITS} digits that end before `end`. */
export function writeDigits(target: Uint8Array, end: number, number: number): void {
  let rest = number;
  for (let at = end - 1; at >= end - NUMBER_DIGITS; at--) {
    const next = Math.floor(rest / 10);
    target[at] = DIGIT_0 + rest - next * 10;
    rest = next;
  }
}
