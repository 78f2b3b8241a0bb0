/**
 * CLIENT PAUSE and CLIENT UNPAUSE.
 *
 * UNPAUSE is not held back by a pause of all commands, or nothing could end one before its time. In Redis it is: there
 * it only ends pauses of writes.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const pause = defineCommand({
  name: 'pause',
  summary: "Holds clients' commands back for a while.",
  since: '2.9.50',
  group: 'connection',
  complexity: 'O(1)',
  history: [['6.2.0', '`CLIENT PAUSE WRITE` mode added along with the `mode` option.']],
  syntax: 'timeout:integer [WRITE | ALL]',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    const { args, reply, server } = context;
    if (args.count > 4) throw errors.subcommandSyntax(args.at(0), args.at(1));
    const writesOnly = args.count === 4 && readMode(context);
    const timeoutMs = context.position(2, errors.timeoutNotInteger);
    if (timeoutMs < 0) throw errors.timeoutNegative;
    server.pauses.begin(server.clock.nowMs() + timeoutMs, writesOnly);
    reply.ok();
  },
});

export const unpause = defineCommand({
  name: 'unpause',
  summary: 'Executes the commands that a pause holds back, and ends the pause.',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(N) Where N is the number of paused clients',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel', 'unpaused'],
  run({ reply, server }) {
    server.pauses.end('client');
    reply.ok();
  },
});

/** True for WRITE. */
function readMode({ args }: CommandContext): boolean {
  const mode = args.at(3);
  if (mode.equalsIgnoreCase('write')) return true;
  if (mode.equalsIgnoreCase('all')) return false;
  throw errors.pauseMode;
}
