/**
 * DEBUG: for tests and for looking into a server. Closed to clients unless `enable-debug-command` opens it.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { replyHelp } from '../../dispatch/help.ts';
import { errors } from '../../protocol/errors.ts';
import type { DebugSubcommand } from './debug/debug-subcommand.ts';
import { keySubcommands } from './debug/keys.ts';
import { processSubcommands } from './debug/process.ts';
import { loadAofSubcommand, reloadSubcommand } from './debug/reload.ts';

const SUBCOMMANDS: ReadonlyMap<string, DebugSubcommand> = new Map([
  ...Object.entries(keySubcommands),
  ...Object.entries(processSubcommands),
  ['reload', reloadSubcommand],
  ['loadaof', loadAofSubcommand],
  ['help', { usage: '', help: 'Prints this help.', words: [2, 2], run: replyDebugHelp }],
]);

export const debug = defineCommand({
  name: 'debug',
  summary: 'A container for commands for debugging.',
  since: '1.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  enabledBy: 'enable-debug-command',
  isSystem: true,
  run(context) {
    const { args } = context;
    const subcommand = SUBCOMMANDS.get(args.at(1).toLatin1().toLowerCase());
    if (subcommand === undefined || args.count < subcommand.words[0] || args.count > subcommand.words[1]) {
      throw errors.subcommandSyntax(args.at(0), args.at(1));
    }
    subcommand.run(context);
  },
});

function replyDebugHelp(context: CommandContext): void {
  const names = [...SUBCOMMANDS.keys()].filter((name) => name !== 'help').sort();
  replyHelp(
    context,
    names.flatMap((name) => {
      const { usage, help } = SUBCOMMANDS.get(name) as DebugSubcommand;
      return [`${name.toUpperCase()} ${usage}`.trim(), `    ${help}`];
    }),
  );
}
