import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Log, legacyLine } from '../../src/program/log.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respd-log-'));
  file = join(folder, 'respd.log');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the log in the layout of Redis', () => {
  it('has process, role, local time, mark and message in a line', () => {
    const date = new Date(2026, 0, 2, 3, 4, 5, 6);
    expect(legacyLine('notice', 'M', 42, date, 'Ready')).toBe('42:M 02 Jan 2026 03:04:05.006 * Ready\n');
    expect(legacyLine('warning', 'S', 42, date, 'a')).toBe('42:S 02 Jan 2026 03:04:05.006 # a\n');
    expect(legacyLine('verbose', 'C', 42, date, 'a')).toBe('42:C 02 Jan 2026 03:04:05.006 - a\n');
    expect(legacyLine('debug', 'C', 42, date, 'a')).toBe('42:C 02 Jan 2026 03:04:05.006 . a\n');
  });

  it('leaves out what is below its level, which may change', async () => {
    const log = await Log.open({ level: 'notice', format: 'legacy', file });
    log.write('verbose', 'one');
    log.write('notice', 'two');
    log.level = 'debug';
    log.write('debug', 'three');
    log.level = 'warning';
    log.write('notice', 'four');
    log.write('warning', 'five');
    expect(messages()).toEqual(['two', 'three', 'five']);
  });

  it('goes on in a new file when the old one is moved away', async () => {
    const log = await Log.open({ level: 'notice', format: 'legacy', file });
    log.write('notice', 'one');
    renameSync(file, `${file}.1`);
    log.write('notice', 'two');
    log.write('notice', 'three');
    expect(messages()).toEqual(['two', 'three']);
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/ \* one\n$/);
  });

  it('loses lines rather than failing where its file cannot be written', async () => {
    const log = await Log.open({ level: 'notice', format: 'legacy', file: join(folder, 'missing', 'respd.log') });
    expect(() => log.write('warning', 'lost')).not.toThrow();
  });

  function messages(): readonly string[] {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.map((line) => line.replace(/^\d+:C \d\d \w{3} \d{4} [\d:.]{12} [.*#-] /, ''));
  }
});

describe('the log of JSON objects', () => {
  it('has one object per message, and no banner', async () => {
    const log = await Log.open({ level: 'notice', format: 'json', file });
    log.write('verbose', 'left out');
    log.raw('a picture\n');
    log.role = 'M';
    log.write('warning', 'two\nlines');
    const { time, ...rest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    expect(rest).toEqual({ level: 'warning', pid: process.pid, role: 'M', msg: 'two\nlines' });
    expect(new Date(String(time)).toISOString()).toBe(time);
  });

  it('may begin and end while the server runs', async () => {
    const log = await Log.open({ level: 'notice', format: 'legacy', file });
    await log.setFormat('json');
    log.write('notice', 'an object');
    await Promise.all([log.setFormat('legacy'), log.setFormat('json'), log.setFormat('legacy')]);
    log.write('notice', 'a line');
    const [first, second] = readFileSync(file, 'utf8').split('\n');
    expect(JSON.parse(first)).toMatchObject({ msg: 'an object' });
    expect(second).toMatch(/ \* a line$/);
  });
});
