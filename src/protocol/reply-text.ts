/**
 * Texts of replies that quote what a client sent.
 *
 * Such a text is a JavaScript string, but the bytes it quotes need not be UTF-8, and Redis echoes them as they came.
 * So a byte that is no part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, which no valid text contains,
 * and turns back into that byte on the wire (the "surrogateescape" of Python's PEP 383). Everything else is plain
 * UTF-8 in both directions.
 */
import type { Slice } from '../lib/slice.ts';

const ESCAPE = 0xdc00;
const REPLACEMENT = '�';
const LONE_ESCAPE = /[\udc80-\udcff]/u;

const encoder = new TextEncoder();

/** The text of `slice` up to its first NUL byte and of at most `limit` bytes: C's `%.128s`. */
export function quotedText(slice: Slice, limit: number = Number.POSITIVE_INFINITY): string {
  let end = slice.start;
  const stop = Math.min(slice.end, slice.start + limit);
  while (end < stop && slice.bytes[end] !== 0) end++;
  return decodeReplyText(slice.bytes, slice.start, end);
}

/** `bytes[start, end)` as text that {@link encodeReplyText} turns back into the same bytes. */
export function decodeReplyText(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  if (!text.includes(REPLACEMENT)) return text;
  let escaped = '';
  for (let at = start; at < end; ) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) escaped += String.fromCharCode(ESCAPE + bytes[at++]);
    else {
      escaped += Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8');
      at += length;
    }
  }
  return escaped;
}

/** A text of one character a byte as text that {@link encodeReplyText} turns back into these bytes. */
export function replyTextOf(bytes: string): string {
  return decodeReplyText(Buffer.from(bytes, 'latin1'), 0, bytes.length);
}

/** The bytes of `text`: UTF-8, with lone surrogates from U+DC80 to U+DCFF as single bytes. */
export function encodeReplyText(text: string): Uint8Array {
  if (!LONE_ESCAPE.test(text)) return encoder.encode(text);
  const parts: number[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character.length === 1 && code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) parts.push(code - ESCAPE);
    else parts.push(...encoder.encode(character));
  }
  return Uint8Array.from(parts);
}

/** The length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = bytes[at + 1];
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}
