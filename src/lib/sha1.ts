import { createHash } from 'node:crypto';

/** The SHA-1 of `bytes` as 40 hexadecimal digits in lower case: the name under which a script is cached. */
export function sha1Hex(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
