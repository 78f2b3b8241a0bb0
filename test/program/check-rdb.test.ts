/** `respd --check-rdb`, and the program's start with a damaged file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ProgramResult, runProgram } from '../clients/program.ts';
import { bytesOf, file, listpack, packed, string } from '../persistence/rdb/file-parts.ts';
import { respdProgram } from '../support/respd-server.ts';

const { command, args: leading } = respdProgram();
const WHOLE = file(
  10,
  bytesOf(0xfa, string('redis-ver'), string('7.0.15')),
  bytesOf(0, string('k\n'), string('v'), 0xfc, 1, 0, 0, 0, 0, 0, 0, 0, 0, string('over'), string('a value')),
  bytesOf(16, string('hash'), packed(listpack('field', 1))),
);

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-check-'));
  path = join(directory, 'dump.rdb');
});

afterEach(() => rmSync(directory, { recursive: true }));

function respd(...args: readonly string[]): Promise<ProgramResult> {
  return runProgram(command, [...leading, ...args]);
}

it('prints what is in a file', async () => {
  writeFileSync(path, WHOLE);
  const { status, stdout } = await respd('--check-rdb', path);
  expect(stdout.split('\n')).toEqual([
    '[offset 0] Checking RDB file dump.rdb',
    '[info] AUX FIELD "redis-ver" = "7.0.15"',
    `[offset ${WHOLE.length}] \\o/ RDB looks OK! \\o/`,
    '[info] 3 keys read',
    '[info] 1 expires',
    '[info] 1 already expired',
    '[types] type                       keys    expires          bytes  largest key',
    '[types] hash, listpack                1          0             24  "hash" (24)',
    '[types] string                        2          1             20  "over" (14)',
    '',
  ]);
  expect(status).toBe(0);
});

it('prints where a file is damaged, and why', async () => {
  writeFileSync(path, WHOLE.subarray(0, -30));
  const { status, stdout } = await respd('--check-rdb', path);
  expect(stdout).toContain(
    `--- RDB ERROR DETECTED ---\n[offset ${WHOLE.length - 31}] 4 bytes can not follow: it ends too early\n`,
  );
  expect(stdout).toContain('The last key that could be read is "over"');
  expect(status).toBe(1);
  const missing = await respd('--check-rdb', join(directory, 'none'));
  expect(missing.stdout).toContain('No such file or directory');
  expect(missing.status).toBe(1);
});

it('starts no server on a damaged file, and says what is wrong', async () => {
  const damaged = WHOLE.subarray(0, -30);
  writeFileSync(path, damaged);
  const { status, stdout } = await respd('--port', '0', '--unixsocket', join(directory, 's'), '--dir', directory);
  expect(stdout).toMatch(
    new RegExp(`Fatal error loading the DB: ${path}: .* at offset ${damaged.length - 1}\\. Exiting\\.\n$`),
  );
  expect(status).toBe(1);
  expect(readFileSync(path).equals(damaged)).toBe(true);
});
