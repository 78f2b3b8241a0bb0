/**
 * FLUSHDB and FLUSHALL. Both empty tables at once and leave their memory to be freed in slices, so that SYNC and ASYNC
 * are the same here.
 */
import type { CommandSpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

/** What the two have in common. */
const flushing = {
  since: '1.0.0',
  group: 'server',
  history: [
    ['4.0.0', 'Added the ASYNC option.'],
    ['6.2.0', 'Added the SYNC option.'],
  ],
  syntax: '[ASYNC | SYNC]',
  arity: -1,
  flags: ['write'],
  acl: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
} satisfies Partial<CommandSpec>;

export const flushdb = defineCommand({
  ...flushing,
  name: 'flushdb',
  summary: 'Deletes all keys of the database.',
  complexity: 'O(1); the memory of N keys is freed in slices afterwards.',
  run(context) {
    checkMode(context);
    count(context, context.database.flush());
    context.reply.ok();
  },
});

export const flushall = defineCommand({
  ...flushing,
  name: 'flushall',
  summary: 'Deletes all keys of all databases.',
  complexity: 'O(D) where D is the number of databases; the memory of N keys is freed in slices afterwards.',
  run(context) {
    checkMode(context);
    count(context, context.keyspace.flush());
    answerWhenSaved(context);
  },
});

function checkMode({ args }: CommandContext): void {
  if (args.count === 1) return;
  const mode = args.at(1);
  if (args.count > 2 || !(mode.equalsIgnoreCase('async') || mode.equalsIgnoreCase('sync'))) throw errors.syntax;
}

/** Counts every key as a change. It is logged even where there was none: a log's reader may hold keys. */
function count(context: CommandContext, removed: number): void {
  const { args, database, keyspace, server } = context;
  keyspace.dirty += removed;
  if (removed === 0 && server.writeLog.hasSubscribers) server.writeLog.append(database.index, args);
}

/** Answers when what is on disk knows of it, where anything is kept there: what was flushed must not come back. */
function answerWhenSaved({ mayBlock, reply, server, session }: CommandContext): void {
  const saved = server.persistence.flushed();
  if (saved === null || !mayBlock || session.role !== 'client') {
    reply.ok();
    return;
  }
  session.suspend();
  void saved.then(() => {
    if (session.closed) return;
    session.reply.ok();
    session.resume();
  });
}
