/** The key with this number, for both threads: every hundredth is too long for a block. */
export function frozenKey(number: number): Uint8Array {
  const short = `key:${String(number).padStart(8, '0')}`;
  return Buffer.from(number % 100 === 0 ? short.padEnd(1500, 'x') : short);
}
