/**
 * SCRIPT: the cache of scripts, and what to do about one that takes too long.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { noForkedSessions } from './eval.ts';

const inPipeline = new ReplyError('ERR SCRIPT DEBUG must be called outside a pipeline');
const badDebugMode = new ReplyError('ERR Use SCRIPT DEBUG YES/SYNC/NO');

const HELP: readonly string[] = [
  'DEBUG (YES|SYNC|NO)',
  '    Debug the next script of EVAL, during which nobody else is served (SYNC), or do not (NO). YES is refused: changes',
  '    can not be rolled back.',
  'EXISTS <sha1> [<sha1> ...]',
  '    Tell of each script whether it is cached.',
  'FLUSH [ASYNC|SYNC]',
  '    Forget all scripts. Both modes do the same.',
  'KILL',
  '    End the script that is running, unless it has written.',
  'LOAD <script>',
  '    Cache a script without running it.',
];

const load = defineCommand({
  name: 'load',
  summary: 'Caches a script, and returns its SHA-1.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(N) with N being the length in bytes of the script body.',
  syntax: 'script',
  arity: 3,
  flags: ['noscript', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run({ args, reply, server }) {
    const script = server.scripts.define(args.at(2));
    if (script instanceof ReplyError) throw script;
    reply.bulk(Slice.from(script.name));
  },
});

const exists = defineCommand({
  name: 'exists',
  summary: 'Tells of each script whether it is cached.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).',
  syntax: 'sha1 [sha1 ...]',
  arity: -3,
  flags: ['noscript'],
  tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
  run({ args, reply, server }) {
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) reply.integer(server.scripts.scriptOf(args.at(i)) === null ? 0 : 1);
  },
});

const flush = defineCommand({
  name: 'flush',
  summary: 'Forgets all cached scripts.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(N) with N being the number of scripts in cache',
  history: [['6.2.0', 'Added the `ASYNC` and `SYNC` flushing mode modifiers.']],
  syntax: '[ASYNC | SYNC]',
  arity: -2,
  flags: ['noscript'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run(context) {
    checkMode(context, errors.scriptFlushMode);
    context.server.scripts.flushScripts();
    context.reply.ok();
  },
});

const kill = defineCommand({
  name: 'kill',
  summary: 'Ends the script that is running, unless it has written.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
  run({ reply, server }) {
    server.scriptRuns.kill(false);
    reply.ok();
  },
});

const debug = defineCommand({
  name: 'debug',
  summary: 'Says whether the next script is debugged.',
  since: '3.2.0',
  group: 'scripting',
  complexity: 'O(1)',
  syntax: '<YES | SYNC | NO>',
  arity: 3,
  flags: ['noscript'],
  run({ args, reply, session }) {
    const mode = args.at(2);
    if (session.output.pendingBytes > 0) throw inPipeline;
    if (mode.equalsIgnoreCase('no')) session.scriptDebugging = 'off';
    else if (mode.equalsIgnoreCase('sync')) session.scriptDebugging = 'on';
    else if (!mode.equalsIgnoreCase('yes')) throw badDebugMode;
    else {
      // redis-cli does not look at this answer, and would have its script executed for good.
      session.scriptDebugging = 'refused';
      throw noForkedSessions;
    }
    reply.ok();
  },
});

const help = helpCommand({ since: '5.0.0', group: 'scripting' }, HELP);

export const script = defineCommand({
  name: 'script',
  summary: 'A container for commands about scripts.',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [debug, exists, flush, help, kill, load],
});

/** ASYNC and SYNC do the same: nothing is left to be freed afterwards. */
export function checkMode({ args }: CommandContext, error: ReplyError): void {
  if (args.count === 2) return;
  const mode = args.at(2);
  if (args.count > 3 || !(mode.equalsIgnoreCase('sync') || mode.equalsIgnoreCase('async'))) throw error;
}
