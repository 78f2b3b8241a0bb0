/**
 * CRC-64 as Redis appends it to RDB files and DUMP payloads (the "Jones" polynomial).
 *
 * Parameters: width 64, polynomial 0xad93d23594c935a9, input and output reflected, initial value 0, no final
 * xor; the check value of "123456789" is 0xe9c6d914c4b8d9ca.
 *
 * Eight bytes are taken per step ("slicing by 8", Kounavis and Berry, "Novel Table Lookup-Based Algorithms for
 * High-Performance CRC Generation", 2008). The register is two 32-bit integers, because 64-bit ones would be
 * BigInts, which allocate.
 */

// The reflected form of 0xad93d23594c935a9.
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;

// Row r at r * 256: what a byte does to the register r bytes later.
const tableLow = new Int32Array(8 * 256);
const tableHigh = new Int32Array(8 * 256);

for (let byte = 0; byte < 256; byte++) {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry === 1) {
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
  }
  tableLow[byte] = low;
  tableHigh[byte] = high;
}
for (let i = 256; i < 8 * 256; i++) {
  const low = tableLow[i - 256];
  const high = tableHigh[i - 256];
  const index = low & 0xff;
  tableLow[i] = ((low >>> 8) | (high << 24)) ^ tableLow[index];
  tableHigh[i] = (high >>> 8) ^ tableHigh[index];
}

/** A running CRC-64. Feeding bytes in any number of pieces gives the same result. */
export class Crc64 {
  private lowBits = 0;
  private highBits = 0;

  /** Starts over. */
  reset(): void {
    this.lowBits = 0;
    this.highBits = 0;
  }

  /** Takes in `bytes[start, end)`. */
  update(bytes: Uint8Array, start: number, end: number): void {
    let low = this.lowBits;
    let high = this.highBits;
    let at = start;
    for (const last = end - 8; at <= last; at += 8) {
      low ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      high ^= bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
      const i7 = 1792 + (low & 0xff);
      const i6 = 1536 + ((low >>> 8) & 0xff);
      const i5 = 1280 + ((low >>> 16) & 0xff);
      const i4 = 1024 + (low >>> 24);
      const i3 = 768 + (high & 0xff);
      const i2 = 512 + ((high >>> 8) & 0xff);
      const i1 = 256 + ((high >>> 16) & 0xff);
      const i0 = high >>> 24;
      low =
        tableLow[i7] ^
        tableLow[i6] ^
        tableLow[i5] ^
        tableLow[i4] ^
        tableLow[i3] ^
        tableLow[i2] ^
        tableLow[i1] ^
        tableLow[i0];
      high =
        tableHigh[i7] ^
        tableHigh[i6] ^
        tableHigh[i5] ^
        tableHigh[i4] ^
        tableHigh[i3] ^
        tableHigh[i2] ^
        tableHigh[i1] ^
        tableHigh[i0];
    }
    for (; at < end; at++) {
      const index = (low ^ bytes[at]) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ tableLow[index];
      high = (high >>> 8) ^ tableHigh[index];
    }
    this.lowBits = low;
    this.highBits = high;
  }

  /** The lower 32 bits, unsigned. */
  get low(): number {
    return this.lowBits >>> 0;
  }

  /** The upper 32 bits, unsigned. */
  get high(): number {
    return this.highBits >>> 0;
  }

  /** Writes the checksum as 8 little-endian bytes, the order used in files. Returns the offset after them. */
  writeTo(bytes: Uint8Array, offset: number): number {
    for (let i = 0; i < 4; i++) {
      bytes[offset + i] = this.lowBits >>> (8 * i);
      bytes[offset + 4 + i] = this.highBits >>> (8 * i);
    }
    return offset + 8;
  }

  /** True when the 8 bytes at `offset` are the checksum, little-endian. */
  matches(bytes: Uint8Array, offset: number): boolean {
    for (let i = 0; i < 4; i++) {
      if (bytes[offset + i] !== ((this.lowBits >>> (8 * i)) & 0xff)) return false;
      if (bytes[offset + 4 + i] !== ((this.highBits >>> (8 * i)) & 0xff)) return false;
    }
    return true;
  }

  /** The checksum as 8 little-endian bytes. The running state is left as it is. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8);
    this.writeTo(bytes, 0);
    return bytes;
  }
}
