/**
 * Random replies, as trees which a naive encoder and a writer turn into bytes.
 */
import fc from 'fast-check';
import { formatDouble } from '../../src/lib/double.ts';
import { Slice } from '../../src/lib/slice.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';
import type { AggregateKind, ReplyWriter, RespVersion } from '../../src/protocol/reply-writer.ts';

export type Reply =
  | { readonly type: 'ok' | 'null' | 'nullArray' }
  | { readonly type: 'status' | 'error' | 'text' | 'bigNumber' | 'verbatim'; readonly text: string }
  | { readonly type: 'integer' | 'integerBulk'; readonly value: number | bigint }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'bulk' | 'pieces'; readonly bytes: Uint8Array }
  | { readonly type: 'bulks'; readonly bytes: Uint8Array; readonly places: readonly (readonly [number, number])[] }
  | {
      readonly type: 'aggregate';
      readonly kind: AggregateKind;
      readonly deferred: boolean;
      readonly elements: readonly Reply[];
    };

const PREFIXES = { array: '*', map: '%', set: '~', push: '>' };

function bulkText(bytes: Uint8Array): string {
  return `$${bytes.length}\r\n${Buffer.from(bytes).toString('latin1')}\r\n`;
}

export function encode(reply: Reply, version: RespVersion): string {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  switch (reply.type) {
    case 'ok':
      return '+OK\r\n';
    case 'null':
      return version === 2 ? '$-1\r\n' : '_\r\n';
    case 'nullArray':
      return version === 2 ? '*-1\r\n' : '_\r\n';
    case 'status':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${Buffer.from(reply.text).toString('latin1')}\r\n`;
    case 'text':
      return bulkText(utf8(reply.text));
    case 'bigNumber':
      return version === 2 ? bulkText(utf8(reply.text)) : `(${reply.text}\r\n`;
    case 'verbatim': {
      if (version === 2) return bulkText(utf8(reply.text));
      const text = Buffer.from(`txt:${reply.text}`).toString('latin1');
      return `=${text.length}\r\n${text}\r\n`;
    }
    case 'integer':
      return `:${reply.value}\r\n`;
    case 'integerBulk':
      return bulkText(utf8(String(reply.value)));
    case 'double':
      return version === 2 ? bulkText(utf8(formatDouble(reply.value))) : `,${formatDouble(reply.value)}\r\n`;
    case 'boolean':
      return version === 2 ? `:${reply.value ? 1 : 0}\r\n` : `#${reply.value ? 't' : 'f'}\r\n`;
    case 'bulk':
    case 'pieces':
      return bulkText(reply.bytes);
    case 'bulks':
      return reply.places.map(([start, end]) => bulkText(reply.bytes.subarray(start, end))).join('');
    case 'aggregate': {
      const pairs = version === 3 && reply.kind === 'map';
      const length = pairs ? reply.elements.length / 2 : reply.elements.length;
      const header = `${version === 2 ? '*' : PREFIXES[reply.kind]}${length}\r\n`;
      return header + reply.elements.map((element) => encode(element, version)).join('');
    }
  }
}

export function write(reply: Reply, writer: ReplyWriter): void {
  switch (reply.type) {
    case 'ok':
    case 'null':
    case 'nullArray':
      writer[reply.type]();
      break;
    case 'status':
    case 'text':
    case 'bigNumber':
      writer[reply.type](reply.text);
      break;
    case 'error':
      writer.error(new ReplyError(reply.text));
      break;
    case 'verbatim':
      writer.verbatim('txt', reply.text);
      break;
    case 'integer':
    case 'integerBulk':
      writer[reply.type](reply.value);
      break;
    case 'double':
      writer.double(reply.value);
      break;
    case 'boolean':
      writer.boolean(reply.value);
      break;
    case 'bulk':
      writer.bulk(Slice.from(reply.bytes));
      break;
    case 'pieces': {
      const { bytes } = reply;
      const half = bytes.length >> 1;
      writer.beginBulk(bytes.length);
      writer.run(bytes, 0, half);
      writer.run(bytes, half, bytes.length);
      writer.endBulk();
      break;
    }
    case 'bulks': {
      const starts = Int32Array.from(reply.places, ([start]) => start);
      const ends = Int32Array.from(reply.places, ([, end]) => end);
      writer.bulks(reply.bytes, starts, ends, reply.places.length);
      break;
    }
    case 'aggregate': {
      const length = reply.kind === 'map' ? reply.elements.length / 2 : reply.elements.length;
      const mark = reply.deferred ? writer.beginDeferred() : 0;
      if (!reply.deferred) writer[reply.kind](length);
      for (const element of reply.elements) write(element, writer);
      if (reply.deferred) writer.endDeferred(mark, reply.kind, length);
    }
  }
}

const int64 = fc.oneof(
  fc.integer({ min: -20, max: 1100 }),
  fc.maxSafeInteger(),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n),
);
const bytes = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 100, max: 150_000 }).map((length) => new Uint8Array(length).fill(length % 251)),
  },
);
/** Strings in one array, none of them, many, long and short ones. */
export const bulks = fc
  .array(fc.oneof(fc.nat(70), fc.constantFrom(0, 9, 10, 63, 64, 65, 4000, 70_000)), { maxLength: 300 })
  .map((lengths) => {
    const places: [number, number][] = [];
    let end = 0;
    for (const length of lengths) {
      places.push([end + 1, end + 1 + length]);
      end += 1 + length;
    }
    return { type: 'bulks' as const, bytes: Uint8Array.from({ length: end }, (_, i) => i % 253), places };
  });
const line = fc.stringMatching(/^[ -~]{0,100}$/);
export const { reply } = fc.letrec<{ reply: Reply; elements: Reply[] }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'reply' },
    fc.record({ type: fc.constantFrom('ok', 'null', 'nullArray') }),
    fc.record({ type: fc.constant('status'), text: line }),
    fc.record({
      type: fc.constant('error'),
      text: fc.string({ unit: 'grapheme' }).map((text) => `ERR ${text.replace(/[\r\n]/g, '')}`),
    }),
    fc.record({ type: fc.constantFrom('text', 'verbatim'), text: fc.string({ unit: 'grapheme', maxLength: 100 }) }),
    fc.record({ type: fc.constant('bigNumber'), text: fc.bigInt().map(String) }),
    fc.record({ type: fc.constantFrom('integer', 'integerBulk'), value: int64 }),
    fc.record({ type: fc.constant('double'), value: fc.double() }),
    fc.record({ type: fc.constant('boolean'), value: fc.boolean() }),
    fc.record({ type: fc.constantFrom('bulk', 'pieces'), bytes }),
    fc
      .record({
        type: fc.constant('aggregate' as const),
        kind: fc.constantFrom<AggregateKind>('array', 'map', 'set', 'push'),
        deferred: fc.boolean(),
        elements: tie('elements'),
      })
      .map((node) =>
        node.kind === 'map' && node.elements.length % 2 === 1 ? { ...node, elements: node.elements.slice(1) } : node,
      ),
  ) as fc.Arbitrary<Reply>,
  elements: fc.array(tie('reply'), { maxLength: 14, depthIdentifier: 'reply' }),
}));
