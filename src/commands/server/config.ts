/**
 * CONFIG: the configuration at run time.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { rewriteConfigFile } from '../../dispatch/config-rewrite.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { isLocal } from '../../dispatch/guards.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { redact } from '../../dispatch/redaction.ts';
import { LOADING } from '../../dispatch/server-state.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { replyTextOf } from '../../protocol/reply-text.ts';

const get = defineCommand({
  name: 'get',
  summary: 'Returns the values of the directives that match the patterns.',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of patterns',
  history: [['7.0.0', 'Takes several patterns.']],
  syntax: 'parameter [parameter ...]',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const patterns: string[] = [];
    for (let i = 2; i < args.count; i++) patterns.push(args.at(i).toLatin1());
    const found = server.config.match(patterns);
    reply.map(found.length);
    for (const [name, value] of found) {
      reply.bulk(Slice.from(Buffer.from(name, 'latin1')));
      reply.bulk(Slice.from(Buffer.from(value, 'latin1')));
    }
  },
});

const set = defineCommand({
  name: 'set',
  summary: 'Sets directives, all of them or, where one of them is refused, none.',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of directives',
  history: [['7.0.0', 'Sets several directives in one call.']],
  syntax: 'parameter value [parameter value ...]',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run(context) {
    const { args, reply, server, session } = context;
    if (args.count % 2 !== 0) throw errors.syntax;
    const pairs: [name: string, value: string][] = [];
    for (let i = 2; i < args.count; i += 2) {
      const name = args.at(i).toLatin1();
      pairs.push([name, args.at(i + 1).toLatin1()]);
      if (server.config.isSensitive(name)) redact(args, i + 1);
    }
    const outcome = server.config.set(pairs, { loading: server.state.is(LOADING), local: isLocal(session) });
    if (!(outcome instanceof Promise)) {
      if (outcome !== null) throw refusal(context, outcome);
      reply.ok();
      return;
    }
    if (!context.mayBlock) {
      // A transaction cannot wait for its answer: what fails now is told by the log.
      reply.ok();
      outcome.then((late) => late !== null && server.log('warning', late.reply));
      return;
    }
    session.suspend();
    outcome.then((late) => {
      if (late === null) reply.ok();
      else {
        const error = refusal(context, late);
        server.stats.countError(error.code);
        reply.error(error);
      }
      session.resume();
    });
  },
});

/** The error reply for a refusal, whose texts are byte strings. */
function refusal(
  { server }: CommandContext,
  { reply, undoErrors }: { readonly reply: string; readonly undoErrors: readonly string[] },
): ReplyError {
  for (const error of undoErrors) server.log('warning', `A setting could not be taken back: ${error}`);
  return new ReplyError(replyTextOf(reply));
}

const rewrite = defineCommand({
  name: 'rewrite',
  summary: 'Writes the configuration in use to the configuration file.',
  since: '2.8.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, server }) {
    const error = rewriteConfigFile(server);
    if (error !== null) throw error;
    reply.ok();
  },
});

const resetstat = defineCommand({
  name: 'resetstat',
  summary: 'Sets the counters of INFO back to nothing.',
  since: '2.0.0',
  group: 'server',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ keyspace, reply, server }) {
    server.stats.reset();
    server.network.reset();
    server.rates.reset();
    server.loop.reset();
    server.persistence.status.resetCounters();
    server.memoryLimit.resetStats();
    server.clientMemory.evicted = 0;
    server.defrag.resetStats();
    for (const command of server.registry.all()) command.resetStats();
    keyspace.stats.reset();
    keyspace.reclaimer.reclaimed = 0;
    reply.ok();
  },
});

const help = helpCommand({ since: '5.0.0', group: 'server' }, [
  'GET <pattern> [<pattern> ...]',
  '    Show the directives whose names match, and their values.',
  'SET <directive> <value> [<directive> <value> ...]',
  '    Set directives, all of them or none.',
  'RESETSTAT',
  '    Reset the counters of INFO.',
  'REWRITE',
  '    Write the configuration in use to the configuration file.',
]);

export const config = defineCommand({
  name: 'config',
  summary: 'A container for commands that read and change the configuration.',
  since: '2.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [get, set, rewrite, resetstat, help],
});
