import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import { decodeReplyText, encodeReplyText, quotedText } from '../../src/protocol/reply-text.ts';

describe('reply text', () => {
  const someBytes = fc
    .array(fc.oneof(fc.nat(255), fc.constantFrom(0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0xed, 0xa0)))
    .map((values) => Uint8Array.from(values));

  it('keeps any bytes', () => {
    fc.assert(
      fc.property(someBytes, (bytes) => {
        expect(encodeReplyText(decodeReplyText(bytes, 0, bytes.length))).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('is plain UTF-8 for valid text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(decodeReplyText(bytes, 0, bytes.length)).toBe(text);
        expect(encodeReplyText(text)).toEqual(bytes);
      }),
    );
  });

  it('tells a replacement character that was sent from a byte that is no UTF-8', () => {
    const bytes = Uint8Array.of(0xef, 0xbf, 0xbd, 0xff);
    expect(decodeReplyText(bytes, 0, 4)).toBe('\ufffd\udcff');
  });

  it('quotes up to a NUL and to a limit', () => {
    expect(quotedText(Slice.from('abc\0d'))).toBe('abc');
    expect(quotedText(Slice.from('abcd'), 2)).toBe('ab');
    expect(quotedText(Slice.from('é'), 1)).toBe('\udcc3');
  });
});
