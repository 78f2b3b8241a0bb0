import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND, FAILED, NEED_MORE, RequestParser } from '../../src/protocol/request-parser.ts';
import { encode, latin1, limitsOf, MIB, Reader, readCut, readWhole, wordsOf } from './request-reader.ts';

const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 40 }),
  },
  { weight: 2, arbitrary: fc.constantFrom('*1\r\n$1\r\na\r\n', '\r\n', '$5\r\n', '', '*', '\n') },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 60, max: 20_000 }).map((length) => 'abcdefghij'.repeat(length).slice(0, length)),
  },
);
const bulkCommand = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => ({ words, text: encode(words) }));
const inlineCommand = fc
  .array(fc.stringMatching(/^[a-z0-9$*:-]{1,8}$/), { minLength: 1, maxLength: 5 })
  .filter((words) => words[0][0] !== '*')
  .chain((words) =>
    fc
      .tuple(fc.constantFrom(' ', '  ', '\t'), fc.constantFrom('\r\n', '\n'), fc.constantFrom('', ' '))
      .map(([blank, end, before]) => ({ words, text: before + words.join(blank) + end })),
  );
const emptyCommand = fc
  .constantFrom('\r\n', '\n', '*0\r\n', '*-1\r\n', '*-100\r\n', '  \r\n')
  .map((text) => ({ words: null, text }));
const pipeline = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: bulkCommand },
      { weight: 2, arbitrary: inlineCommand },
      { weight: 1, arbitrary: emptyCommand },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((commands) => ({
    expected: commands.flatMap(({ words }) => (words === null ? [] : [words])),
    bytes: latin1(commands.map(({ text }) => text).join('')),
    ends: commands.map((_, i) => commands.slice(0, i + 1).reduce((sum, { text }) => sum + text.length, 0)),
    isCommand: commands.map(({ words }) => words !== null),
  }));
/** Cuts that are dense at the beginning, where headers are, and anywhere. */
const cuts = fc.array(fc.oneof(fc.nat(200), fc.nat(100_000)), { maxLength: 60 });

