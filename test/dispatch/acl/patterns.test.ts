import { describe, expect, it } from 'vitest';
import { ChannelPatterns, KeyPatterns, READ, WRITE } from '../../../src/dispatch/acl/patterns.ts';
import { globMatch } from '../../../src/lib/glob.ts';
import { Slice } from '../../../src/lib/slice.ts';

describe('patterns', () => {
  it('match as the patterns of KEYS do', () => {
    const patterns = [
      '',
      '*',
      '**',
      'a',
      'ab',
      'a*',
      'a**',
      '*a',
      'a*b',
      'a?',
      '[ab]',
      'a\\*',
      '\\*',
      'a\\',
      '?',
      '[',
      'é*',
    ];
    const names = ['', 'a', 'b', 'ab', 'aab', 'a*', '*', 'ba', 'a\\', '[', 'é', 'éx', 'abc'];
    for (const pattern of patterns) {
      const channels = new ChannelPatterns();
      channels.add(Buffer.from(pattern).toString('latin1'));
      for (const name of names) {
        expect(channels.allows(Slice.from(name)), `${pattern} ${name}`).toBe(
          globMatch(Slice.from(pattern), Slice.from(name)),
        );
      }
    }
  });

  it('look at the name alone, wherever it is among other bytes', () => {
    const keys = new KeyPatterns();
    keys.add('foo:*', READ | WRITE);
    keys.add('name', READ | WRITE);
    const bytes = Uint8Array.from(Buffer.from('xfoo:1name2'));
    expect(keys.allows(new Slice(bytes, 1, 6), READ)).toBe(true);
    expect(keys.allows(new Slice(bytes, 1, 4), READ)).toBe(false);
    expect(keys.allows(new Slice(bytes, 6, 10), READ)).toBe(true);
    expect(keys.allows(new Slice(bytes, 6, 11), READ)).toBe(false);
  });

  it('grant reading, writing or both, a pattern all that it was ever given', () => {
    const keys = new KeyPatterns();
    keys.add('a', READ);
    keys.add('b', WRITE);
    const may = (key: string): number[] =>
      [0, READ, WRITE, READ | WRITE].filter((need) => keys.allows(Slice.from(key), need));
    expect(may('a')).toEqual([0, READ]);
    expect(may('b')).toEqual([0, WRITE]);
    expect(may('c')).toEqual([]);
    const copy = keys.copy();
    copy.add('a', WRITE);
    expect(copy.describe()).toEqual(['~a', '%W~b']);
    expect(keys.describe()).toEqual(['%R~a', '%W~b']);
  });

  it('of channels are allowed to PSUBSCRIBE only as they stand', () => {
    const channels = new ChannelPatterns();
    channels.add('news:*');
    expect(channels.allows(Slice.from('news:1'))).toBe(true);
    expect(channels.allowsPattern(Slice.from('news:*'))).toBe(true);
    expect(channels.allowsPattern(Slice.from('news:1'))).toBe(false);
    expect(channels.allowsPattern(Slice.from('news:1*'))).toBe(false);
  });
});
