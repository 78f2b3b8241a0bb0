import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { luaModulePath } from '../../../src/scripting/lua/lua-module.ts';

test('the module is the one whose layout in memory is known', () => {
  const digest = createHash('sha256').update(readFileSync(luaModulePath())).digest('hex');
  expect(digest).toBe('cba969b97e8a319eba8996b5df488aed5cdd22a56f2de53b42598e474014e610');
});
