import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../../src/lib/crc64.ts';
import { decompressLzf } from '../../../src/lib/lzf.ts';
import { BufferSink } from '../../../src/persistence/byte-sink.ts';
import { RdbWriter, type RunSource } from '../../../src/persistence/rdb/rdb-writer.ts';

function written(
  write: (writer: RdbWriter) => void,
  { compression = true, checksum = true, bufferBytes = 64 } = {},
): Uint8Array {
  const sink = new BufferSink();
  const writer = new RdbWriter(sink, { compression, checksum, bufferBytes });
  write(writer);
  writer.finish();
  const bytes = sink.take();
  expect(writer.writtenBytes).toBe(bytes.length);
  const crc = new Crc64();
  crc.update(bytes, 0, bytes.length - 8);
  expect([...bytes.subarray(-8)]).toEqual(checksum ? [...crc.digest()] : [0, 0, 0, 0, 0, 0, 0, 0]);
  return bytes.subarray(0, -8);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const string =
  (bytes: Uint8Array) =>
  (writer: RdbWriter): void =>
    writer.string(bytes, 0, bytes.length);

/** A string in runs of so many bytes. */
class Runs implements RunSource {
  start = 0;
  end = 0;
  readonly bytes: Uint8Array;
  private readonly runBytes: number;

  constructor(bytes: Uint8Array, runBytes: number) {
    this.bytes = bytes;
    this.runBytes = runBytes;
  }

  seek(offset: number, limit: number): number {
    this.start = offset;
    this.end = Math.min(limit, offset + this.runBytes - (offset % this.runBytes));
    return this.end - this.start;
  }
}

/** Reads what a string was written as. */
function readString(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 0;
  const length = (): number => {
    const first = bytes[at++];
    if (first >>> 6 === 0) return first;
    if (first >>> 6 === 1) return ((first & 63) << 8) | bytes[at++];
    expect(first).toBe(0x80);
    at += 4;
    return view.getUint32(at - 4);
  };
  if (bytes[0] === 0xc3) {
    at = 1;
    const compressed = length();
    const output = new Uint8Array(length());
    expect(at + compressed).toBe(bytes.length);
    expect(decompressLzf(bytes, at, bytes.length, output, output.length)).toBe(true);
    return output;
  }
  if (bytes[0] >>> 6 === 3) {
    const width = [1, 2, 4][bytes[0] & 63];
    expect(bytes.length).toBe(1 + width);
    const value = width === 1 ? view.getInt8(1) : width === 2 ? view.getInt16(1, true) : view.getInt32(1, true);
    return ascii(String(value));
  }
  const size = length();
  expect(at + size).toBe(bytes.length);
  return bytes.subarray(at);
}

describe('the RDB writer', () => {
  it.each([
    [0, '00'],
    [63, '3f'],
    [64, '4040'],
    [16_383, '7fff'],
    [16_384, '8000004000'],
    [2 ** 32 - 1, '80ffffffff'],
    [2 ** 32, '810000000100000000'],
    [2 ** 53 - 1, '81001fffffffffffff'],
  ])('writes the length %d', (length, expected) => {
    expect(hex(written((writer) => writer.length(length)))).toBe(expected);
  });

  it.each([
    ['0', 'c000'],
    ['-1', 'c0ff'],
    ['127', 'c07f'],
    ['-128', 'c080'],
    ['128', 'c18000'],
    ['-32768', 'c10080'],
    ['32768', 'c200800000'],
    ['-2147483648', 'c200000080'],
    ['2147483647', 'c2ffffff7f'],
    ['2147483648', '0a32313437343833363438'],
    ['007', '03303037'],
    ['-0', '022d30'],
    ['', '00'],
    ['+1', '022b31'],
  ])('writes the string %j', (text, expected) => {
    expect(hex(written(string(ascii(text))))).toBe(expected);
  });

  it('writes numbers of a fixed size with the lowest byte first', () => {
    expect(hex(written((writer) => writer.double(-1.5)))).toBe('000000000000f8bf');
    expect(hex(written((writer) => writer.uint16(10)))).toBe('0a00');
    expect(hex(written((writer) => writer.milliseconds(1_700_000_000_123)))).toBe('7b68e5cf8b010000');
    expect(hex(written((writer) => writer.milliseconds(-2)))).toBe('feffffffffffffff');
  });

  it('compresses strings of more than 20 bytes, if it gains four', () => {
    expect(hex(written(string(ascii('a'.repeat(20)))))).toBe(`14${'61'.repeat(20)}`);
    expect(written(string(ascii('a'.repeat(21))))[0]).toBe(0xc3);
    expect(written(string(ascii('a'.repeat(21))), { compression: false })[0]).toBe(21);
    const different = Uint8Array.from({ length: 30 }, (_, i) => i + 100);
    expect(hex(written(string(different)))).toBe(`1e${hex(different)}`);
  });

  it('writes the same in buffers of any size', () => {
    const write = (writer: RdbWriter): void => {
      for (let i = 0; i < 100; i++) {
        writer.length(i * 1000);
        writer.string(ascii('text'.repeat(i)), 0, 4 * i);
        writer.double(i);
        writer.milliseconds(i);
      }
    };
    const whole = hex(written(write, { bufferBytes: 1 << 20 }));
    expect(hex(written(write, { bufferBytes: 1 }))).toBe(whole);
    expect(hex(written(write, { bufferBytes: 57 }))).toBe(whole);
  });

  it('writes a checksum of 0 where none is wanted', () => {
    expect(hex(written((writer) => writer.byte(7), { checksum: false }))).toBe('07');
  });

  it('writes strings that read back the same', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.integer().map((value) => ascii(String(value))),
      fc.string({ minLength: 1, maxLength: 10 }).chain((text) => fc.nat(200).map((times) => ascii(text.repeat(times)))),
    );
    fc.assert(
      fc.property(bytes, fc.boolean(), (value, compression) => {
        expect(hex(readString(written(string(value), { compression })))).toBe(hex(value));
      }),
    );
  });

  it.each([true, false])('writes strings in several places, compressed or not (%s)', (compression) => {
    const kinds = [
      (i: number) => (i >>> 5) * 7,
      // Nothing to gain in it: the second half is noise.
      (i: number) => (i < 500_000 ? i >>> 9 : (Math.imul(i, 0x9e3779b1) >>> 13) & 0xff),
      (i: number) => (Math.imul(i, 0x9e3779b1) >>> 13) & 0xff,
    ];
    for (const kind of kinds) {
      for (const length of [21, 5000, 262_144, 262_145, 1_000_003]) {
        const value = Uint8Array.from({ length }, (_, i) => kind(i));
        const inRuns = written((writer) => writer.longString(new Runs(value, 21_816), length), { compression });
        expect(hex(readString(inRuns)) === hex(value), `${length} bytes`).toBe(true);
        expect(inRuns.length).toBeLessThanOrEqual(length + 5);
        const inOne = written(string(value), { compression });
        expect(hex(inOne) === hex(inRuns), `${length} bytes in one place`).toBe(true);
      }
    }
  });
});
