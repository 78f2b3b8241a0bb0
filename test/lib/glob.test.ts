import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatch, globMatchRange } from '../../src/lib/glob.ts';
import { Slice } from '../../src/lib/slice.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { referenceClient } from '../support/reference-client.ts';
import { readReply, textsOf } from '../support/resp-reply.ts';

/** One character per byte. */
function slice(text: string): Slice {
  return Slice.from(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}

const matches = (pattern: string, text: string, ignoreCase = false) =>
  globMatch(slice(pattern), slice(text), ignoreCase);

describe('globMatch', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', false],
    ['*', 'anything', true],
    ['**', 'a', true],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h*llo', 'heeeello', true],
    ['h*llo', 'hllo', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxbyy', false],
    ['a**', 'a', true],
    ['a?', 'a', false],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hello', false],
    ['h[^e]llo', 'hallo', true],
    ['[a-c]', 'b', true],
    ['[a-c]', 'd', false],
    ['[c-a]', 'b', true],
    ['[]', 'a', false],
    ['[]a]', ']a]', false],
    ['[^]', 'a', true],
    ['[', 'a', false],
    ['[', '[', false],
    ['[^', 'a', true],
    ['[abc', 'b', true],
    ['[a-', '-', true],
    ['[a-]', 'b', false],
    ['[a-]', 'a', true],
    ['[a-]', '^', true],
    ['[\\]]', ']', true],
    ['[\\', '\\', true],
    ['[a\\-z]', '-', true],
    ['[a\\-z]', 'b', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\', '\\', true],
    ['a\\', 'a\\', true],
    ['[\x80-a]', '\xff', true],
    ['[a-\xff]', 'b', false],
    ['[\xf0-\xff]', '\xf5', true],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it.each([
    ['HELLO', 'hello', true],
    ['h[A-Z]llo', 'hello', true],
    ['[abc]', 'B', true],
    ['[\\a]', 'A', false],
    ['\\a', 'A', true],
    ['[Z-a]', 'z', false],
    ['[Z-a]', 'a', false],
    ['[\x80-\xfe]', '\x90', true],
    ['[\x80-\xff]', '\x90', false],
    ['\xe4', '\xc4', false],
  ])('%j and %j with case ignored: %s', (pattern, text, expected) => {
    expect(matches(pattern, text, true)).toBe(expected);
  });

  it('minds case unless told otherwise', () => {
    expect(matches('HELLO', 'hello')).toBe(false);
    expect(matches('[A-Z]', 'b')).toBe(false);
  });

  it('looks at its ranges only', () => {
    const pattern = slice('xa*bx').bytes;
    const text = slice('yazzby').bytes;
    expect(globMatchRange(pattern, 1, 4, text, 1, 5, false)).toBe(true);
    expect(globMatchRange(pattern, 0, 4, text, 1, 5, false)).toBe(false);
    expect(globMatchRange(pattern, 1, 4, text, 1, 6, false)).toBe(false);
    // A set that is open at the end of the range must not find its bracket behind it.
    expect(globMatchRange(slice('[ab]').bytes, 0, 3, slice('b').bytes, 0, 1, false)).toBe(true);
  });

  it('does not go exponential', () => {
    expect(matches(`${'a*'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false);
    expect(matches(`${'*a'.repeat(200)}`, 'a'.repeat(2000))).toBe(true);
  });

  it('gives up beyond 1000 stars', () => {
    expect(matches('*a'.repeat(1000), 'a'.repeat(1000))).toBe(true);
    expect(matches('*a'.repeat(1001), 'a'.repeat(1001))).toBe(false);
    expect(matches(`${'a*'.repeat(1001)}`, 'a'.repeat(1001))).toBe(true);
    expect(matches(`${'a**'.repeat(1000)}a`, 'a'.repeat(1001))).toBe(true);
  });
});

describe.skipIf(!hasReferenceRedis)('globMatch beside Redis', () => {
  const redis = referenceClient();

  it('picks the same members', async () => {
    const symbols = ['a', 'b', 'c', '-', ']', '^', '\\', '\x80', '\xff', 'A'];
    const text = fc.array(fc.constantFrom(...symbols), { maxLength: 5 }).map((chars) => chars.join(''));
    const pattern = fc
      .array(fc.constantFrom(...symbols, '[', '[', '*', '?'), { minLength: 1, maxLength: 9 })
      .map((chars) => chars.join(''))
      // SSCAN skips matching altogether for this one.
      .filter((chars) => chars !== '*');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(text, { minLength: 5, maxLength: 60 }),
        fc.array(pattern, { minLength: 10, maxLength: 40 }),
        async (texts, patterns) => {
          const bytes = texts.map((each) => Buffer.from(each, 'latin1'));
          await redis.client.send([
            ['DEL', 's'],
            ['SADD', 's', ...bytes],
          ]);
          const replies = await redis.client.send(
            patterns.map((each) => ['SSCAN', 's', 0, 'COUNT', 1000, 'MATCH', Buffer.from(each, 'latin1')]),
          );
          for (const [i, reply] of replies.entries()) {
            const [, members] = readReply(reply).elements ?? [];
            const found = texts.filter((each) => matches(patterns[i], each));
            expect(found.sort(), patterns[i]).toEqual([...textsOf(members)].sort());
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
