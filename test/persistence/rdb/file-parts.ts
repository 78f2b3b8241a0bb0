/** Files and packed values, put together by hand. */
import { Crc64 } from '../../../src/lib/crc64.ts';

type Part = string | number | Uint8Array;

/** Bytes: numbers are one byte each, texts latin1. */
export function bytesOf(...parts: readonly Part[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
    ),
  );
}

/** A short string as it stands in files. */
export const string = (text: string): Uint8Array => bytesOf(text.length, text);

/** A file of a version, with its head, its end and the right checksum. */
export function file(version: number, ...parts: readonly Part[]): Uint8Array {
  const body = bytesOf(`REDIS${String(version).padStart(4, '0')}`, ...parts, 0xff);
  if (version < 5) return body;
  const crc = new Crc64();
  crc.update(body, 0, body.length);
  return bytesOf(body, crc.digest());
}

/** A ziplist of entries given as their encoding and content. */
export function ziplist(...entries: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let previous = 0;
  let size = 10;
  let tail = 10;
  for (const entry of entries) {
    const head = previous < 254 ? Buffer.of(previous) : Buffer.of(254, previous & 0xff, previous >> 8, 0, 0);
    parts.push(head, entry);
    tail = size;
    previous = head.length + entry.length;
    size += previous;
  }
  const header = Buffer.alloc(10);
  header.writeUInt32LE(size + 1, 0);
  header.writeUInt32LE(tail, 4);
  header.writeUInt16LE(entries.length, 8);
  return Buffer.concat([header, ...parts, Buffer.of(0xff)]);
}

/** A listpack of short strings and of integers from 0 to 127. */
export function listpack(...elements: readonly (string | number)[]): Uint8Array {
  const entries = elements.map((element) =>
    typeof element === 'number' ? Buffer.of(element, 1) : bytesOf(0x80 | element.length, element, element.length + 1),
  );
  const body = Buffer.concat(entries);
  const header = Buffer.alloc(6);
  header.writeUInt32LE(body.length + 7, 0);
  header.writeUInt16LE(elements.length, 4);
  return Buffer.concat([header, body, Buffer.of(0xff)]);
}

/** Any bytes as a string of a file. */
export const packed = (bytes: Uint8Array): Uint8Array =>
  bytesOf(0x40 | (bytes.length >> 8), bytes.length & 0xff, bytes);
/** An entry of a ziplist: a string of up to 63 bytes. */
export const text = (value: string): Uint8Array => bytesOf(value.length, value);
