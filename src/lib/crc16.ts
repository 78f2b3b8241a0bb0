/**
 * CRC-16/XMODEM and the cluster hash slot that Redis derives from it.
 *
 * Parameters: width 16, polynomial 0x1021, initial value 0, nothing reflected, no final xor; the check value
 * of "123456789" is 0x31c3. Source of the slot rule: the Redis Cluster specification, "Hash tags".
 */

const SLOT_MASK = 0x3fff;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const table = new Uint16Array(256);

for (let byte = 0; byte < 256; byte++) {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  table[byte] = crc;
}

/** The CRC-16 of `bytes[start, end)`. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = ((crc << 8) & 0xffff) ^ table[((crc >>> 8) ^ bytes[i]) & 0xff];
  return crc;
}

/**
 * The slot, 0 to 16383, of the key in `bytes[start, end)`. Only what stands between the first `{` and the next
 * `}` counts, unless that is empty or one of them is missing.
 */
export function keyHashSlot(bytes: Uint8Array, start: number, end: number): number {
  let open = start;
  while (open < end && bytes[open] !== OPEN_BRACE) open++;
  let close = open + 1;
  while (close < end && bytes[close] !== CLOSE_BRACE) close++;
  if (close >= end || close === open + 1) return crc16(bytes, start, end) & SLOT_MASK;
  return crc16(bytes, open + 1, close) & SLOT_MASK;
}
