import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expandPathPattern, isPathPattern } from '../../src/config/path-glob.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-glob-'));
  for (const name of ['a', 'b', '.dot']) {
    mkdirSync(join(directory, name));
    for (const file of ['1.conf', '2.conf', 'x].conf', '.h.conf', 'a+b.conf']) {
      writeFileSync(join(directory, name, file), '');
    }
  }
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('expandPathPattern', () => {
  it.each([
    ['a/?.conf', ['a/1.conf', 'a/2.conf']],
    ['*/1.conf', ['a/1.conf', 'b/1.conf']],
    ['.*/1.conf', ['.dot/1.conf']],
    ['./[ab]/[!1].conf', ['a/2.conf', 'b/2.conf']],
    ['a/[0-1].conf', ['a/1.conf']],
    ['a/x[]].conf', ['a/x].conf']],
    ['a/*+*', ['a/a+b.conf']],
    ['a/[.conf', []],
    ['a/.*.conf', ['a/.h.conf']],
    ['a/\\*', []],
    ['none/*', []],
    ['a/*/x', []],
  ])('finds the paths of %s', (pattern, paths) => {
    expect(expandPathPattern(pattern, directory).map((path) => relative(directory, path))).toEqual(paths);
  });

  it('takes absolute patterns', () => {
    expect(expandPathPattern(join(directory, 'a', '2*'), '/')).toEqual([join(directory, 'a', '2.conf')]);
    expect(isPathPattern('/a/b.conf')).toBe(false);
  });
});
