import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDouble } from '../../src/lib/double.ts';
import { Slice } from '../../src/lib/slice.ts';
import { ChunkPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES, TINY_CHUNK_BYTES } from '../../src/protocol/chunk-pool.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';
import type { RespVersion } from '../../src/protocol/reply-writer.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { bulks, encode, reply, write } from './random-replies.ts';

function output(writer: RespWriter): string {
  const { pendingBytes } = writer;
  const runs = writer.takeAll();
  expect(runs.every((run) => run.length > 0)).toBe(true);
  const text = Buffer.concat(runs).toString('latin1');
  expect(text.length).toBe(pendingBytes);
  writer.release(writer.takenRuns);
  return text;
}

/** Takes the first bytes of the only pending run at once; nothing where there is none, or several runs. */
function consumed(writer: RespWriter, bytes: number): string {
  const chunk = writer.singleChunk;
  if (chunk === null) return '';
  const text = Buffer.from(chunk.subarray(writer.singleStart, writer.singleStart + bytes)).toString('latin1');
  writer.consume(bytes);
  return text;
}

function written(version: RespVersion, write: (writer: RespWriter) => void): string {
  const writer = new RespWriter(new ChunkPool(), version);
  write(writer);
  return output(writer);
}

const version = fc.constantFrom<RespVersion>(2, 3);

/** A pool that knows which chunks are out. */
class LendingPool extends ChunkPool {
  readonly lent = new Set<Uint8Array>();

  override takeTiny(): Uint8Array {
    return this.lend(super.takeTiny());
  }

  override takeSmall(): Uint8Array {
    return this.lend(super.takeSmall());
  }

  override takeLarge(): Uint8Array {
    return this.lend(super.takeLarge());
  }

  override give(chunk: Uint8Array): void {
    expect(this.lent.delete(chunk)).toBe(true);
    super.give(chunk);
  }

  private lend(chunk: Uint8Array): Uint8Array {
    this.lent.add(chunk);
    return chunk;
  }
}

