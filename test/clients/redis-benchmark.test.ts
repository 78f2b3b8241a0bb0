import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, versionOf } from '../support/redis-tools.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';
import { runProgram } from './program.ts';

describe.skipIf(!hasRedis || versionOf('redis-benchmark') === null)('redis-benchmark', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startSubject({ tcp: true });
  });
  afterAll(() => server?.stop());

  it.each([
    ['one at a time', []],
    ['in pipelines', ['-P', '16']],
    ['with random keys and long values', ['-r', '1000', '-d', '1024']],
  ])('runs its usual tests %s', async (_, extra) => {
    const args = ['-p', String(server.port), '-t', 'set,get,incr,mset', '-n', '2000', '-q', ...extra];
    const { status, stdout, stderr } = await runProgram('redis-benchmark', args);
    expect(stderr).not.toMatch(/error/i);
    expect(status).toBe(0);
    const finished = [...stdout.matchAll(/^(?:.*\r)?(\w+)[^\r\n]*: [\d.]+ requests per second/gm)].map(
      ([, name]) => name,
    );
    expect(finished).toEqual(['SET', 'GET', 'INCR', 'MSET']);
  });
});
