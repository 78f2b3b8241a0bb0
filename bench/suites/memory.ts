/** Bytes per key: what the server accounts for and what the system sees, at sizes where tables are at their worst. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type KeySet, loadKeys, overwriteKeys, touchKeys } from '../loader.ts';
import { formatFigure, type Measurement } from '../measurement.ts';
import type { ServerName, ServerProcess } from '../server-process.ts';
import type { Bench, Suite } from '../suite.ts';

const VALUE_BYTES = 16;
const LONGEST_BYTES = 200;

/** Just below, just above and far from the counts at which a table of powers of two doubles. */
const counts = [
  { label: '1 M', keys: 1_000_000 },
  { label: '1.4 M', keys: 1_400_000 },
  { label: '2 M', keys: 2_000_000 },
  { label: '5 M', keys: 5_000_000 },
];

const loadedTest = (label: string) => `${label} keys`;
const overwrittenTest = (label: string) => `${label} keys overwritten`;

interface Usage {
  readonly usedBytes: number;
  readonly residentBytes: number;
}

export const memorySuite: Suite = {
  name: 'memory',
  title: 'Memory per key',
  about: `Keys and values of ${VALUE_BYTES} bytes (32 bytes of payload) are loaded into a server just started, then every key is read
once, which also ends Redis's incremental rehashing. \`used_memory\` is the server's own account, RSS the resident set of
the process; both as growth since the start, divided by keys. "Overwritten" is the same server after all values were
replaced once, in scattered order, by values of 1 to ${LONGEST_BYTES} bytes (117 bytes of payload on average). One round.`,
  metrics: [
    { id: 'used', label: 'used_memory per key', unit: 'bytes', better: 'less' },
    { id: 'resident', label: 'RSS per key', unit: 'bytes', better: 'less' },
  ],
  tests: counts.flatMap(({ label }) => [loadedTest(label), overwrittenTest(label)]),

  async run(bench: Bench): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const { label, keys } of counts) {
      if (!bench.selects(loadedTest(label)) && !bench.selects(overwrittenTest(label))) continue;
      for (const name of bench.servers) {
        const set: KeySet = { keys: bench.scaled(keys), prefix: 'key:' };
        measurements.push(...(await measure(bench, name, label, set)));
      }
    }
    return measurements;
  },
};

async function measure(bench: Bench, name: ServerName, label: string, set: KeySet): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const server = await bench.start(name);
  try {
    const empty = await usage(server);
    const record = async (test: string): Promise<void> => {
      await touchKeys(server.port, set);
      const full = await usage(server);
      const used = (full.usedBytes - empty.usedBytes) / set.keys;
      const resident = (full.residentBytes - empty.residentBytes) / set.keys;
      bench.live(test, name, `${formatFigure(used)} bytes used, ${formatFigure(resident)} bytes resident per key`);
      measurements.push(
        { test, metric: 'used', subject: name, value: used, rounds: [used] },
        { test, metric: 'resident', subject: name, value: resident, rounds: [resident] },
      );
    };
    await bench.measured(name, () => loadKeys(server.port, set, VALUE_BYTES));
    await record(loadedTest(label));
    if (bench.selects(overwrittenTest(label))) {
      await bench.measured(name, () => overwriteKeys(server.port, set, LONGEST_BYTES));
      await record(overwrittenTest(label));
    }
  } finally {
    await server.stop();
  }
  return measurements;
}

async function usage(server: ServerProcess): Promise<Usage> {
  await server.idle();
  // Time for allocators that give pages back from a timer.
  await sleep(1000);
  return { usedBytes: await server.usedMemoryBytes(), residentBytes: server.residentBytes() };
}
