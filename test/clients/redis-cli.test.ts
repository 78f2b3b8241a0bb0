import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis } from '../support/redis-tools.ts';
import { encodeCommand, type RespClient } from '../support/resp-client.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { startSubject } from '../support/subject.ts';
import { type ProgramOptions, type ProgramResult, runProgram } from './program.ts';

describe.skipIf(!hasRedis)('redis-cli', () => {
  let server: ServerProcess;
  let client: RespClient;

  beforeAll(async () => {
    server = await startSubject({ tcp: true });
    client = await server.connect();
  });
  afterAll(() => server?.stop());
  beforeEach(() => client.call('FLUSHALL'));

  function cli(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
    return runProgram('redis-cli', ['-p', String(server.port), ...args], options);
  }

  async function answer(...args: string[]): Promise<string> {
    const { status, stdout } = await cli(args);
    expect(status).toBe(0);
    return stdout;
  }

  it('runs single commands', async () => {
    expect(await answer('SET', 'greeting', 'hello world')).toBe('OK\n');
    expect(await answer('GET', 'greeting')).toBe('hello world\n');
    expect(await answer('--no-raw', 'GET', 'greeting')).toBe('"hello world"\n');
    expect(await answer('--no-raw', 'INCR', 'n')).toBe('(integer) 1\n');
    expect(await answer('--no-raw', 'GET', 'missing')).toBe('(nil)\n');
    expect(await answer('LPUSH', 'list', 'a', 'b', 'c')).toBe('3\n');
    expect(await answer('--no-raw', 'LRANGE', 'list', '0', '-1')).toBe('1) "c"\n2) "b"\n3) "a"\n');
    expect(await answer('--no-raw', 'HGET', 'list', 'f')).toMatch(/^\(error\) WRONGTYPE /);
  });

  it('connects through the Unix socket, repeats, and reads the last argument from its input', async () => {
    const repeated = await runProgram('redis-cli', ['-s', server.socketPath, '-r', '5', 'INCR', 'n']);
    expect(repeated.stdout).toBe('1\n2\n3\n4\n5\n');
    const { stdout } = await cli(['-x', 'SET', 'binary'], { input: Buffer.from([0, 255, 13, 10, 36]) });
    expect(stdout).toBe('OK\n');
    expect((await client.raw('GET', 'binary')).toString('latin1')).toBe('$5\r\n\0\xff\r\n$\r\n');
  });

  it('exits with an error status when told to', async () => {
    const { status } = await cli(['-e', 'SET', 'k']);
    expect(status).not.toBe(0);
  });

  it('selects databases with -n', async () => {
    expect(await answer('-n', '3', 'SET', 'k', 'v')).toBe('OK\n');
    expect(await answer('-n', '3', 'DBSIZE')).toBe('1\n');
    expect(await answer('DBSIZE')).toBe('0\n');
  });

  it('loads in bulk with --pipe', async () => {
    const count = 5000;
    const input = Buffer.concat(
      Array.from({ length: count }, (_, i) => encodeCommand(['SET', `key:${i}`, `value ${i}`])),
    );
    const { status, stdout } = await cli(['--pipe'], { input });
    expect(stdout).toMatch(`errors: 0, replies: ${count}`);
    expect(status).toBe(0);
    expect(await client.call('DBSIZE')).toBe(count);
    expect(await client.call('GET', 'key:4321')).toBe('value 4321');
  });

  it('counts errors of --pipe', async () => {
    const input = Buffer.concat([encodeCommand(['SET', 'k', 'v']), encodeCommand(['LPUSH', 'k', 'v'])]);
    const { stdout, stderr } = await cli(['--pipe'], { input });
    expect(stdout + stderr).toMatch('errors: 1, replies: 2');
  });

  it('finds big keys', async () => {
    await client.send([
      ['SET', 'string', 'x'.repeat(3000)],
      ['RPUSH', 'list', ...Array.from({ length: 77 }, (_, i) => i)],
      ['SADD', 'set', 'a', 'b'],
      ['HSET', 'hash', 'f', 'v'],
      ['ZADD', 'zset', '1', 'a', '2', 'b', '3', 'c'],
    ]);
    const { status, stdout } = await cli(['--bigkeys']);
    expect(status).toBe(0);
    expect(stdout).toMatch('Sampled 5 keys in the keyspace!');
    expect(stdout).toMatch(/Biggest string found .*string.* has 3000 bytes/);
    expect(stdout).toMatch(/Biggest +list found .*list.* has 77 items/);
    expect(stdout).toMatch(/Biggest +zset found .*zset.* has 3 members/);
  });

  it('scans by pattern', async () => {
    await client.send(Array.from({ length: 300 }, (_, i) => ['SET', i % 2 === 0 ? `even:${i}` : `odd:${i}`, 'v']));
    const found = (await answer('--scan', '--pattern', 'even:*')).trim().split('\n');
    expect(found.sort()).toEqual(Array.from({ length: 150 }, (_, i) => `even:${2 * i}`).sort());
  });

  it('measures latency', async () => {
    const { stdout } = await cli(['--raw', '--latency', '-i', '1']);
    const [min, max, average, samples] = stdout.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
    expect(samples).toBeGreaterThan(5);
    expect(average).toBeGreaterThanOrEqual(min);
    expect(average).toBeLessThanOrEqual(max);
  });

  it('shows statistics', async () => {
    await client.call('SET', 'k', 'v');
    const lines = (text: string): readonly string[] => text.split('\n').filter((line) => /^\d/.test(line));
    const { stdout } = await cli(['--stat', '-i', '0.01'], { until: (text) => lines(text).length >= 2 });
    for (const line of lines(stdout).slice(0, 2)) {
      // keys, memory, clients, blocked, requests
      expect(line).toMatch(/^1 +[\d.]+[KMG] +\d+ +0 +\d+ \(\+\d+\)/);
    }
  });

  it('reads commands from its input', async () => {
    const input = 'SET quoted "a \\x41 \\"b\\""\nGET quoted\nMULTI\nINCR n\nINCR n\nEXEC\nNOSUCH thing\n';
    const { stdout } = await cli(['--no-raw'], { input });
    expect(stdout.split('\n').filter((line) => line !== '')).toEqual([
      'OK',
      '"a A \\"b\\""',
      'OK',
      'QUEUED',
      'QUEUED',
      '1) (integer) 1',
      '2) (integer) 2',
      "(error) ERR unknown command 'NOSUCH', with args beginning with: 'thing' ",
    ]);
  });

  it('speaks RESP3 after HELLO 3 and with -3', async () => {
    await client.send([
      ['HSET', 'hash', 'f', 'v'],
      ['ZADD', 'zset', '1.5', 'm'],
    ]);
    const input = 'HELLO 3\nHGETALL hash\nZSCORE zset m\n';
    const interactive = await cli(['--no-raw'], { input });
    expect(interactive.stdout).toMatch(/# "proto" => \(integer\) 3\n/);
    expect(interactive.stdout).toMatch('1# "f" => "v"\n');
    expect(interactive.stdout).toMatch('(double) 1.5\n');
    expect(await answer('-3', '--no-raw', 'HGETALL', 'hash')).toBe('1# "f" => "v"\n');
    expect(await answer('-3', '--no-raw', 'ZSCORE', 'zset', 'm')).toBe('(double) 1.5\n');
    expect(await answer('-3', '--no-raw', 'GET', 'missing')).toBe('(nil)\n');
  });

  it('prints INFO', async () => {
    expect(await answer('INFO', 'server')).toMatch(/^# Server\r?\nredis_version:\d+\.\d+\.\d+/);
  });
});
