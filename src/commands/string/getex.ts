import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { LOADING, REPLICA } from '../../dispatch/server-state.ts';
import { expires, NULL, type Pointer, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { EX, type ExpiryUnit, expiryUnitOf, readDeadline } from './expiry-options.ts';

interface GetexOptions {
  persist: boolean;
  /** The argument that holds the expiry, 0 for none, and how to read it. */
  expiryAt: number;
  expiryUnit: ExpiryUnit;
}

const NO_OPTIONS: GetexOptions = { persist: false, expiryAt: 0, expiryUnit: EX };

export const getex = defineCommand({
  name: 'getex',
  summary: 'Returns the string value of a key and sets or removes its expiry.',
  since: '6.2.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]',
  arity: -2,
  flags: ['write', 'fast'],
  keys: [
    {
      flags: ['RW', 'access', 'update'],
      notes: 'RW and UPDATE because it changes the TTL',
      search: { index: 1 },
      find: { last: 0, step: 1, limit: 0 },
    },
  ],
  run(context) {
    const options = context.args.count === 2 ? NO_OPTIONS : readOptions(context);
    const entry = context.read(context.args.at(1), TYPE_STRING);
    // The expiry of a key that does not exist is not even looked at.
    if (entry === NULL || (options.expiryAt === 0 && !options.persist)) context.replyString(entry);
    else if (options.persist) persist(context, entry);
    else expire(context, entry, options);
  },
});

function readOptions(context: CommandContext): GetexOptions {
  const { args } = context;
  const options: GetexOptions = { ...NO_OPTIONS };
  for (let i = 2; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('persist') && options.expiryAt === 0) {
      options.persist = true;
      continue;
    }
    const unit = expiryUnitOf(word);
    const conflicts = options.persist || (options.expiryAt !== 0 && options.expiryUnit !== unit);
    if (unit === null || conflicts || i + 1 === args.count) throw errors.syntax;
    options.expiryAt = ++i;
    options.expiryUnit = unit;
  }
  return options;
}

function persist(context: CommandContext, entry: Pointer): void {
  const { database, keyspace, server } = context;
  const key = context.args.at(1);
  context.replyString(entry);
  if (!expires(keyspace.heap, entry)) return;
  database.setDeadlineFound(entry, NO_DEADLINE);
  database.changed(key, EVENT_GENERIC, 'persist');
  if (server.writeLog.hasSubscribers) context.propagate('PERSIST', key);
}

function expire(context: CommandContext, entry: Pointer, options: GetexOptions): void {
  const { database, keyspace, server } = context;
  const key = context.args.at(1);
  const deadlineMs = readDeadline(context, options.expiryAt, options.expiryUnit, 'getex');
  context.replyString(entry);
  const isOver = options.expiryUnit.absolute && deadlineMs <= keyspace.nowMs();
  if (isOver && !server.state.is(LOADING | REPLICA)) {
    database.removeFound(entry);
    database.changed(key, EVENT_GENERIC, 'del');
    if (server.writeLog.hasSubscribers) {
      context.propagate(server.config.get('lazyfree-lazy-expire') ? 'UNLINK' : 'DEL', key);
    }
    return;
  }
  database.setDeadlineFound(entry, deadlineMs);
  database.changed(key, EVENT_GENERIC, 'expire');
  if (server.writeLog.hasSubscribers) context.propagate('PEXPIREAT', key, String(deadlineMs));
}
