import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { KEEP_DEADLINE } from '../../keyspace/database.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { EX, EXAT, type ExpiryUnit, PX, PXAT, readDeadline } from './expiry-options.ts';

interface SetOptions {
  condition: 'always' | 'if-absent' | 'if-present';
  get: boolean;
  keepTtl: boolean;
  /** The argument that holds the expiry, 0 for none, and how to read it. */
  expiryAt: number;
  expiryUnit: ExpiryUnit;
}

const NO_OPTIONS: SetOptions = { condition: 'always', get: false, keepTtl: false, expiryAt: 0, expiryUnit: EX };

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
  run(context) {
    const { args, database, reply } = context;
    const key = args.at(1);
    const options = args.count === 3 ? NO_OPTIONS : readOptions(context);
    const relative = options.expiryAt !== 0 && !options.expiryUnit.absolute;
    let deadlineMs = options.keepTtl ? KEEP_DEADLINE : NO_DEADLINE;
    if (options.expiryAt !== 0) deadlineMs = readDeadline(context, options.expiryAt, options.expiryUnit, 'set');

    if (options.condition !== 'always' || options.get) {
      const entry = options.get ? database.lookup(key) : database.lookupForWrite(key);
      if (options.get && entry !== NULL && !context.isString(entry)) throw errors.wrongType;
      if (options.get) context.replyString(entry);
      if ((options.condition === 'if-absent') === (entry !== NULL) && options.condition !== 'always') {
        if (!options.get) reply.null();
        return;
      }
    }
    database.setString(key, args.at(2), deadlineMs);
    database.changed(key, EVENT_STRING, 'set');
    if (options.expiryAt !== 0) database.notify(key, EVENT_GENERIC, 'expire');
    if (context.server.writeLog.hasSubscribers) logEffect(context, options, relative, deadlineMs);
    if (!options.get) reply.ok();
  },
});

function readOptions(context: CommandContext): SetOptions {
  const { args } = context;
  const options: SetOptions = { ...NO_OPTIONS };
  for (let i = 3; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('nx') && options.condition !== 'if-present') options.condition = 'if-absent';
    else if (word.equalsIgnoreCase('xx') && options.condition !== 'if-absent') options.condition = 'if-present';
    else if (word.equalsIgnoreCase('get')) options.get = true;
    else if (word.equalsIgnoreCase('keepttl') && options.expiryAt === 0) options.keepTtl = true;
    else {
      const unit = expiryUnitOf(word);
      if (unit === null || options.keepTtl || options.expiryAt !== 0 || i + 1 === args.count) throw errors.syntax;
      options.expiryAt = ++i;
      options.expiryUnit = unit;
    }
  }
  return options;
}

function expiryUnitOf(word: { equalsIgnoreCase(lowerCase: string): boolean }): ExpiryUnit | null {
  if (word.equalsIgnoreCase('ex')) return EX;
  if (word.equalsIgnoreCase('px')) return PX;
  if (word.equalsIgnoreCase('exat')) return EXAT;
  if (word.equalsIgnoreCase('pxat')) return PXAT;
  return null;
}

/** The log holds what was done, not what was asked: no conditions, and deadlines as moments. */
function logEffect(context: CommandContext, options: SetOptions, relative: boolean, deadlineMs: number): void {
  if (options.condition === 'always' && !options.get && !relative) return;
  const { args } = context;
  if (options.expiryAt !== 0) context.propagate('SET', args.at(1), args.at(2), 'PXAT', String(deadlineMs));
  else if (options.keepTtl) context.propagate('SET', args.at(1), args.at(2), 'KEEPTTL');
  else context.propagate('SET', args.at(1), args.at(2));
}
