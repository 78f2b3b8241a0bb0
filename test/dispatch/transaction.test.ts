import { describe, expect, it } from 'vitest';
import { families } from '../../src/commands/index.ts';
import { CommandRegistry } from '../../src/dispatch/registry.ts';
import { Transaction } from '../../src/dispatch/transaction.ts';
import { Args } from '../../src/protocol/args.ts';
import { CommandSession } from '../support/command-session.ts';

const command = new CommandRegistry(families).named('set');

function queue(transaction: Transaction, ...words: readonly string[]): void {
  if (command === undefined) throw new Error('there is no SET');
  const bytes = Buffer.from(words.join(''));
  const args = new Args();
  let at = 0;
  for (const { length } of words) {
    args.push(bytes, at, at + length);
    at += length;
  }
  transaction.queue(command, args);
  // As the read buffer is.
  bytes.fill(0x21);
}

function linesOf({ commands }: Transaction): readonly string[] {
  return commands.map(({ args }) => Array.from({ length: args.count }, (_, i) => args.at(i).toString()).join(' '));
}

describe('Transaction', () => {
  it('keeps copies of all arguments, however many and long', () => {
    const transaction = new Transaction();
    const expected: string[] = [];
    for (let i = 0; i < 200; i++) {
      const words = ['SET', `key:${i}`, 'v'.repeat(i * 7), ...(i % 3 === 0 ? ['EX', '10'] : [])];
      expected.push(words.join(' '));
      queue(transaction, ...words);
    }
    expect(linesOf(transaction)).toEqual(expected);
    expect(transaction.keptBytes).toBe(expected.reduce((sum, line) => sum + line.replaceAll(' ', '').length, 0));
    expect(transaction.isSmall).toBe(false);
  });

  it('can be used again', () => {
    const transaction = new Transaction();
    for (let round = 0; round < 5; round++) {
      const expected: string[] = [];
      for (let i = 0; i < 10 - round; i++) {
        const words = [
          'SET',
          `${round}:${i}`,
          'x'.repeat((round * i * 13) % 200),
          ...(i % 2 === round % 2 ? ['NX'] : []),
        ];
        expected.push(words.join(' '));
        queue(transaction, ...words);
      }
      expect(linesOf(transaction)).toEqual(expected);
      expect(transaction.isSmall).toBe(true);
      transaction.aborted = true;
      transaction.clear();
      expect([linesOf(transaction), transaction.aborted, transaction.keptBytes]).toEqual([[], false, 0]);
    }
  });

  it('begins empty after one that was given up', () => {
    const s = new CommandSession();
    const run = (...lines: readonly string[]): readonly unknown[] => lines.map((line) => s.call(...line.split(' ')));
    run('MULTI', 'SET a 1', 'SET b 2', 'DISCARD');
    expect(run('MULTI', 'GET a', 'EXEC').at(-1)).toEqual([null]);
    s.call('MULTI');
    s.error('NOPE');
    expect(s.error('EXEC')).toContain('EXECABORT');
    expect(run('MULTI', 'SET a x', 'GET a', 'EXEC').at(-1)).toEqual(['OK', 'x']);
  });
});
