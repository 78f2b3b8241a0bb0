/**
 * MEMORY: what takes how much.
 */
import type { CommandSpec } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { type MemoryReport, ratio } from '../../dispatch/memory-monitor.ts';
import type { ScriptMemory } from '../../dispatch/script-service.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { keyBytes } from '../../keyspace/memory-usage.ts';
import { formatBytes } from '../../lib/memory-size.ts';
import { errors } from '../../protocol/errors.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';
import { memoryAdvice } from './memory-doctor.ts';

/** Elements of large collections that MEMORY USAGE looks at. */
const DEFAULT_SAMPLES = 5;
/** More tell nothing more. */
const MAX_SAMPLES = 10_000;

const SPECIAL: readonly string[] = ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'];

/** What the subcommands that report have in common. */
const reporting = {
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: [],
  tips: SPECIAL,
} satisfies Partial<CommandSpec>;

const doctor = defineCommand({
  ...reporting,
  name: 'doctor',
  summary: 'Returns an analysis of memory problems for people.',
  run({ reply, server }) {
    reply.verbatim('txt', memoryAdvice(server.memory.report(), server.clients.size));
  },
});

const mallocStats = defineCommand({
  ...reporting,
  name: 'malloc-stats',
  summary: "Returns the allocator's own statistics.",
  run({ keyspace, reply }) {
    const { heap } = keyspace;
    const lines: readonly (readonly [name: string, bytes: number])[] = [
      ['Blocks in use', heap.usedBytes],
      ['Blocks that only snapshots see', heap.snapshotBytes],
      ['Blocks copied while snapshots were alive', heap.copiedBytes],
      ['Slabs that hold blocks', heap.slabBytes],
      ['Segments reserved', heap.reservedBytes],
    ];
    let text = '___ Begin respd allocator statistics ___\n';
    for (const [name, bytes] of lines) text += `${name}: ${bytes} (${formatBytes(bytes)})\n`;
    text += `Snapshots alive: ${heap.snapshotCount}\n--- End respd allocator statistics ---\n`;
    reply.verbatim('txt', text);
  },
});

const purge = defineCommand({
  name: 'purge',
  summary: 'Gives memory that is only kept for reuse back to the system.',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on how much memory is allocated, could be slow',
  syntax: '',
  arity: 2,
  flags: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  run({ keyspace, reply }) {
    keyspace.heap.trim();
    reply.ok();
  },
});

const stats = defineCommand({
  ...reporting,
  name: 'stats',
  summary: 'Returns what memory is used for.',
  run({ reply, server }) {
    writeStats(reply, server.memory.report(), server.scripts.memory);
  },
});

function writeStats(reply: ReplyWriter, report: MemoryReport, scripts: ScriptMemory): void {
  const { used, startup, resident, allocated, active, reserved, tables } = report;
  const net = Math.max(1, used - startup);
  const integers = (fields: readonly (readonly [name: string, value: number])[]): void => {
    for (const [name, value] of fields) {
      reply.text(name);
      reply.integer(Math.trunc(value));
    }
  };
  const doubles = (fields: readonly (readonly [name: string, value: number])[]): void => {
    for (const [name, value] of fields) {
      reply.text(name);
      reply.double(value);
    }
  };
  reply.map(27 + tables.length);
  integers([
    ['peak.allocated', report.peak],
    ['total.allocated', used],
    ['startup.allocated', startup],
    ['replication.backlog', 0],
    ['clients.slaves', report.replicaClients],
    ['clients.normal', report.normalClients],
    ['cluster.links', 0],
    ['aof.buffer', 0],
    ['lua.caches', scripts.scriptBytes],
    ['functions.caches', scripts.libraryBytes],
  ]);
  for (const { database, bytes } of tables) {
    reply.text(`db.${database}`);
    reply.map(3);
    integers([
      ['overhead.hashtable.main', bytes],
      // Deadlines lie in the keys' entries, and there are no cluster slots.
      ['overhead.hashtable.expires', 0],
      ['overhead.hashtable.slot-to-keys', 0],
    ]);
  }
  integers([
    ['overhead.total', report.overhead],
    ['keys.count', report.keys],
    ['keys.bytes-per-key', report.keys === 0 ? 0 : net / report.keys],
    ['dataset.bytes', report.dataset],
  ]);
  doubles([
    ['dataset.percentage', (report.dataset * 100) / net],
    ['peak.percentage', ratio(used, report.peak) * 100],
  ]);
  integers([
    ['allocator.allocated', allocated],
    ['allocator.active', active],
    ['allocator.resident', reserved],
  ]);
  const ratios = [
    ['allocator-fragmentation', active, allocated],
    ['allocator-rss', reserved, active],
    ['rss-overhead', resident, reserved],
  ] as const;
  for (const [name, more, less] of ratios) {
    doubles([[`${name}.ratio`, ratio(more, less)]]);
    integers([[`${name}.bytes`, more - less]]);
  }
  doubles([['fragmentation', ratio(resident, used)]]);
  integers([['fragmentation.bytes', resident - used]]);
}

const usage = defineCommand({
  name: 'usage',
  summary: 'Returns how many bytes a key and its value take.',
  since: '4.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of samples.',
  syntax: 'key [SAMPLES count]',
  arity: -3,
  flags: ['readonly'],
  keys: [{ flags: ['RO'], search: { index: 2 }, find: { last: 0, step: 1, limit: 0 } }],
  run(context) {
    const { args, database, keyspace, reply } = context;
    let samples = DEFAULT_SAMPLES;
    for (let i = 3; i < args.count; i += 2) {
      if (!args.at(i).equalsIgnoreCase('samples') || i + 1 === args.count) throw errors.syntax;
      samples = Number(context.integer(i + 1));
      if (samples < 0) throw errors.syntax;
    }
    const entry = database.find(args.at(2));
    if (entry === NULL) reply.null();
    else reply.integer(keyBytes(keyspace, entry, Math.min(samples, MAX_SAMPLES)));
  },
});

const help = helpCommand({ since: '4.0.0', group: 'server' }, [
  'DOCTOR',
  '    Show an analysis of memory problems.',
  'MALLOC-STATS',
  "    Show the allocator's own statistics.",
  'PURGE',
  '    Give memory that is only kept for reuse back to the system.',
  'STATS',
  '    Show what memory is used for.',
  'USAGE <key> [SAMPLES <count>]',
  '    Show how many bytes a key and its value take. Of large collections that many',
  '    elements are looked at (5 by default; 0 for all).',
]);

export const memory = defineCommand({
  name: 'memory',
  summary: 'A container for commands about memory.',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [doctor, mallocStats, purge, stats, usage, help],
});
