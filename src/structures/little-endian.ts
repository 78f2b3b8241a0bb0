/** Signed little-endian integers at any alignment, as file formats have them. */

export function readInt16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] << 16) | (bytes[offset + 1] << 24)) >> 16;
}

export function readInt32(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24);
}

/** Writes the lower 32 bits of `value` at `offset` and answers the offset behind them. */
export function writeInt32(bytes: Uint8Array, offset: number, value: number): number {
  bytes[offset] = value;
  bytes[offset + 1] = value >> 8;
  bytes[offset + 2] = value >> 16;
  bytes[offset + 3] = value >> 24;
  return offset + 4;
}