describe('RequestParser', () => {
  it('reads commands of bulk strings without copying them', () => {
    const bytes = latin1(`${encode(['SET', 'key', 'value'])}${encode(['GET', ''])}`);
    const parser = new RequestParser(limitsOf());
    parser.feed(bytes, 0, bytes.length);
    expect(parser.next()).toBe(COMMAND);
    expect(wordsOf(parser.args)).toEqual(['SET', 'key', 'value']);
    expect(parser.args.at(1).bytes).toBe(bytes);
    expect(parser.bufferedBytes).toBe(bytes.length);
    expect(parser.next()).toBe(COMMAND);
    expect(wordsOf(parser.args)).toEqual(['GET', '']);
    expect(parser.next()).toBe(NEED_MORE);
    expect(parser.bufferedBytes).toBe(0);
    expect(parser.capacityBytes).toBe(0);
    expect(parser.next()).toBe(NEED_MORE);
  });

  it('reads counts and lengths of several digits', () => {
    const words = Array.from({ length: 1234 }, (_, i) => 'x'.repeat(i % 120));
    expect(readWhole(encode(words)).commands).toEqual([words]);
  });

  it('splits inline requests, quotes included', () => {
    const reader = readWhole('SET a "b c\\x41\\n"\r\n\r\nPING\nget \'it\\\'s\' x"y"\n');
    expect(reader.commands).toEqual([['SET', 'a', 'b cA\n'], ['PING'], ['get', "it's", 'xy']]);
  });

  it('reads the same commands wherever the input is cut', () => {
    fc.assert(
      fc.property(pipeline, cuts, ({ bytes, expected }, at) => {
        expect(readCut(bytes, at).outcome).toEqual({ commands: expected, failed: false, failure: null });
      }),
      { numRuns: 300 },
    );
  });

  it('reads the same commands when fed byte by byte', () => {
    fc.assert(
      fc.property(pipeline, ({ bytes, expected }) => {
        const short = bytes.subarray(0, 4000);
        const reader = readCut(
          short,
          Array.from(short, (_, i) => i),
        );
        expect(reader.commands).toEqual(expected.slice(0, reader.commands.length));
        expect(reader.commands).toEqual(readWhole(short).commands);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps what a suspended client sends, and commands that are put back', () => {
    fc.assert(
      fc.property(pipeline, cuts, fc.infiniteStream(fc.nat(3)), ({ bytes, expected }, at, choices) => {
        const reader = new Reader();
        const choose = (): boolean => choices.next().value === 0;
        reader.postpones = choose;
        reader.suspends = choose;
        let from = 0;
        for (const cut of [...at.sort((a, b) => a - b), bytes.length]) {
          if (cut <= from || cut > bytes.length) continue;
          // Every other time what is left is parsed on its own first, as when a client is resumed.
          if (choose()) {
            reader.run();
            reader.parser.detach();
          }
          reader.read(bytes.subarray(from, cut));
          from = cut;
        }
        reader.postpones = () => false;
        reader.suspends = () => false;
        reader.run();
        expect(reader.outcome).toEqual({ commands: expected, failed: false, failure: null });
        expect(reader.parser.bufferedBytes).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('survives mutations, and reads the commands before them', () => {
    fc.assert(
      fc.property(
        pipeline,
        cuts,
        fc.nat(2000),
        fc.nat(255),
        ({ bytes, expected, ends, isCommand }, at, where, byte) => {
          const mutated = bytes.slice();
          const position = where % mutated.length;
          mutated[position] = byte;
          const before = ends.filter((end, i) => isCommand[i] && end <= position).length;
          const whole = readWhole(mutated);
          expect(whole.commands.slice(0, before)).toEqual(expected.slice(0, before));
          expect(readCut(mutated, at).outcome).toEqual(whole.outcome);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('answers a command of many arguments that comes in many chunks', () => {
    const words = Array.from({ length: 100_000 }, (_, i) => String(i));
    const bytes = latin1(encode(words) + encode(['PING']));
    const reader = readCut(
      bytes,
      Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) => 1000 * i),
    );
    expect(reader.commands).toEqual([words, ['PING']]);
    expect(reader.parser.capacityBytes).toBeLessThanOrEqual(64 * 1024);
  });

  it('tells apart what arguments have been made of and what is still to be parsed', () => {
    const reader = new Reader();
    const unparsed: number[] = [];
    for (const text of ['*2', '\r\n$3\r\nSET\r\n', '$1', '2\r\n', 'hello', ' world!\r', '\nPI', 'NG\r\n']) {
      reader.read(latin1(text));
      unparsed.push(reader.parser.unparsedBytes);
    }
    expect(unparsed).toEqual([2, 0, 2, 0, 5, 13, 2, 0]);
    expect(reader.commands).toEqual([['SET', 'hello world!'], ['PING']]);
  });

  it('gathers a long argument and gives its memory back', () => {
    const value = latin1('0123456789abcdef'.repeat(MIB / 4));
    const reader = new Reader();
    reader.read(latin1(`*2\r\n$3\r\nSET\r\n$${value.length}\r\n`));
    for (let at = 0; at < value.length; at += 60_000) {
      expect(reader.parser.capacityBytes).toBeLessThanOrEqual(8 * (at + 60_000) + 128 * 1024);
      reader.read(value.subarray(at, at + 60_000));
    }
    expect(reader.parser.bufferedBytes).toBe(value.length + 13 + 10);
    expect(reader.parser.unparsedBytes).toBe(value.length);
    reader.read(latin1('\r\n*1\r\n$4\r\nPING\r\n'));
    expect(reader.commands.map((words) => words.map((text) => text.length))).toEqual([[3, value.length], [4]]);
    expect(reader.commands[0][1] === Buffer.from(value).toString('latin1')).toBe(true);
    expect(reader.parser.bufferedBytes).toBe(0);
    expect(reader.parser.capacityBytes).toBeLessThanOrEqual(64 * 1024);
  });

  it('gives back what it keeps for commands in pieces when none has come for a while', () => {
    const words = ['SET', 'key', 'x'.repeat(50_000)];
    const { parser } = readCut(latin1(encode(words)), [100, 10_000]);
    expect(parser.capacityBytes).toBeGreaterThan(50_000);
    parser.letGoIfUnused();
    expect(parser.capacityBytes).toBeGreaterThan(50_000);
    parser.letGoIfUnused();
    expect(parser.capacityBytes).toBe(0);
    expect(parser.args.count).toBe(0);
  });

  it('keeps what a command in the making needs', () => {
    const bytes = latin1(encode(['SET', 'key', 'x'.repeat(50_000)]));
    const reader = new Reader();
    reader.read(bytes.subarray(0, 20_000));
    for (let i = 0; i < 3; i++) reader.parser.letGoIfUnused();
    reader.read(bytes.subarray(20_000));
    expect(reader.commands).toEqual([['SET', 'key', 'x'.repeat(50_000)]]);
  });

  it('does not allocate what is only announced', () => {
    const reader = readWhole(`*2\r\n$3\r\nSET\r\n$${512 * MIB}\r\nabc`);
    expect(reader.failed).toBe(false);
    expect(reader.parser.bufferedBytes).toBeGreaterThan(0);
    expect(reader.parser.capacityBytes).toBeLessThanOrEqual(128 * 1024);
    expect(readWhole('*2147483647\r\n$1\r\na\r\n').parser.capacityBytes).toBeLessThanOrEqual(64 * 1024);
  });

  it('leaves no argument pointing into large memory that was given back', () => {
    const reader = readCut(latin1(encode(['a', 'b', 'x'.repeat(200_000)])), [100_000]);
    for (let i = 0; i < 3; i++)
      expect(reader.parser.args.at(i).bytes.buffer.byteLength).toBeLessThanOrEqual(256 * 1024);
    reader.read(latin1(encode(['PING'])));
    expect(reader.parser.args.at(2).bytes.length).toBe(0);
  });

  it('counts what is not yet executed', () => {
    const reader = new Reader();
    reader.suspends = () => true;
    reader.read(latin1(encode(['BLPOP', 'a', '0']) + encode(['PING'])));
    expect(reader.parser.bufferedBytes).toBe(encode(['PING']).length);
    reader.read(latin1('*1\r\n$4\r\nQU'));
    expect(reader.commands).toEqual([['BLPOP', 'a', '0'], ['PING']]);
    expect(reader.parser.bufferedBytes).toBe(10);
  });

  it('closes without a reply when the query buffer limit is passed', () => {
    const reader = new Reader(limitsOf({ maxQueryBytes: 1000 }));
    reader.read(latin1(`*2\r\n$3\r\nGET\r\n$900\r\n${'x'.repeat(900)}`));
    expect(reader.failed).toBe(false);
    reader.read(latin1('x'.repeat(200)));
    expect(reader.outcome).toEqual({ commands: [], failed: true, failure: null });
    expect(reader.parser.bufferedBytes).toBe(0);
    expect(reader.parser.next()).toBe(FAILED);
    reader.read(latin1('PING\r\n'));
    expect(reader.commands).toEqual([]);
  });

  it('limits arguments to proto-max-bulk-len as it stands at the time', () => {
    const limits = limitsOf({ maxBulkBytes: 20 });
    const reader = new Reader(limits);
    reader.read(latin1(encode(['x'.repeat(20)])));
    limits.maxBulkBytes = 30;
    reader.read(latin1(encode(['x'.repeat(30)])));
    reader.read(latin1(encode(['x'.repeat(31)])));
    expect(reader.commands).toEqual([['x'.repeat(20)], ['x'.repeat(30)]]);
    expect(reader.parser.failure?.line).toBe('ERR Protocol error: invalid bulk length');
  });

  it.each([
    ['*11\r\n', 'unauthenticated multibulk length'],
    ['*1\r\n$16385\r\n', 'unauthenticated bulk length'],
  ])('limits unauthenticated clients: %j', (text, message) => {
    expect(readWhole(text).failed).toBe(false);
    expect(readWhole(text, { authenticated: false }).parser.failure?.line).toBe(`ERR Protocol error: ${message}`);
  });

  it('lets unauthenticated clients send up to their limits', () => {
    const words = Array.from({ length: 10 }, () => 'x'.repeat(16384));
    expect(readWhole(encode(words), { authenticated: false }).commands).toEqual([words]);
  });
});
