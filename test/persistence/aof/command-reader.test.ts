import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMAND, CommandReader, END, TRUNCATED } from '../../../src/persistence/aof/command-reader.ts';
import { MemorySource } from '../rdb/memory-source.ts';

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

/** Everything that is read, and how it ends. */
function readAll(text: string): { commands: string[][]; end: string; reader: CommandReader } {
  const reader = new CommandReader(new MemorySource(new Uint8Array(Buffer.from(text, 'latin1'))));
  const commands: string[][] = [];
  try {
    for (;;) {
      const result = reader.next();
      if (result === END) return { commands, end: 'end', reader };
      if (result === TRUNCATED) return { commands, end: `truncated at ${reader.offset}`, reader };
      expect(result).toBe(COMMAND);
      commands.push(Array.from({ length: reader.args.count }, (_, i) => reader.args.at(i).toLatin1()));
    }
  } catch (error) {
    return { commands, end: (error as Error).message, reader };
  }
}

describe('CommandReader', () => {
  it('reads commands of all sizes, whatever their bytes', () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 50 }),
      fc.integer({ min: 0, max: 700_000 }).map((length) => '\r\n*1$'.repeat(length).slice(0, length)),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 5 }), { maxLength: 8 }), (commands) => {
        const read = readAll(commands.map((words) => command(...words)).join(''));
        expect(read.end).toBe('end');
        expect(read.commands).toEqual(commands);
      }),
      { numRuns: 40 },
    );
  });

  it('tells at every offset where a file is cut that it is, and where the cut command begins', () => {
    const first = command('SET', 'key', 'value');
    const text = `${first}#TS:1234\r\n${command('RPUSH', 'list', 'a', '')}`;
    for (let length = 1; length < text.length; length++) {
      const { commands, end } = readAll(text.slice(0, length));
      const annotated = first.length + '#TS:1234\r\n'.length;
      if (length < first.length) expect(end).toBe('truncated at 0');
      else if (length === first.length || length === annotated) expect(end).toBe('end');
      else expect(end).toBe(`truncated at ${length < annotated ? first.length : annotated}`);
      expect(commands.length).toBe(length < first.length ? 0 : 1);
    }
  });

  it('remembers the time of the last annotation', () => {
    expect(readAll(`#TS:5\r\n${command('A')}#other\r\n#TS:77\n${command('B')}`).reader.timestampSeconds).toBe(77);
  });

  it.each([
    ['!!!', 'a command should begin here at offset 0'],
    ['SET a b\r\n', 'a command should begin here at offset 0'],
    ['*0\r\n', 'a command without a name at offset 0'],
    ['*-1\r\n', 'no number here at offset 0'],
    ['*x\r\n', 'no number here at offset 0'],
    ['*\r\n', 'no number here at offset 0'],
    ['*1\r$1\r\na\r\n', 'no number here at offset 0'],
    ['*1\r\n:1\r\n', 'an argument should begin here at offset 4'],
    ['*1\r\n$1\r\nab\r\n', 'an argument is longer or shorter than its length says at offset 9'],
    ['*1\r\n$3\r\na\r\n*1\r\n', 'an argument is longer or shorter than its length says at offset 11'],
    [`#${'x'.repeat(2000)}`, 'an annotation without an end at offset 0'],
  ])('refuses %j', (text, reason) => {
    expect(readAll(text).end).toBe(`Bad file format: ${reason}`);
  });
});
