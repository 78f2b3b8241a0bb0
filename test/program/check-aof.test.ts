/** `respd --check-aof` */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ProgramResult, runProgram } from '../clients/program.ts';
import { bytesOf, file, string } from '../persistence/rdb/file-parts.ts';
import { respdProgram } from '../support/respd-server.ts';

const { command, args: leading } = respdProgram();
const SNAPSHOT = file(10, bytesOf(0, string('k'), string('v')));
const INCR = '*1\r\n$4\r\nINCR\r\n'.replace('*1', '*2').replace('INCR\r\n', 'INCR\r\n$1\r\na\r\n');

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-check-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

function putManifest(): string {
  put('a.1.base.rdb', SNAPSHOT);
  return put(
    'a.manifest',
    'file a.1.base.rdb seq 1 type b\nfile a.1.incr.aof seq 1 type i\nfile a.2.incr.aof seq 2 type i\n',
  );
}

function check(...args: readonly string[]): Promise<ProgramResult> {
  return runProgram(command, [...leading, '--check-aof', ...args]);
}

it('finds all files of a manifest valid', async () => {
  put('a.1.incr.aof', INCR);
  put('a.2.incr.aof', '');
  const { status, stdout } = await check(putManifest());
  expect(stdout.split('\n')).toEqual([
    'Start checking Multi Part AOF',
    'Start to check BASE AOF (RDB format).',
    'RDB preamble is OK, proceeding with AOF tail...',
    `AOF analyzed: filename=a.1.base.rdb, size=${SNAPSHOT.length}, ok_up_to=${SNAPSHOT.length}, diff=0`,
    'BASE AOF a.1.base.rdb is valid',
    'Start to check INCR files.',
    `AOF analyzed: filename=a.1.incr.aof, size=${INCR.length}, ok_up_to=${INCR.length}, diff=0`,
    'INCR AOF a.1.incr.aof is valid',
    'INCR AOF a.2.incr.aof is empty',
    'All AOF files and manifest are valid',
    '',
  ]);
  expect(status).toBe(0);
});

it('says what is wrong and where, and cuts it off the last file', async () => {
  put('a.1.incr.aof', INCR);
  const last = put('a.2.incr.aof', `${INCR}*1\r\n$5\r\nMULTI\r\n${INCR}*2\r\n$4\r\nIN`);
  const manifest = putManifest();
  const found = await check(manifest);
  expect(found.status).toBe(1);
  expect(found.stdout).toContain('AOF a.2.incr.aof is not valid. Use the --fix option to try fixing it.');
  const fixed = await runProgram(command, [...leading, '--check-aof', '--fix', manifest], { input: 'y\n' });
  expect(fixed.stdout).toContain('Successfully truncated AOF a.2.incr.aof');
  expect(fixed.status).toBe(0);
  expect(readFileSync(last, 'latin1')).toBe(INCR);
  expect(readdirSync(directory).some((name) => name.startsWith('a.2.incr.aof.before-fix.'))).toBe(true);
});

it('does not cut a file that others follow', async () => {
  const first = put('a.1.incr.aof', `${INCR}!!!`);
  put('a.2.incr.aof', INCR);
  const { status, stdout } = await check('--fix', putManifest());
  expect(stdout).toContain('Failed to truncate AOF a.1.incr.aof because it is not the last file');
  expect(status).toBe(1);
  expect(readFileSync(first, 'latin1')).toBe(`${INCR}!!!`);
});

it('goes back to a moment', async () => {
  const path = put('single.aof', `#TS:100\r\n${INCR}#TS:200\r\n${INCR}#TS:300\r\n${INCR}`);
  const { status, stdout } = await check('--truncate-to-timestamp', '250', path);
  expect(stdout).toContain('Successfully truncated AOF single.aof to timestamp 250');
  expect(status).toBe(0);
  expect(readFileSync(path, 'latin1')).toBe(`#TS:100\r\n${INCR}#TS:200\r\n${INCR}`);
});

it('explains itself', async () => {
  const { status, stdout } = await check();
  expect(stdout).toContain('Usage: respd --check-aof');
  expect(status).toBe(1);
});
