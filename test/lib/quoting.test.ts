import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quoteBytes, splitArgumentString, splitArguments } from '../../src/lib/quoting.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { RespClient } from '../support/resp-client.ts';
import { readReply } from '../support/resp-reply.ts';
import type { ServerProcess } from '../support/server-process.ts';

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

describe('splitting', () => {
  it.each<[string, string[] | null]>([
    ['', []],
    ['  \t\r\n\v\f ', []],
    ['set a b', ['set', 'a', 'b']],
    ['  set   a\tb \r\n', ['set', 'a', 'b']],
    ['"a b" c', ['a b', 'c']],
    ['""', ['']],
    ["''", ['']],
    ['"\\n\\r\\t\\b\\a\\\\\\"\\q"', ['\n\r\t\b\x07\\"q']],
    ['"\\x41\\xfF\\x00"', ['A\xff\0']],
    ['"\\x4" "\\xzz"', ['x4', 'xzz']],
    ["'a\\'b\\n'", ["a'b\\n"]],
    ['a\\n', ['a\\n']],
    ['foo"bar baz"', ['foobar baz']],
    ["foo'bar'", ['foobar']],
    ['a\vb', ['a\vb']],
    ['"a"\vb', ['a', 'b']],
    ['a\0b', ['a']],
    ['"a"\0b', ['a']],
    ['é ü', ['é', 'ü']],
    ['"a', null],
    ["'a", null],
    ['"a"b', null],
    ["'a'b", null],
    ['"a\0"', null],
    ['"a\\', null],
    ['"a\\"', null],
    ["'a\\'", null],
  ])('%j gives %j', (line, words) => {
    expect(splitArgumentString(line)).toEqual(words);
    const bytes = latin1(`x${line}x`);
    const expected = words === null ? null : words.map(latin1);
    expect(splitArguments(bytes, 1, bytes.length - 1)).toEqual(expected);
  });
});

describe('quoteBytes', () => {
  it('escapes what is not printable', () => {
    expect(quoteBytes(latin1('a "b" \\ \n\r\t\x07\b\0\x1f\x7f\xe4~'))).toBe(
      '"a \\"b\\" \\\\ \\n\\r\\t\\a\\b\\x00\\x1f\\x7f\\xe4~"',
    );
    expect(quoteBytes(latin1('abcdef'), 2, 4)).toBe('"cd"');
    expect(quoteBytes(new Uint8Array(0))).toBe('""');
  });

  it('is undone by splitting', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 }), (words) => {
        const line = words.map((word) => quoteBytes(word)).join(' ');
        expect(splitArguments(latin1(line), 0, line.length)).toEqual(words);
      }),
    );
  });
});

describe.skipIf(!hasReferenceRedis)('quoting beside Redis', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  it('splits inline commands alike', async () => {
    // No NUL: Redis then finds no end of the line.
    const pieces = fc.constantFrom('a', ' ', '\t', '\v', '\r', '"', '"', "'", '\\', '\\x4a', '\\n', '\\"', '\xe4');
    const line = fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(line, async (text) => {
        await using client = await RespClient.connect({ path: server.socketPath });
        const sent = `ECHO ${text}`;
        const [raw] = await client.sendBytes(latin1(`${sent}\n`), 1);
        const reply = readReply(raw).text;
        const words = splitArgumentString(sent);
        if (words === null) expect(reply).toBe('ERR Protocol error: unbalanced quotes in request');
        else if (words.length === 2) expect(reply).toBe(words[1]);
        else expect(reply).toBe("ERR wrong number of arguments for 'echo' command");
      }),
      { numRuns: 300 },
    );
  });

  it('quotes as MONITOR does', async () => {
    await using monitor = await RespClient.connect({ path: server.socketPath });
    await using client = await RespClient.connect({ path: server.socketPath });
    await monitor.call('MONITOR');
    const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
    const [[line]] = await Promise.all([monitor.sendBytes(new Uint8Array(0), 1), client.call('ECHO', everyByte)]);
    expect(readReply(line).text?.endsWith(`"ECHO" ${quoteBytes(everyByte)}`)).toBe(true);
  });
});
