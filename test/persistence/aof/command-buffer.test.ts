import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CommandBuffer } from '../../../src/persistence/aof/command-buffer.ts';
import { Args } from '../../../src/protocol/args.ts';

function textOf(buffer: CommandBuffer): string {
  return buffer
    .take()
    .map(({ bytes, start, end }) => Buffer.from(bytes.subarray(start, end)).toString('latin1'))
    .join('');
}

/** A command as it stands in a file, written the simple way. */
function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

it('writes SELECT at the beginning of a file and where the database changes', () => {
  const buffer = new CommandBuffer();
  buffer.append(0, Args.of('SET', 'a', '1'), 0);
  buffer.append(0, Args.of('SET', 'b', '2'), 0);
  buffer.append(12, Args.of('DEL', 'a'), 0);
  buffer.beginFile();
  buffer.append(12, Args.of('DEL', 'b'), 0);
  expect(textOf(buffer)).toBe(
    command('SELECT', '0') +
      command('SET', 'a', '1') +
      command('SET', 'b', '2') +
      command('SELECT', '12') +
      command('DEL', 'a') +
      command('SELECT', '12') +
      command('DEL', 'b'),
  );
});

it('writes MULTI and EXEC around units of more than one command only', () => {
  const buffer = new CommandBuffer();
  buffer.beginUnit();
  buffer.append(0, Args.of('INCR', 'a'), 0);
  buffer.endUnit();
  buffer.beginUnit();
  buffer.endUnit();
  buffer.beginUnit();
  buffer.append(1, Args.of('INCR', 'b'), 0);
  buffer.beginUnit();
  buffer.append(1, Args.of('INCR', 'c'), 0);
  buffer.endUnit();
  buffer.endUnit();
  const { position } = buffer;
  const text = textOf(buffer);
  expect(text).toBe(
    command('SELECT', '0') +
      command('INCR', 'a') +
      command('SELECT', '1') +
      command('MULTI') +
      command('INCR', 'b') +
      command('INCR', 'c') +
      command('EXEC'),
  );
  expect(position).toBe(text.length);
});

it('keeps a unit until it has ended', () => {
  const buffer = new CommandBuffer();
  buffer.append(0, Args.of('BEFORE'), 0);
  buffer.beginUnit();
  buffer.append(0, Args.of('ONE', 'x'.repeat(40_000)), 0);
  const { position } = buffer;
  const before = command('SELECT', '0') + command('BEFORE');
  expect(position).toBe(before.length);
  expect(textOf(buffer)).toBe(before);
  expect(buffer.isEmpty).toBe(true);
  expect(buffer.take()).toEqual([]);
  buffer.append(0, Args.of('TWO', 'y'.repeat(40_000)), 0);
  expect(buffer.isEmpty).toBe(true);
  buffer.endUnit();
  const unit = command('ONE', 'x'.repeat(40_000)) + command('TWO', 'y'.repeat(40_000));
  expect(buffer.isEmpty).toBe(false);
  expect(buffer.position).toBe((before + command('MULTI') + unit + command('EXEC')).length);
  expect(textOf(buffer)).toBe(command('MULTI') + unit + command('EXEC'));
});

it('annotates each new second', () => {
  const buffer = new CommandBuffer();
  buffer.append(0, Args.of('A'), 100);
  buffer.append(0, Args.of('B'), 100);
  buffer.append(0, Args.of('C'), 101);
  expect(textOf(buffer)).toBe(
    `#TS:100\r\n${command('SELECT', '0')}${command('A')}${command('B')}#TS:101\r\n${command('C')}`,
  );
});

it('keeps its bytes in order and counts them, whatever is taken, put back and dropped in between', () => {
  const word = fc.integer({ min: 0, max: 40_000 }).map((length) => 'x'.repeat(length));
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('append' as const), words: fc.array(word, { maxLength: 4 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('unit' as const), count: fc.nat(3), takenBefore: fc.nat(4) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const buffer = new CommandBuffer();
      let expected = command('SELECT', '0');
      let written = '';
      buffer.append(0, Args.of('FIRST'), 0);
      expected += command('FIRST');
      for (const each of steps) {
        if (each.kind === 'append') {
          buffer.append(0, Args.of('CMD', ...each.words), 0);
          expected += command('CMD', ...each.words);
        } else if (each.kind === 'unit') {
          buffer.beginUnit();
          for (let i = 0; i < each.count; i++) {
            if (i === each.takenBefore) buffer.putBack(buffer.take());
            buffer.append(0, Args.of('UNIT', String(i)), 0);
          }
          if (each.count === each.takenBefore) buffer.putBack(buffer.take());
          buffer.endUnit();
          const commands = Array.from({ length: each.count }, (_, i) => command('UNIT', String(i))).join('');
          expected += each.count > 1 ? command('MULTI') + commands + command('EXEC') : commands;
        } else {
          const chunks = buffer.take();
          if (each.kind === 'fail' || chunks.length === 0) buffer.putBack(chunks);
          else {
            const [first] = chunks;
            written += Buffer.from(first.bytes.subarray(first.start, first.end)).toString('latin1');
            buffer.putBack(chunks.slice(1));
            buffer.recycle(first);
          }
        }
        expect(buffer.position).toBe(expected.length);
        expect(buffer.pendingBytes).toBe(expected.length - written.length);
      }
      expect(written + textOf(buffer) === expected).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('forgets what lies before a position', () => {
  const buffer = new CommandBuffer();
  buffer.append(0, Args.of('A'), 0);
  const { position } = buffer;
  buffer.append(0, Args.of('B', 'y'.repeat(70_000)), 0);
  buffer.dropThrough(position);
  expect(textOf(buffer)).toBe(command('B', 'y'.repeat(70_000)));
});
