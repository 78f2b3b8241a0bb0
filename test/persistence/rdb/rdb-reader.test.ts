import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slice } from '../../../src/lib/slice.ts';
import { BufferSink } from '../../../src/persistence/byte-sink.ts';
import { RdbError } from '../../../src/persistence/rdb/rdb-error.ts';
import { RdbReader } from '../../../src/persistence/rdb/rdb-reader.ts';
import { RdbWriter } from '../../../src/persistence/rdb/rdb-writer.ts';
import { MemorySource } from './memory-source.ts';

const slice = (): Slice => new Slice(new Uint8Array(0), 0, 0);
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function written(write: (writer: RdbWriter) => void, compression = true): Uint8Array {
  const sink = new BufferSink();
  const writer = new RdbWriter(sink, { compression, checksum: true, bufferBytes: 64 });
  write(writer);
  writer.finish();
  return sink.take();
}

/** Readers of the same bytes: of a source in small pieces, and of memory. */
function readers(bytes: Uint8Array, bufferBytes = 64, pieceBytes = 7): RdbReader[] {
  const ofSource = new RdbReader(bufferBytes);
  ofSource.open(new MemorySource(bytes, pieceBytes), true);
  const ofMemory = new RdbReader(0);
  const surrounded = new Uint8Array(bytes.length + 20);
  surrounded.set(bytes, 10);
  ofMemory.openBytes(surrounded, 10, bytes.length + 10);
  return [ofSource, ofMemory];
}

function failure(read: () => unknown): { code: string; offset: number; reason: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof RdbError) return { code: error.code, offset: error.offset, reason: error.reason };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the reader', () => {
  it('reads back what the writer wrote, in pieces of any size', () => {
    const item = fc.oneof(
      fc.record({ kind: fc.constant('length' as const), value: fc.maxSafeNat() }),
      fc.record({ kind: fc.constant('length' as const), value: fc.nat(70_000) }),
      fc.record({ kind: fc.constant('milliseconds' as const), value: fc.maxSafeInteger() }),
      fc.record({ kind: fc.constant('double' as const), value: fc.double() }),
      fc.record({ kind: fc.constant('string' as const), value: fc.uint8Array({ maxLength: 300 }) }),
      fc.record({
        kind: fc.constant('string' as const),
        value: fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.nat(300)).map((value) => ascii(String(value))),
      }),
      fc.record({
        kind: fc.constant('string' as const),
        value: fc.tuple(fc.string(), fc.nat(200)).map(([text, times]) => ascii(text.repeat(times))),
      }),
    );
    fc.assert(
      fc.property(fc.array(item), fc.integer({ min: 1, max: 100 }), fc.boolean(), (items, pieceBytes, compression) => {
        const bytes = written((writer) => {
          for (const { kind, value } of items) {
            if (kind === 'string') writer.string(value, 0, value.length);
            else writer[kind](value);
          }
        }, compression);
        for (const reader of readers(bytes, 32, pieceBytes)) {
          for (const { kind, value } of items) {
            if (kind === 'string') expect(reader.string(slice()).copy()).toEqual(value);
            else if (kind === 'length') expect(reader.length()).toBe(value);
            else if (kind === 'double') expect(reader.double()).toBe(value);
            else expect(reader.int64()).toBe(value);
          }
          expect(reader.remaining).toBe(8);
        }
        const [reader] = readers(bytes, 32, pieceBytes);
        for (const { kind } of items) {
          if (kind === 'string') reader.skipString();
          else if (kind === 'length') reader.word();
          else reader.skip(8);
        }
        const crc = reader.checksum().digest();
        expect(reader.raw(8, slice()).copy()).toEqual(crc);
      }),
    );
  });

  it('reads long strings run by run', () => {
    const noise = Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 13);
    const texts = [noise, ascii('some text, again '.repeat(40_000)), new Uint8Array(3_000_000), ascii('short')];
    for (const compression of [true, false]) {
      const bytes = written((writer) => {
        for (const text of texts) writer.string(text, 0, text.length);
      }, compression);
      for (const reader of readers(bytes, 4096, 1000)) {
        for (const text of texts) {
          const runs: Uint8Array[] = [];
          const run = slice();
          if (reader.text(run)) {
            runs.push(run.copy());
          } else {
            expect(reader.longBytes).toBe(text.length);
            while (reader.longBytes > 0) runs.push(reader.longRun(run).copy());
          }
          expect(Buffer.compare(Buffer.concat(runs), text)).toBe(0);
        }
        expect(reader.remaining).toBe(8);
      }
    }
  });

  it('reads numbers of 64 bits exactly', () => {
    const bytes = Uint8Array.of(0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0x05, 0x80, 0, 0, 1, 0);
    for (const reader of readers(bytes)) {
      expect([reader.word(), reader.word(), reader.word()]).toEqual([2n ** 64n - 2n, 5n, 256n]);
    }
  });

  it.each([
    ['an end too early', [0x05, 1, 2], 'string', 1],
    ['a length beyond the end', [0x80, 0xff, 0xff, 0xff, 0xff, 0], 'string', 5],
    ['a length beyond all memory', [0x81, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 'string', 9],
    ['a length that is no number', [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 'string', 0],
    ['an unknown form of length', [0x82, 0, 0, 0, 0], 'length', 0],
    ['a string where a length is expected', [0xc0, 1], 'length', 0],
    ['an unknown encoding', [0xc4, 1], 'string', 0],
    ['a number of elements that can not follow', [0x40, 0xff, 1, 2], 'count', 0],
    ['a compressed string that is too long for its bytes', [0xc3, 0x03, 0x80, 0x10, 0, 0, 0, 1, 2, 3], 'string', 0],
    ['a compressed string that is damaged', [0xc3, 0x03, 0x05, 0xff, 0xff, 0xff], 'string', 0],
    ['a compressed string of nothing', [0xc3, 0, 0], 'string', 0],
  ] as const)('refuses %s', (_name, bytes, method, offset) => {
    for (const reader of readers(Uint8Array.from(bytes))) {
      const fault = failure(() => {
        if (method === 'string') reader.string(slice());
        else if (method === 'length') reader.length();
        else reader.count(1);
      });
      expect(fault).toMatchObject({ code: 'RDB_DAMAGED', offset });
    }
  });

  it('refuses a long string whose compressed form is damaged on the way', () => {
    const good = written((writer) => writer.string(new Uint8Array(2_000_000), 0, 2_000_000)).slice(0, -8);
    let refused = 0;
    for (let at = 10; at < good.length; at += 997) {
      const bytes = good.slice();
      bytes[at] ^= 0x1f;
      for (const reader of readers(bytes, 4096)) {
        const run = slice();
        expect(reader.text(run)).toBe(false);
        try {
          while (reader.longBytes > 0) reader.longRun(run);
        } catch (error) {
          if (!(error instanceof RdbError)) throw error;
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('says what the system said when a source can not be read', () => {
    const reader = new RdbReader(16);
    reader.open(
      {
        totalBytes: 100,
        read() {
          throw new Error('EIO: i/o error, read');
        },
      },
      true,
    );
    expect(failure(() => reader.byte())).toEqual({
      code: 'RDB_UNREADABLE',
      offset: 0,
      reason: 'EIO: i/o error, read',
    });
  });

  it('notices a file that has become shorter', () => {
    const reader = new RdbReader(16);
    reader.open({ totalBytes: 100, read: () => 0 }, false);
    expect(failure(() => reader.byte())).toMatchObject({ code: 'RDB_DAMAGED', offset: 0 });
  });
});
