import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const unblock = defineCommand({
  name: 'unblock',
  summary: 'Ends the waiting of a client that is blocked, as if its time were over or with an error.',
  since: '5.0.0',
  group: 'connection',
  complexity: 'O(log N) where N is the number of client connections',
  syntax: 'client-id [TIMEOUT | ERROR]',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    const { args, reply, server } = context;
    if (args.count > 4) throw errors.subcommandSyntax(args.at(0), args.at(1));
    const how = args.count === 4 ? readReason(context) : 'timeout';
    const id = context.integer(2);
    const session = typeof id === 'number' ? server.clients.get(id) : undefined;
    if (!session?.blocked) {
      reply.integer(0);
      return;
    }
    session.blocked.cancel(how);
    if (how === 'error') {
      server.stats.countError(errors.unblocked.code);
      if (session.lastCommand !== null) session.lastCommand.failed++;
    }
    reply.integer(1);
  },
});

function readReason({ args }: CommandContext): 'timeout' | 'error' {
  const reason = args.at(3);
  if (reason.equalsIgnoreCase('timeout')) return 'timeout';
  if (reason.equalsIgnoreCase('error')) return 'error';
  throw errors.unblockReason;
}
