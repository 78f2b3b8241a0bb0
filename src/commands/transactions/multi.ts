/**
 * Transactions: MULTI, EXEC, DISCARD, WATCH and UNWATCH.
 */
import { allKeys } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';

export const multi = defineCommand({
  name: 'multi',
  summary: 'Starts a transaction: the commands that follow are kept for EXEC.',
  since: '1.2.0',
  group: 'transactions',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy', 'unqueued', 'unnested'],
  run({ session, reply }) {
    if (session.transaction !== null) throw errors.nestedMulti;
    session.beginTransaction();
    reply.ok();
  },
});

export const exec = defineCommand({
  name: 'exec',
  summary: 'Executes all commands of the transaction, unless a watched key has changed.',
  since: '1.2.0',
  group: 'transactions',
  complexity: 'Depends on commands in the transaction',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog', 'unqueued', 'commits'],
  run(context) {
    const { session, reply, server } = context;
    const { transaction } = session;
    if (transaction === null) throw errors.execWithoutMulti;
    const changed = server.watches.hasChanged(session);
    server.watches.unwatch(session);
    session.leaveTransaction();
    if (transaction.aborted) throw errors.execAbort;
    if (changed) {
      reply.nullArray();
      return;
    }
    reply.array(transaction.commands.length);
    // The commands log their effects themselves.
    context.propagateNothing();
    server.executeQueued(session, transaction.commands);
  },
});

export const discard = defineCommand({
  name: 'discard',
  summary: 'Forgets the commands of the transaction and ends it.',
  since: '2.0.0',
  group: 'transactions',
  complexity: 'O(N), when N is the number of queued commands',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy', 'unqueued'],
  run({ session, reply, server }) {
    if (session.transaction === null) throw errors.discardWithoutMulti;
    server.watches.unwatch(session);
    session.leaveTransaction();
    reply.ok();
  },
});

export const watch = defineCommand({
  name: 'watch',
  summary: 'Lets the next EXEC fail if one of the keys changes before it.',
  since: '2.2.0',
  group: 'transactions',
  complexity: 'O(1) for every key.',
  syntax: 'key [key ...]',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy', 'unqueued', 'unnested'],
  keys: allKeys(1, 'RO'),
  run({ args, session, reply, server }) {
    if (session.transaction !== null) throw errors.watchInMulti;
    for (let i = 1; i < args.count; i++) server.watches.watch(session, args.at(i));
    reply.ok();
  },
});

export const unwatch = defineCommand({
  name: 'unwatch',
  summary: 'Forgets all watched keys.',
  since: '2.2.0',
  group: 'transactions',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  run({ session, reply, server }) {
    server.watches.unwatch(session);
    reply.ok();
  },
});
