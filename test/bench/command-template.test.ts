import { expect, test } from 'vitest';
import { commandTemplate } from '../../bench/command-template.ts';

test('fills each place with its number in twelve digits and leaves the rest alone', () => {
  const template = commandTemplate(['ZADD', 'key:%', '%', 'a%b%', 'x'], (index, place) => index * 10 + place);
  const target = new Uint8Array(template.commandBytes * 2);
  expect(template.encode(target, 0, 7)).toBe(template.commandBytes);
  expect(template.encode(target, template.commandBytes, 123_456_789_01)).toBe(target.length);
  const command = (tens: string) =>
    [
      '*5\r\n$4\r\nZADD\r\n',
      `$16\r\nkey:${tens}0\r\n`,
      `$12\r\n${tens}1\r\n`,
      `$26\r\na${tens}2b${tens}3\r\n`,
      '$1\r\nx\r\n',
    ].join('');
  expect(Buffer.from(target).toString('latin1')).toBe(command('00000000007') + command('12345678901'));
});
