/**
 * Lists, sets, hashes and sorted sets: the tests of redis-benchmark's default set at three pipeline depths, access to
 * collections of a million elements, and bytes per element of large and small ones.
 */
import {
  type CollectionType,
  loadCollection,
  loadSmallCollections,
  type SmallCollection,
} from '../collection-loader.ts';
import { touchKeys } from '../loader.ts';
import { formatFigure, type Measurement } from '../measurement.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import { type Bench, type Suite, withServers } from '../suite.ts';
import {
  measureThroughput,
  RUN_SECONDS,
  type ThroughputTest,
  throughputMetrics,
  WARM_UP_SECONDS,
} from '../throughput.ts';

const VALUE_BYTES = 16;
const RANGE_LIST = 100_000;
const LARGE = 1_000_000;
const SMALL_ELEMENTS = 1_000_000;
/** Scores of the large sorted set, and of members added to it, are drawn from this many. */
const SCORES = 1_000_000_000;

/** A test of one element per command, and the state its runs begin with: nothing, or more than they take away. */
interface ElementTest {
  readonly command: string;
  readonly drains: { readonly type: CollectionType; readonly key: string } | null;
}

const elementTests: readonly ElementTest[] = [
  { command: 'LPUSH', drains: null },
  { command: 'RPUSH', drains: null },
  { command: 'LPOP', drains: { type: 'list', key: 'mylist' } },
  { command: 'RPOP', drains: { type: 'list', key: 'mylist' } },
  { command: 'SADD', drains: null },
  { command: 'HSET', drains: null },
  { command: 'SPOP', drains: { type: 'set', key: 'myset' } },
  { command: 'ZADD', drains: null },
  { command: 'ZPOPMIN', drains: { type: 'zset', key: 'myzset' } },
];
const rangeLengths = [100, 300, 500, 600];

/** Access to the large collections; `words` as redis-benchmark takes them. */
interface AccessTest {
  readonly label: string;
  readonly pipelines: readonly number[];
  words(elements: number): readonly string[];
  /** Where one command takes milliseconds. */
  readonly coldRequests?: number;
}

const largeKey = (type: CollectionType) => `large:${type}`;
const RANDOM = '__rand_int__';

const accessTests: readonly AccessTest[] = [
  { label: 'HGET of 1 M', pipelines: [16, 64], words: () => ['HGET', largeKey('hash'), `element:${RANDOM}`] },
  { label: 'SISMEMBER of 1 M', pipelines: [16, 64], words: () => ['SISMEMBER', largeKey('set'), `element:${RANDOM}`] },
  { label: 'ZSCORE of 1 M', pipelines: [16, 64], words: () => ['ZSCORE', largeKey('zset'), `element:${RANDOM}`] },
  { label: 'ZRANK of 1 M', pipelines: [16, 64], words: () => ['ZRANK', largeKey('zset'), `element:${RANDOM}`] },
  {
    label: 'LINDEX middle of 1 M',
    pipelines: [16, 64],
    words: (elements) => ['LINDEX', largeKey('list'), String(elements / 2)],
    coldRequests: 1000,
  },
  { label: 'ZADD new of 1 M', pipelines: [16, 64], words: () => ['ZADD', largeKey('zset'), RANDOM, `new:${RANDOM}`] },
  {
    label: 'LINSERT middle of 1 M',
    pipelines: [1],
    words: (elements) => {
      const pivot = `item${String(elements / 2).padStart(12, '0')}`;
      return ['LINSERT', largeKey('list'), 'BEFORE', pivot, 'x'.repeat(VALUE_BYTES)];
    },
    coldRequests: 50,
  },
];

const largeTypes: readonly { readonly type: CollectionType; readonly test: string }[] = [
  { type: 'hash', test: 'hash of 1 M' },
  { type: 'set', test: 'set of 1 M' },
  { type: 'zset', test: 'sorted set of 1 M' },
  { type: 'list', test: 'list of 1 M' },
];

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

const smallForms: readonly { readonly test: string; readonly small: SmallCollection }[] = [
  {
    test: 'hashes of 5',
    small: { command: 'HSET', words: numbers(1, 5).flatMap((i) => [`field:${i}`, `value:${i}`]), elements: 5 },
  },
  { test: 'sets of 5', small: { command: 'SADD', words: numbers(1, 5).map((i) => `member:${i}`), elements: 5 } },
  { test: 'sets of 10 integers', small: { command: 'SADD', words: numbers(100_001, 10).map(String), elements: 10 } },
  {
    test: 'sorted sets of 5',
    small: { command: 'ZADD', words: numbers(1, 5).flatMap((i) => [String(i), `member:${i}`]), elements: 5 },
  },
  { test: 'lists of 5', small: { command: 'RPUSH', words: numbers(1, 5).map((i) => `element:${i}`), elements: 5 } },
];