describe('RespWriter', () => {
  it('writes several bulk strings at once as one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(bulks, reply), { maxLength: 6 }), (replies) => {
        const text = written(2, (writer) => {
          for (const each of replies) write(each, writer);
        });
        expect(text).toBe(replies.map((each) => encode(each, 2)).join(''));
      }),
      { numRuns: 50 },
    );
  });

  it('writes what a naive encoder writes, however replies are taken', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(reply, version, fc.nat(6))), (replies) => {
        const pool = new ChunkPool();
        const writer = new RespWriter(pool);
        let expected = '';
        let sent = '';
        for (const [one, respVersion, choice] of replies) {
          writer.version = respVersion;
          write(one, writer);
          expected += encode(one, respVersion);
          if (choice === 0) {
            const single = writer.takeSingle();
            if (single !== null) sent += Buffer.from(single).toString('latin1');
          } else if (choice === 1) sent += output(writer);
          else if (choice === 2) sent += consumed(writer, Math.ceil(writer.pendingBytes / 2));
          else if (choice === 3) sent += consumed(writer, writer.pendingBytes);
          else if (choice === 4) {
            writer.appendShared(new Uint8Array(Buffer.from('__>1\r\n+shared\r\n__')), 2, 15);
            expected += '>1\r\n+shared\r\n';
          }
        }
        sent += output(writer);
        expect(sent === expected).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('drops what was written since a mark', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(reply, fc.boolean())), (replies) => {
        const writer = new RespWriter(new ChunkPool(), 3);
        let expected = '';
        for (const [one, dropped] of replies) {
          const mark = writer.mark();
          write(one, writer);
          if (dropped) {
            writer.beginDeferred();
            writer.ok();
            writer.rewind(mark);
            expect(writer.mark()).toBe(mark);
          } else expected += encode(one, 3);
        }
        expect(output(writer) === expected).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('can rewind inside an open deferred aggregate', () => {
    const text = written(2, (writer) => {
      writer.ok();
      const outer = writer.beginDeferred();
      writer.integer(1);
      const mark = writer.mark();
      writer.beginDeferred();
      writer.bulk(Slice.from('x'.repeat(100_000)));
      writer.rewind(mark);
      writer.error(new ReplyError('ERR stopped'));
      writer.endDeferred(outer, 'array', 2);
    });
    expect(text).toBe('+OK\r\n*2\r\n:1\r\n-ERR stopped\r\n');
  });

  it('puts headers of long deferred aggregates before them without a copy', () => {
    const long = 'x'.repeat(3000);
    const writer = new RespWriter(new ChunkPool(), 3);
    writer.ok();
    const outer = writer.beginDeferred();
    const inner = writer.beginDeferred();
    for (let i = 0; i < 100; i++) writer.bulk(Slice.from(long));
    writer.endDeferred(inner, 'set', 100);
    writer.endDeferred(outer, 'map', 1);
    const runs = writer.takeAll();
    expect(runs.map((run) => Buffer.from(run.subarray(0, 10)).toString()).slice(0, 3)).toEqual([
      '+OK\r\n',
      '%1\r\n',
      '~100\r\n$300',
    ]);
    expect(Buffer.concat(runs).toString()).toBe(`+OK\r\n%1\r\n~100\r\n${`$3000\r\n${long}\r\n`.repeat(100)}`);
  });

  it('writes bytes that are not UTF-8 as they were quoted', () => {
    expect(written(2, (writer) => writer.error(new ReplyError('ERR \udcff\udc80 é €')))).toBe(
      `-ERR \xff\x80 ${Buffer.from('é €').toString('latin1')}\r\n`,
    );
  });

  it('appends prebuilt messages', () => {
    const message = Buffer.from('xx>1\r\n+a\r\nyy');
    expect(written(3, (writer) => writer.appendRaw(new Uint8Array(message), 2, 10))).toBe('>1\r\n+a\r\n');
  });

  it('holds no chunk when everything is sent', () => {
    const pool = new ChunkPool();
    const writer = new RespWriter(pool);
    writer.ok();
    expect(writer.pendingChunks).toBe(1);
    const first = writer.takeSingle();
    expect(first?.length).toBe(5);
    expect(pool.freeBytes).toBe(0);
    writer.integer(1);
    const second = writer.takeSingle();
    expect(second?.buffer).not.toBe(first?.buffer);
    expect(Buffer.from(first ?? []).toString()).toBe('+OK\r\n');
    writer.release(1);
    expect(pool.freeBytes).toBe(SMALL_CHUNK_BYTES);
    writer.release(1);
    expect(pool.freeBytes).toBe(2 * SMALL_CHUNK_BYTES);
    expect(() => writer.release(1)).toThrow();
    expect(writer.takeSingle()).toBeNull();
    expect(writer.takeAll()).toEqual([]);
  });

  it('gives every chunk back exactly once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(reply, fc.nat(9))), (replies) => {
        const pool = new LendingPool();
        const writer = new RespWriter(pool);
        for (const [one, choice] of replies) {
          const mark = writer.mark();
          write(one, writer);
          if (choice === 0) writer.rewind(mark);
          else if (choice === 1) writer.takeAll();
          else if (choice === 2) writer.takeSingle();
          else if (choice === 3) writer.reset();
          else if (choice === 4 && writer.takenRuns > 0) writer.release(1);
          else if (choice === 5) consumed(writer, Math.ceil(writer.pendingBytes / 2));
          else if (choice === 6) consumed(writer, writer.pendingBytes);
          else if (choice === 7) writer.appendRaw(new Uint8Array(3000), 0, 20 + one.type.length * 200);
          else if (choice > 7) writer.appendShared(new Uint8Array(choice), 0, choice);
        }
        writer.reset();
        writer.release(writer.takenRuns);
        expect(pool.lent.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('takes a small chunk first and large ones then', () => {
    const writer = new RespWriter(new ChunkPool());
    writer.bulk(Slice.from('x'.repeat(200_000)));
    expect(writer.takeAll().map((run) => run.buffer.byteLength)).toEqual([
      SMALL_CHUNK_BYTES,
      ...Array.from({ length: 3 }, () => LARGE_CHUNK_BYTES),
    ]);
  });

  it('takes a tiny chunk for a message alone, and goes on with a small one', () => {
    const writer = new RespWriter(new ChunkPool());
    const message = new Uint8Array(TINY_CHUNK_BYTES);
    const chunkFor = (length: number): number | undefined => {
      writer.reset();
      writer.appendRaw(message, 0, length);
      return writer.singleChunk?.length;
    };
    expect(chunkFor(100)).toBe(TINY_CHUNK_BYTES);
    writer.appendRaw(message, 0, TINY_CHUNK_BYTES);
    expect(writer.takeAll().map((run) => run.buffer.byteLength)).toEqual([TINY_CHUNK_BYTES, SMALL_CHUNK_BYTES]);
    writer.ok();
    writer.appendRaw(message, 0, 100);
    expect(writer.singleChunk?.length).toBe(SMALL_CHUNK_BYTES);
  });

  it('refuses to be taken in the middle of a deferred aggregate, and misnested ends', () => {
    const writer = new RespWriter(new ChunkPool());
    const outer = writer.beginDeferred();
    writer.beginDeferred();
    expect(() => writer.takeSingle()).toThrow();
    expect(() => writer.takeAll()).toThrow();
    expect(() => writer.consume(1)).toThrow();
    expect(() => writer.endDeferred(outer, 'array', 0)).toThrow();
  });
});

describe.skipIf(!hasReferenceRedis)('RespWriter beside Redis (needs redis-server 7.0)', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startRedis();
  });

  afterAll(async () => {
    await server?.stop();
  });

  const samples: readonly (readonly [string, (writer: RespWriter) => void])[] = [
    ['string', (writer) => writer.text('Hello World')],
    ['integer', (writer) => writer.integer(12345)],
    ['double', (writer) => writer.double(Number('3.141'))],
    ['null', (writer) => writer.null()],
    [
      'array',
      (writer) => {
        writer.array(3);
        for (let i = 0; i < 3; i++) writer.integer(i);
      },
    ],
    [
      'set',
      (writer) => {
        writer.set(3);
        for (let i = 0; i < 3; i++) writer.integer(i);
      },
    ],
    [
      'map',
      (writer) => {
        writer.map(3);
        for (let i = 0; i < 3; i++) {
          writer.integer(i);
          writer.boolean(i === 1);
        }
      },
    ],
    ['verbatim', (writer) => writer.verbatim('txt', 'This is a verbatim\nstring')],
    ['true', (writer) => writer.boolean(true)],
    ['false', (writer) => writer.boolean(false)],
    ['bignum', (writer) => writer.bigNumber('1234567999999999999999999999999999999')],
  ];

  it.each(samples)('DEBUG PROTOCOL %s', async (type, writeSample) => {
    const client = await server.connect();
    for (const respVersion of [2, 3] as const) {
      await client.raw('HELLO', respVersion);
      const raw = await client.raw('DEBUG', 'PROTOCOL', type);
      expect(written(respVersion, writeSample)).toBe(raw.toString('latin1'));
    }
  });

  it.each([0, 1, -1, 1.5, 0.1, 1e21, -1e-7, 123456789.123, 1e100, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'ZSCORE %d',
    async (score) => {
      const client = await server.connect();
      for (const respVersion of [2, 3] as const) {
        await client.raw('HELLO', respVersion);
        await client.raw('ZADD', 'scores', formatDouble(score), 'member');
        const raw = await client.raw('ZSCORE', 'scores', 'member');
        expect(written(respVersion, (writer) => writer.double(score))).toBe(raw.toString('latin1'));
      }
    },
  );
});
