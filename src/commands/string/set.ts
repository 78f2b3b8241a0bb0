import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { KEEP_DEADLINE } from '../../keyspace/database.ts';
import { NULL, TYPE_STRING } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';
import { EX, type ExpiryUnit, expiryUnitOf, readDeadline } from './expiry-options.ts';

interface SetOptions {
  condition: 'always' | 'if-absent' | 'if-present';
  get: boolean;
  keepTtl: boolean;
  /** The argument that holds the expiry, 0 for none, and how to read it. */
  expiryAt: number;
  expiryUnit: ExpiryUnit;
}

export const set = defineCommand({
  name: 'set',
  summary: 'Sets the string value of a key, whatever it held. The key is created if it does not exist.',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  history: [
    ['2.6.12', 'Added the EX, PX, NX and XX options.'],
    ['6.0.0', 'Added the KEEPTTL option.'],
    ['6.2.0', 'Added the GET, EXAT and PXAT options.'],
    ['7.0.0', 'Allowed NX and GET together.'],
  ],
  syntax:
    'key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: [
    {
      flags: ['RW', 'access', 'update', 'variable_flags'],
      notes: 'RW and ACCESS due to the optional GET argument',
      search: { index: 1 },
      find: { last: 0, step: 1, limit: 0 },
    },
  ],
  findKeys(args) {
    let gets = false;
    for (let i = 3; i < args.count; i++) gets ||= args.at(i).equalsIgnoreCase('get');
    return [{ index: 1, flags: gets ? ['RW', 'access', 'update'] : ['OW', 'update'] }];
  },
  run(context) {
    const { args, database, reply } = context;
    const key = args.at(1);
    if (args.count === 3) {
      database.setString(key, args.at(2), NO_DEADLINE);
      database.changed(key, EVENT_STRING, 'set');
      reply.ok();
      return;
    }
    const options = readOptions(context);
    let deadlineMs = options.keepTtl ? KEEP_DEADLINE : NO_DEADLINE;
    if (options.expiryAt !== 0) deadlineMs = readDeadline(context, options.expiryAt, options.expiryUnit, 'set');

    const entry = options.get ? context.read(key, TYPE_STRING) : database.lookupForWrite(key);
    if (options.get) context.replyString(entry);
    if (options.condition !== 'always' && (options.condition === 'if-absent') === (entry !== NULL)) {
      if (!options.get) reply.null();
      return;
    }
    if (entry === NULL) database.addString(key, args.at(2), options.keepTtl ? NO_DEADLINE : deadlineMs);
    else database.setStringFound(entry, args.at(2), deadlineMs);
    database.changed(key, EVENT_STRING, 'set');
    if (options.expiryAt !== 0) database.notify(key, EVENT_GENERIC, 'expire');
    if (context.server.writeLog.hasSubscribers) logEffect(context, options, deadlineMs);
    if (!options.get) reply.ok();
  },
});

function readOptions(context: CommandContext): SetOptions {
  const { args } = context;
  const options: SetOptions = { condition: 'always', get: false, keepTtl: false, expiryAt: 0, expiryUnit: EX };
  for (let i = 3; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('nx') && options.condition !== 'if-present') options.condition = 'if-absent';
    else if (word.equalsIgnoreCase('xx') && options.condition !== 'if-absent') options.condition = 'if-present';
    else if (word.equalsIgnoreCase('get')) options.get = true;
    else if (word.equalsIgnoreCase('keepttl') && options.expiryAt === 0) options.keepTtl = true;
    else {
      const unit = expiryUnitOf(word);
      const conflicts = options.keepTtl || (options.expiryAt !== 0 && options.expiryUnit !== unit);
      if (unit === null || conflicts || i + 1 === args.count) throw errors.syntax;
      // Given twice in the same unit, the last counts.
      options.expiryAt = ++i;
      options.expiryUnit = unit;
    }
  }
  return options;
}

/** The log has deadlines as moments, and nothing of what only asks for a reply. */
function logEffect(context: CommandContext, options: SetOptions, deadlineMs: number): void {
  const { args } = context;
  if (options.expiryAt !== 0) {
    context.propagate('SET', args.at(1), args.at(2), 'PXAT', String(deadlineMs));
  } else if (options.get) {
    const words: Slice[] = [];
    for (let i = 0; i < args.count; i++) {
      if (i < 3 || !args.at(i).equalsIgnoreCase('get')) words.push(args.at(i));
    }
    context.propagate(...words);
  }
}
