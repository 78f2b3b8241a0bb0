import { describe, expect, it } from 'vitest';
import { crc16, keyHashSlot } from '../../src/lib/crc16.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function slotOf(key: string): number {
  const bytes = encode(`<<${key}>>`);
  return keyHashSlot(bytes, 2, bytes.length - 2);
}

describe('crc16', () => {
  it('gives the check value', () => {
    expect(crc16(encode('123456789'), 0, 9)).toBe(0x31c3);
  });

  it('is zero for nothing and takes only the range', () => {
    expect(crc16(encode('abc'), 1, 1)).toBe(0);
    expect(crc16(encode('xx123456789yy'), 2, 11)).toBe(0x31c3);
  });
});

describe('keyHashSlot', () => {
  // What CLUSTER KEYSLOT of Redis 7.0.15 answers.
  it.each([
    ['', 0],
    ['foo', 12182],
    ['somekey', 11058],
    ['foo{hash_tag}', 2515],
    ['bar{hash_tag}', 2515],
    ['hash_tag', 2515],
  ])('of %j is %i', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  it('takes the first tag only, up to the first closing brace', () => {
    expect(slotOf('a{foo}{bar}')).toBe(slotOf('foo'));
    expect(slotOf('foo{{bar}}zap')).toBe(slotOf('{bar'));
  });

  it('takes the whole key when the tag is empty or not closed', () => {
    const whole = (key: string) => crc16(encode(key), 0, key.length) & 0x3fff;
    for (const key of ['foo{}{bar}', 'foo{bar', 'foo}bar{', '}{', '{', '{}']) expect(slotOf(key)).toBe(whole(key));
  });
});
