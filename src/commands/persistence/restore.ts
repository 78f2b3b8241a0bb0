import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { LOADING, REPLICA } from '../../dispatch/server-state.ts';
import { NULL } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

const INVALID_IDLE_TIME = new ReplyError('ERR Invalid IDLETIME value, must be >= 0');
const INVALID_FREQUENCY = new ReplyError('ERR Invalid FREQ value, must be >= 0 and <= 255');

const MAX_FREQUENCY = 255;
/** Longer ago is as long ago: access stamps count seconds in 24 bits, which wrap. */
const MAX_IDLE_SECONDS = 2 ** 23;
/** Moments from here on can't be counted in 64 bits. */
const END_OF_TIME = 2 ** 63;

interface RestoreOptions {
  replace: boolean;
  /** The time to live is a moment. */
  isAbsolute: boolean;
  /** -1 where not given. */
  idleSeconds: number;
  frequency: number;
}

export const restore = defineCommand({
  name: 'restore',
  summary: 'Makes a key of the bytes that DUMP has returned.',
  since: '2.6.0',
  group: 'generic',
  complexity: 'O(N) where N is the length of the value, O(N*log(N)) for sorted sets.',
  history: [
    ['3.0.0', 'Added the `REPLACE` modifier.'],
    ['5.0.0', 'Added the `ABSTTL` modifier.'],
    ['5.0.0', 'Added the `IDLETIME` and `FREQ` options.'],
  ],
  syntax: 'key ttl:integer serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]',
  arity: -4,
  flags: ['write', 'denyoom'],
  acl: ['keyspace', 'dangerous'],
  keys: oneKey('OW', 'update'),
  run(context) {
    const { args, database, reply, server } = context;
    const options = readOptions(context);
    const key = args.at(1);
    if (!options.replace && database.lookupForWrite(key) !== NULL) throw errors.busyKey;
    const ttlMs = Number(context.integer(2));
    if (ttlMs < 0) throw errors.invalidTtl;
    server.payloads.decode(args.at(3));

    const replaced = options.replace ? database.peek(key) : NULL;
    if (replaced !== NULL) database.removeFound(replaced);
    const deadlineMs = ttlMs === 0 ? NO_DEADLINE : options.isAbsolute ? ttlMs : ttlMs + context.keyspace.nowMs();
    if (deadlineMs !== NO_DEADLINE && isOver(context, deadlineMs)) {
      server.payloads.discard();
      if (replaced !== NULL) {
        if (server.writeLog.hasSubscribers) context.propagate('DEL', key);
        database.changed(key, EVENT_GENERIC, 'del');
      }
      reply.ok();
      return;
    }
    server.payloads.attach(database, key, deadlineMs);
    setAccess(context, options);
    database.changed(key, EVENT_GENERIC, 'restore');
    if (deadlineMs !== NO_DEADLINE && !options.isAbsolute && server.writeLog.hasSubscribers) {
      const words = Array.from({ length: args.count }, (_, i) => args.at(i).copy());
      context.propagate(...words.slice(0, 2), String(deadlineMs), ...words.slice(3), 'ABSTTL');
    }
    reply.ok();
  },
});

function readOptions(context: CommandContext): RestoreOptions {
  const { args } = context;
  const options: RestoreOptions = { replace: false, isAbsolute: false, idleSeconds: -1, frequency: -1 };
  for (let i = 4; i < args.count; i++) {
    const word = args.at(i);
    const hasValue = i + 1 < args.count;
    if (word.equalsIgnoreCase('replace')) {
      options.replace = true;
    } else if (word.equalsIgnoreCase('absttl')) {
      options.isAbsolute = true;
    } else if (word.equalsIgnoreCase('idletime') && hasValue && options.frequency === -1) {
      const seconds = context.position(++i);
      if (seconds < 0) throw INVALID_IDLE_TIME;
      options.idleSeconds = Math.min(seconds, MAX_IDLE_SECONDS);
    } else if (word.equalsIgnoreCase('freq') && hasValue && options.idleSeconds === -1) {
      const frequency = context.position(++i);
      if (frequency < 0 || frequency > MAX_FREQUENCY) throw INVALID_FREQUENCY;
      options.frequency = frequency;
    } else {
      throw errors.syntax;
    }
  }
  return options;
}

/** True when the moment has come. What is loaded and what a replica gets is kept all the same. */
function isOver({ keyspace, server }: CommandContext, deadlineMs: number): boolean {
  if (server.state.is(LOADING) || server.state.is(REPLICA)) return false;
  return deadlineMs <= keyspace.nowMs() || deadlineMs >= END_OF_TIME;
}

function setAccess({ args, database, keyspace }: CommandContext, { frequency, idleSeconds }: RestoreOptions): void {
  const { access } = keyspace;
  if (access.lfu ? frequency < 0 : idleSeconds < 0) return;
  const stamp = access.lfu ? access.stampOfFrequency(frequency) : access.stampOfIdle(idleSeconds);
  database.setAccessStamp(database.peek(args.at(1)), stamp);
}
