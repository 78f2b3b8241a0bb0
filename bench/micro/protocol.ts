/**
 * Nanoseconds per command of the request parser and of common replies, without sockets: `npx tsx bench/micro/protocol.ts`.
 */
import { Slice } from '../../src/lib/slice.ts';
import { ChunkPool } from '../../src/protocol/chunk-pool.ts';
import { COMMAND, type ParserLimits, RequestParser } from '../../src/protocol/request-parser.ts';
import { RespWriter } from '../../src/protocol/resp-writer.ts';

const ROUNDS = 7;
const ROUND_MS = 300;
const CHUNK_BYTES = 64 * 1024;

const limits: ParserLimits = { maxBulkBytes: 512 * 1024 * 1024, maxQueryBytes: 1024 ** 3, authenticated: true };

/** Runs `batch`, which answers how many commands it did, and prints the best round. */
function measure(name: string, batch: () => number): void {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    let commands = 0;
    let elapsedMs = 0;
    while (elapsedMs < ROUND_MS) {
      commands += batch();
      elapsedMs = performance.now() - begin;
    }
    best = Math.min(best, (elapsedMs * 1e6) / commands);
  }
  console.log(`${name.padEnd(48)} ${best.toFixed(1).padStart(8)} ns`);
}

/** SET commands with keys of 16 bytes until `bytes` are full. */
function pipeline(bytes: number, valueBytes: number): Uint8Array {
  const value = 'v'.repeat(valueBytes);
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; ; i++) {
    const command = `*3\r\n$3\r\nSET\r\n$16\r\nkey:${String(i).padStart(12, '0')}\r\n$${valueBytes}\r\n${value}\r\n`;
    if (length + command.length > bytes && i > 0) break;
    parts.push(command);
    length += command.length;
  }
  return new TextEncoder().encode(parts.join(''));
}

/** Parses `input` again and again, in chunks of `chunkBytes` that are overwritten by the next, as a socket's are. */
function parseBatch(input: Uint8Array, chunkBytes: number, reply: (() => void) | null): () => number {
  const parser = new RequestParser(limits);
  const chunk = new Uint8Array(chunkBytes);
  return () => {
    let commands = 0;
    for (let at = 0; at < input.length; at += chunkBytes) {
      const part = input.subarray(at, at + chunkBytes);
      chunk.set(part);
      parser.feed(chunk, 0, part.length);
      while (parser.next() === COMMAND) {
        commands++;
        if (reply !== null) reply();
      }
      parser.detach();
    }
    return commands;
  };
}

/** Writes `count` replies, then takes and releases them as a connection does. */
function replyBatch(writer: RespWriter, count: number, reply: () => void): () => number {
  return () => {
    for (let i = 0; i < count; i++) reply();
    if (writer.takeSingle() === null) writer.takeAll();
    writer.release(writer.takenRuns);
    return count;
  };
}

const writer = new RespWriter(new ChunkPool());
const short = Slice.from('v'.repeat(16));
const long = Slice.from('v'.repeat(1024));
let counter = 0;

for (const valueBytes of [3, 16, 64, 1024]) {
  const input = pipeline(CHUNK_BYTES, valueBytes);
  measure(`parse SET, value of ${valueBytes}, whole chunks`, parseBatch(input, CHUNK_BYTES, null));
}
measure('parse SET, value of 16, one command per chunk', parseBatch(pipeline(1, 16), CHUNK_BYTES, null));
measure('parse SET, value of 16, chunks of 1000 bytes', parseBatch(pipeline(CHUNK_BYTES, 16), 1000, null));
measure(
  'parse SET, value of 16 KiB, whole chunks',
  parseBatch(pipeline(4 * CHUNK_BYTES, 16 * 1024), CHUNK_BYTES, null),
);
measure('parse SET, value of 1 MiB, whole chunks', parseBatch(pipeline(1, 1024 * 1024), CHUNK_BYTES, null));

measure(
  'reply +OK',
  replyBatch(writer, 64, () => writer.ok()),
);
measure(
  'reply integer below 10',
  replyBatch(writer, 64, () => writer.integer(counter++ % 10)),
);
measure(
  'reply integer of 7 digits',
  replyBatch(writer, 64, () => writer.integer(1_000_000 + (counter++ % 1_000_000))),
);
measure(
  'reply null',
  replyBatch(writer, 64, () => writer.null()),
);
measure(
  'reply bulk of 16',
  replyBatch(writer, 64, () => writer.bulk(short)),
);
measure(
  'reply bulk of 1024',
  replyBatch(writer, 64, () => writer.bulk(long)),
);
measure(
  'reply array of 10 bulks of 16',
  replyBatch(writer, 64, () => {
    writer.array(10);
    for (let i = 0; i < 10; i++) writer.bulk(short);
  }),
);
measure(
  'reply deferred array of 10 bulks of 16',
  replyBatch(writer, 64, () => {
    const mark = writer.beginDeferred();
    for (let i = 0; i < 10; i++) writer.bulk(short);
    writer.endDeferred(mark, 'array', 10);
  }),
);

const replies = new RespWriter(new ChunkPool());
const input = pipeline(CHUNK_BYTES, 16);
const parse = parseBatch(input, CHUNK_BYTES, () => replies.ok());
measure('parse SET, value of 16, and reply +OK', () => {
  const commands = parse();
  replies.takeAll();
  replies.release(replies.takenRuns);
  return commands;
});