export const collectionsSuite: Suite = {
  name: 'collections',
  title: 'Collections',
  about: `As the string commands: \`redis-benchmark\`, 50 clients, both servers in turn, runs of about ${RUN_SECONDS} s after ${WARM_UP_SECONDS} s to
warm up, the best of the rounds. The first tests are those of redis-benchmark's default set, on one list, set, hash or sorted set; values have
${VALUE_BYTES} bytes, members and fields are drawn from 1 million. What adds begins each run with nothing, what takes away with a
quarter more than it takes; \`LRANGE_n\` reads the first n of 100,000 elements. "Of 1 M" is one collection of a million
elements: random fields and members, the element in the middle of the list, members that are new at random scores;
\`LINSERT\` looks for a pivot in the middle. Where one server is more than three times as fast, its runs are shorter.
The last rows are growth of \`used_memory\`, divided by elements: one collection of a million, or many small ones, keys
included (hash: fields of 7 bytes, values of 7; a million elements in all). Memory is measured once.`,
  metrics: [...throughputMetrics, { id: 'memory', label: 'used_memory per element', unit: 'bytes', better: 'less' }],
  tests: [
    ...elementLoads(LARGE).map((test) => test.name),
    ...rangeLoads().map((test) => test.name),
    ...accessLoads(LARGE).map((test) => test.name),
    ...largeTypes.map(({ test }) => test),
    ...smallForms.map(({ test }) => test),
  ],

  async run(bench: Bench): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const [part, measure] of Object.entries({ elementCommands, largeCollections, smallCollections })) {
      try {
        measurements.push(...(await measure(bench)));
      } catch (error) {
        bench.failed(part, 'respd', error);
      }
    }
    return measurements;
  },
};

/** `keys`: how many members and fields there are to draw from. */
function elementLoads(keys: number): ThroughputTest[] {
  return elementTests.flatMap(({ command, drains }) =>
    [1, 16, 64].map((pipeline) => ({
      name: `${command} p${pipeline}`,
      load: { command: command.toLowerCase(), pipeline, valueBytes: VALUE_BYTES, keys },
      prepare: async (server: ServerProcess, requests: number) => {
        await server.control.flushall();
        if (drains !== null)
          await loadCollection(server.port, drains.type, drains.key, Math.ceil(requests * 1.25), SCORES);
        // Freeing and rehashing are not what is measured.
        await server.idle();
      },
    })),
  );
}

function rangeLoads(): ThroughputTest[] {
  return rangeLengths.flatMap((length) =>
    [1, 16, 64].map((pipeline) => ({
      name: `LRANGE_${length} p${pipeline}`,
      load: { command: ['LRANGE', 'mylist', '0', String(length - 1)], pipeline, valueBytes: VALUE_BYTES, keys: 1 },
      coldRequests: 1000,
    })),
  );
}

function accessLoads(elements: number): ThroughputTest[] {
  return accessTests.flatMap(({ label, pipelines, words, coldRequests }) =>
    pipelines.map((pipeline) => ({
      name: `${label} p${pipeline}`,
      load: {
        command: words(elements),
        pipeline,
        valueBytes: VALUE_BYTES,
        keys: label.startsWith('ZADD') ? SCORES : elements,
      },
      ...(coldRequests !== undefined && { coldRequests }),
    })),
  );
}

function selected(bench: Bench, tests: readonly ThroughputTest[]): ThroughputTest[] {
  return tests.filter((test) => bench.selects(test.name));
}

async function elementCommands(bench: Bench): Promise<Measurement[]> {
  const elements = selected(bench, elementLoads(bench.scaled(LARGE)));
  const ranges = selected(bench, rangeLoads());
  if (elements.length + ranges.length === 0) return [];
  return withServers(bench, async (servers) => {
    const measurements: Measurement[] = [];
    for (const test of elements) measurements.push(...(await measureThroughput(bench, test, servers)));
    if (ranges.length === 0) return measurements;
    for (const server of servers.values()) {
      await server.flush();
      await loadCollection(server.port, 'list', 'mylist', RANGE_LIST, SCORES);
    }
    for (const test of ranges) measurements.push(...(await measureThroughput(bench, test, servers)));
    return measurements;
  });
}

/** Loads the large collections, measuring their memory, and then their access. */
async function largeCollections(bench: Bench): Promise<Measurement[]> {
  const elements = bench.scaled(LARGE);
  const access = selected(bench, accessLoads(elements));
  if (access.length === 0 && !largeTypes.some(({ test }) => bench.selects(test))) return [];
  return withServers(bench, async (servers) => {
    const measurements: Measurement[] = [];
    for (const { type, test } of largeTypes) {
      for (const server of servers.values()) {
        const load = () => loadCollection(server.port, type, largeKey(type), elements, SCORES);
        const growth = await memoryGrowth(server, load);
        if (bench.selects(test)) measurements.push(memoryPerElement(bench, test, server.name, growth / elements));
      }
    }
    for (const test of access) measurements.push(...(await measureThroughput(bench, test, servers)));
    return measurements;
  });
}

async function smallCollections(bench: Bench): Promise<Measurement[]> {
  const forms = smallForms.filter(({ test }) => bench.selects(test));
  if (forms.length === 0) return [];
  return withServers(bench, async (servers) => {
    const measurements: Measurement[] = [];
    for (const { test, small } of forms) {
      const keys = Math.ceil(bench.scaled(SMALL_ELEMENTS) / small.elements);
      for (const server of servers.values()) {
        await server.flush();
        const growth = await memoryGrowth(server, async () => {
          await loadSmallCollections(server.port, small, 'small:', keys);
          // Lookups bring Redis's incremental rehashing to its end.
          await touchKeys(server.port, { keys, prefix: 'small:' });
        });
        measurements.push(memoryPerElement(bench, test, server.name, growth / (keys * small.elements)));
      }
    }
    return measurements;
  });
}

/** Bytes by which `used_memory` grew while `load` ran. */
async function memoryGrowth(server: ServerProcess, load: () => Promise<void>): Promise<number> {
  const before = await server.usedMemoryBytes();
  await load();
  await server.idle();
  return (await server.usedMemoryBytes()) - before;
}

function memoryPerElement(bench: Bench, test: string, subject: ServerName, bytes: number): Measurement {
  bench.live(test, subject, `${formatFigure(bytes)} bytes per element`);
  return { test, metric: 'memory', subject, value: bytes, rounds: [bytes] };
}
