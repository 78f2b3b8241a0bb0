import fc from 'fast-check';
import * as listpack from '../../src/structures/listpack.ts';
import { append, writeEmpty } from '../../src/structures/listpack-edit.ts';
import { ListpackElement } from '../../src/structures/listpack-element.ts';
import { ListpackValue } from '../../src/structures/listpack-encoding.ts';

/** Elements as latin1 text, one character per byte, so that they print and compare well. */
export type Element = string;

export function bytesOf(element: Element): Uint8Array {
  return new Uint8Array(Buffer.from(element, 'latin1'));
}

export function textOf(bytes: Uint8Array, start: number, end: number): Element {
  return Buffer.from(bytes.subarray(start, end)).toString('latin1');
}

export function listpackValue(element: Element): ListpackValue {
  const bytes = bytesOf(element);
  return new ListpackValue().setBytes(bytes, 0, bytes.length);
}

const integerText = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.integer({ min: -5000, max: 5000 }).map(String),
  fc
    .tuple(fc.constantFrom(0n, 7n, 12n, 15n, 23n, 31n, 53n, 63n), fc.integer({ min: -2, max: 2 }), fc.boolean())
    // Just beyond 64 bits it is no integer any more; that belongs here too.
    .map(([bits, delta, negative]) => ((negative ? -1n : 1n) * 2n ** bits + BigInt(delta)).toString()),
);

const nearlyInteger = fc.constantFrom('', '-', '-0', '+1', '00', '007', ' 1', '1 ', '1.5', '12a', '-a', '0x10');

const someBytes = fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Lengths around those at which the encoding or the back length grows. */
const edgeLength = fc
  .constantFrom(62, 63, 64, 125, 126, 127, 128, 4093, 4094, 4095, 4096)
  .map((length) => 'y'.repeat(length));

export const anyElement: fc.Arbitrary<Element> = fc.oneof(
  { weight: 4, arbitrary: integerText },
  { weight: 1, arbitrary: nearlyInteger },
  { weight: 3, arbitrary: someBytes },
  { weight: 1, arbitrary: edgeLength },
);

/** An independent, plain encoder: the listpack of the elements, built from the format's description with bigints. */
export function encodeListpack(elements: readonly Element[]): Uint8Array {
  const entries: number[] = [];
  for (const element of elements) {
    const entry = encodeEntry(element);
    entries.push(...entry, ...encodeBackLength(entry.length));
  }
  const total = 7 + entries.length;
  const known = Math.min(elements.length, 0xffff);
  return Uint8Array.from([...littleEndian(BigInt(total), 4), ...littleEndian(BigInt(known), 2), ...entries, 0xff]);
}

function encodeEntry(element: Element): number[] {
  const isInteger = /^(0|-?[1-9][0-9]*)$/.test(element) && BigInt.asIntN(64, BigInt(element)) === BigInt(element);
  if (isInteger) {
    const value = BigInt(element);
    const fits = (bits: number) => BigInt.asIntN(bits, value) === value;
    if (value >= 0n && value <= 127n) return [Number(value)];
    if (fits(13)) {
      const [low, high] = littleEndian(value, 2);
      return [0xc0 | (high & 0x1f), low];
    }
    if (fits(16)) return [0xf1, ...littleEndian(value, 2)];
    if (fits(24)) return [0xf2, ...littleEndian(value, 3)];
    if (fits(32)) return [0xf3, ...littleEndian(value, 4)];
    return [0xf4, ...littleEndian(value, 8)];
  }
  const bytes = bytesOf(element);
  if (bytes.length < 64) return [0x80 + bytes.length, ...bytes];
  if (bytes.length < 4096) return [0xe0 + Math.floor(bytes.length / 256), bytes.length % 256, ...bytes];
  return [0xf0, ...littleEndian(BigInt(bytes.length), 4), ...bytes];
}

function encodeBackLength(length: number): number[] {
  if (length <= 127) return [length];
  if (length < 16383) return [length >> 7, (length & 127) | 128];
  return [length >> 14, ((length >> 7) & 127) | 128, (length & 127) | 128];
}

function littleEndian(value: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
}

const GUARD = 0xa5;

/** A listpack at an odd place in a larger array, whose surroundings must stay as they are. */
export class Room {
  readonly bytes: Uint8Array;
  readonly base: number;
  private readonly element = new ListpackElement();

  constructor(base: number, capacityBytes: number) {
    this.bytes = new Uint8Array(base + capacityBytes).fill(GUARD);
    this.base = base;
    writeEmpty(this.bytes, base);
  }

  static of(elements: readonly Element[], base = 13): Room {
    const room = new Room(base, encodeListpack(elements).length + 16);
    for (const element of elements) append(room.bytes, room.base, listpackValue(element));
    return room;
  }

  get size(): number {
    return listpack.totalBytes(this.bytes, this.base);
  }

  /** The bytes of the listpack. */
  content(): Uint8Array {
    return this.bytes.slice(this.base, this.base + this.size);
  }

  forwards(): Element[] {
    const elements: Element[] = [];
    let at = listpack.first(this.bytes, this.base);
    for (; at !== listpack.NO_ELEMENT; at = listpack.next(this.bytes, this.base, at)) elements.push(this.at(at));
    return elements;
  }

  backwards(): Element[] {
    const elements: Element[] = [];
    let at = listpack.last(this.bytes, this.base);
    for (; at !== listpack.NO_ELEMENT; at = listpack.previous(this.bytes, this.base, at)) elements.push(this.at(at));
    return elements;
  }

  at(at: number): Element {
    const element = this.element.read(this.bytes, this.base, at);
    const target = new Uint8Array(element.byteLength());
    if (element.writeTo(target, 0) !== target.length) throw new Error('byteLength and writeTo disagree');
    return textOf(target, 0, target.length);
  }

  /** True when no byte before the listpack, and none from `largest` bytes on, was ever written. */
  surroundingsUntouched(largest: number): boolean {
    const before = this.bytes.subarray(0, this.base);
    const after = this.bytes.subarray(this.base + largest);
    return before.every((byte) => byte === GUARD) && after.every((byte) => byte === GUARD);
  }
}
