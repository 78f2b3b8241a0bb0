import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitArguments } from '../../src/lib/quoting.ts';
import { Args } from '../../src/protocol/args.ts';
import { splitInlineRequest } from '../../src/protocol/inline-request.ts';

describe('splitInlineRequest', () => {
  it('splits as the quoting rules say, with and without quotes', () => {
    const character = fc.constantFrom(...'ab \t\r\v\f\\x4"\'n');
    const text = fc.oneof(fc.string({ unit: character }), fc.string({ unit: fc.constantFrom(...'ab \t\r\v\f\\') }));
    fc.assert(
      fc.property(text, (line) => {
        const bytes = new TextEncoder().encode(`"${line}"`);
        const args = new Args();
        const balanced = splitInlineRequest(bytes, 1, bytes.length - 1, args);
        const words = splitArguments(bytes, 1, bytes.length - 1);
        expect(balanced).toBe(words !== null);
        if (words !== null) expect(Array.from({ length: args.count }, (_, i) => args.at(i).copy())).toEqual(words);
      }),
      { numRuns: 2000 },
    );
  });

  it('points into the line where there are no quotes', () => {
    const bytes = new TextEncoder().encode('  get  key ');
    const args = new Args();
    expect(splitInlineRequest(bytes, 0, bytes.length, args)).toBe(true);
    expect([args.count, args.at(0).bytes === bytes, args.at(1).toString()]).toEqual([2, true, 'key']);
  });
});
