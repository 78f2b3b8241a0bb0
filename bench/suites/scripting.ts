/**
 * Scripts: what it costs to run one, to call a command from one, and the scripts that many programs use.
 */
import { createHash } from 'node:crypto';
import type { Measurement } from '../measurement.ts';
import { type Bench, type Suite, withServers } from '../suite.ts';
import { measureThroughput, RUN_SECONDS, type ThroughputTest, throughputMetrics } from '../throughput.ts';

const PIPELINES = [1, 16];
const KEYS = 100_000;
const KEY = 'key:__rand_int__';

interface ScriptTest {
  readonly label: string;
  readonly script: string;
  /** What follows the number of keys. */
  readonly words: readonly string[];
  /** Sent with each command, instead of being loaded before. */
  readonly isSent?: true;
}

export const scriptTests: readonly ScriptTest[] = [
  { label: 'return 1', script: 'return 1', words: ['0'], isSent: true },
  { label: 'one call', script: "return redis.call('get', KEYS[1])", words: ['1', KEY] },
  {
    label: 'rate limiter',
    script: `local count = redis.call('incr', KEYS[1])
if count == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
if count > tonumber(ARGV[2]) then return {0, redis.call('pttl', KEYS[1])} end
return {1, count}`,
    words: ['1', KEY, '60000', '100'],
  },
  {
    label: 'compare and delete',
    script: `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`,
    words: ['1', KEY, 'token'],
  },
  { label: '100 calls', script: "for i = 1, 100 do redis.call('incr', KEYS[1]) end", words: ['1', KEY] },
];

export const scriptingSuite: Suite = {
  name: 'scripting',
  title: 'Scripts',
  about: `As the string commands: \`redis-benchmark\`, 50 clients, both servers in turn, runs of about ${RUN_SECONDS} s, the best of the
rounds; keys are drawn from ${KEYS.toLocaleString('en')}. "return 1" is EVAL, the others are EVALSHA: GET, INCR with an expiry and a limit, GET and
DEL where the value is the caller's, and a hundred times INCR.`,
  metrics: throughputMetrics,
  tests: loads().map(({ name }) => name),

  async run(bench: Bench): Promise<Measurement[]> {
    const tests = loads().filter(({ name }) => bench.selects(name));
    if (tests.length === 0) return [];
    return withServers(bench, async (servers) => {
      for (const { control } of servers.values()) {
        for (const { script } of scriptTests) await control.call('SCRIPT', 'LOAD', script);
      }
      const measurements: Measurement[] = [];
      for (const test of tests) measurements.push(...(await measureThroughput(bench, test, servers)));
      return measurements;
    });
  },
};

function loads(): ThroughputTest[] {
  return scriptTests.flatMap(({ isSent, label, script, words }) =>
    PIPELINES.map((pipeline) => {
      const name = isSent === true ? ['EVAL', script] : ['EVALSHA', createHash('sha1').update(script).digest('hex')];
      return {
        name: `${label} p${pipeline}`,
        load: { command: [...name, ...words], pipeline, valueBytes: 0, keys: KEYS },
      };
    }),
  );
}
