/** Commands that make values of every type, in every encoding that a server's limits lead to. */
import type { Command } from '../../support/resp-client.ts';

/** Bytes that do not compress. */
export function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i + length, 0x9e3779b1) >>> 11) & 0xff);
}

/** `deadlineMs` is given to some of the keys. */
export function everyEncoding(deadlineMs: number): Command[] {
  const commands: Command[] = [];
  const add = (...command: Command): void => {
    commands.push(command);
  };
  for (const value of ['', '0', '-1', '127', '128', '-32769', '2147483648', '9007199254740993', '3.25', '007']) {
    add('SET', `string:${value}`, value);
  }
  for (const length of [20, 44, 512, 513, 30_000, 300_000]) {
    add('SET', `text:${length}`, 'some text '.repeat(length / 10 + 1).slice(0, length));
    add('SET', `noise:${length}`, noise(length));
  }
  add('SET', noise(2000), 'a long key');
  for (const count of [1, 5, 128, 129, 1500]) {
    const numbers = Array.from({ length: count }, (_, i) => i);
    add('HSET', `hash:${count}`, ...numbers.flatMap((i) => [`field:${i}`, i % 2 === 0 ? i * i * 1000 : `value ${i}`]));
    add('SADD', `set:${count}`, ...numbers.map((i) => `member:${i}`));
    for (const factor of [1, 1000, 10 ** 8, 10 ** 12]) {
      add('SADD', `integers:${count}:${factor}`, ...numbers.map((i) => (i - 60) * factor));
    }
    add('ZADD', `zset:${count}`, ...numbers.flatMap((i) => [i / 7 - 100, i % 3 === 0 ? i : `member:${i}`]));
    add('ZADD', `ties:${count}`, ...numbers.flatMap((i) => [1, `member:${i}`]));
    add('RPUSH', `list:${count}`, ...numbers.map((i) => (i % 3 === 0 ? i * i - 5000 : `element ${i}`)));
  }
  add('HSET', 'hash:long', 'field', 'v'.repeat(65), 'other', noise(600), 'third', noise(50_000), noise(1100), '1');
  add('SADD', 'set:long', 'a', '1', noise(70), noise(40_000));
  add('SADD', 'set:big integers', '9223372036854775807', '-9223372036854775808', '0');
  add('ZADD', 'zset:scores', 'inf', 'a', '-inf', 'b', '-0', 'c', '1e300', 'd', '0.1', 'e', '3', noise(100));
  add('ZADD', 'zset:small', 'inf', 'a', '-inf', 'b', '17', 'c', '0.1', 'd', '-0', 'e', '9007199254740994', '-12');
  add('RPUSH', 'list:long', noise(20_000), 'short', noise(8000), '5', noise(100_000), noise(9000));
  for (const key of ['hash:5', 'list:5', 'zset:129', 'string:0', 'noise:300000']) add('PEXPIREAT', key, deadlineMs);
  return commands;
}

/** Limits, as directives, that lead to different encodings. */
export const LIMITS: readonly (readonly [name: string, config: Readonly<Record<string, string>>])[] = [
  ['the usual limits', {}],
  [
    'limits that make everything large',
    {
      'hash-max-listpack-entries': '0',
      'zset-max-listpack-entries': '0',
      'set-max-intset-entries': '0',
      'list-max-listpack-size': '1',
    },
  ],
  [
    'limits that keep more small',
    {
      'hash-max-listpack-entries': '5000',
      'hash-max-listpack-value': '100000',
      'zset-max-listpack-entries': '5000',
      'zset-max-listpack-value': '100000',
      'set-max-intset-entries': '5000',
      'list-max-listpack-size': '-5',
    },
  ],
];
