/**
 * LATENCY: what held clients up, and how long commands take.
 */
import type { CommandSpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import type { Command } from '../../dispatch/registry.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { quotedText } from '../../protocol/reply-text.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';
import { latencyReport } from './latency-doctor.ts';
import { latencyGraph } from './latency-graph.ts';

const FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const;
const SPECIAL: readonly string[] = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'];

/** What the subcommands that report on all events have in common. */
const reporting = {
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: FLAGS,
  tips: SPECIAL,
} satisfies Partial<CommandSpec>;

const doctor = defineCommand({
  ...reporting,
  name: 'doctor',
  summary: 'Returns an analysis of latency for people.',
  run({ reply, server }) {
    reply.verbatim('txt', latencyReport(server));
  },
});

const graph = defineCommand({
  name: 'graph',
  summary: 'Returns a graph of the latency of an event.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  syntax: 'event',
  arity: 3,
  flags: FLAGS,
  tips: SPECIAL,
  run({ args, reply, server }) {
    const name = args.at(2).toString();
    const event = server.latency.events.get(name);
    if (event === undefined) {
      throw new ReplyError(`ERR No samples available for event '${quotedText(args.at(2))}'`);
    }
    reply.verbatim('txt', latencyGraph(name, event, Math.floor(server.clock.nowMs() / 1000)));
  },
});

const history = defineCommand({
  name: 'history',
  summary: 'Returns the samples of an event: Unix seconds and milliseconds of latency.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  syntax: 'event',
  arity: 3,
  flags: FLAGS,
  tips: SPECIAL,
  run({ args, reply, server }) {
    const samples = server.latency.events.get(args.at(2).toString())?.samples ?? [];
    reply.array(samples.length);
    for (const { atSeconds, milliseconds } of samples) {
      reply.array(2);
      reply.integer(atSeconds);
      reply.integer(milliseconds);
    }
  },
});

const latest = defineCommand({
  ...reporting,
  name: 'latest',
  summary: 'Returns the latest sample of every event.',
  run({ reply, server }) {
    const { events } = server.latency;
    reply.array(events.size);
    for (const [name, { samples, maxMilliseconds }] of events) {
      const last = samples[samples.length - 1];
      reply.array(4);
      reply.text(name);
      reply.integer(last.atSeconds);
      reply.integer(last.milliseconds);
      reply.integer(maxMilliseconds);
    }
  },
});

const reset = defineCommand({
  name: 'reset',
  summary: 'Forgets the samples of the given events, or of all.',
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
  syntax: '[event [event ...]]',
  arity: -2,
  flags: FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run({ args, reply, server }) {
    const names: string[] = [];
    for (let i = 2; i < args.count; i++) names.push(args.at(i).toString());
    reply.integer(server.latency.reset(names));
  },
});

const histogram = defineCommand({
  name: 'histogram',
  summary: 'Returns how long the calls of the given commands, or of all, have taken.',
  since: '7.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of commands',
  syntax: '[command [command ...]]',
  arity: -2,
  flags: FLAGS,
  tips: SPECIAL,
  run(context) {
    const commands = askedCommands(context)
      .flatMap((command) => [command, ...command.subcommands.values()])
      .filter(({ latency }) => latency.count > 0);
    context.reply.map(commands.length);
    for (const command of commands) writeHistogram(context.reply, command);
  },
});

function askedCommands({ args, server }: CommandContext): readonly Command[] {
  if (args.count === 2) return [...server.registry.all()];
  const commands: Command[] = [];
  for (let i = 2; i < args.count; i++) {
    const command = server.registry.named(args.at(i).toLatin1().toLowerCase());
    if (command !== undefined) commands.push(command);
  }
  return commands;
}

function writeHistogram(reply: ReplyWriter, { fullName, latency }: Command): void {
  const rows = latency.cumulative();
  reply.text(fullName);
  reply.map(2);
  reply.text('calls');
  reply.integer(latency.count);
  reply.text('histogram_usec');
  reply.map(rows.length);
  for (const [microseconds, count] of rows) {
    reply.integer(microseconds);
    reply.integer(count);
  }
}

const help = helpCommand({ since: '2.8.13', group: 'server' }, [
  'DOCTOR',
  '    Show an analysis for people.',
  'GRAPH <event>',
  '    Show a graph of the latency of an event.',
  'HISTORY <event>',
  '    Show the samples of an event.',
  'LATEST',
  '    Show the latest sample of every event.',
  'RESET [<event> ...]',
  '    Forget the samples of events, of all without names.',
  'HISTOGRAM [<command> ...]',
  '    Show how long calls of commands have taken: for each bound in microseconds,',
  '    how many calls took no longer.',
]);

export const latency = defineCommand({
  name: 'latency',
  summary: 'A container for commands about latency.',
  since: '2.8.13',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [doctor, graph, histogram, history, latest, reset, help],
});
