/**
 * SETEX and PSETEX: SET with an expiry, from before SET had options.
 */
import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC, EVENT_STRING } from '../../keyspace/keyspace-events.ts';
import { EX, type ExpiryUnit, PX, readDeadline } from './expiry-options.ts';

export const setex = defineCommand({
  name: 'setex',
  summary: 'Sets the string value of a key, whatever it held, and lets it expire after so many seconds.',
  since: '2.0.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key seconds value',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('OW', 'update'),
  run: (context) => setExpiring(context, EX, 'setex'),
});

export const psetex = defineCommand({
  name: 'psetex',
  summary: 'Sets the string value of a key, whatever it held, and lets it expire after so many milliseconds.',
  since: '2.6.0',
  group: 'string',
  complexity: 'O(1)',
  syntax: 'key milliseconds value',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('OW', 'update'),
  run: (context) => setExpiring(context, PX, 'psetex'),
});

function setExpiring(context: CommandContext, unit: ExpiryUnit, command: string): void {
  const { args, database } = context;
  const key = args.at(1);
  const deadlineMs = readDeadline(context, 2, unit, command);
  database.setString(key, args.at(3), deadlineMs);
  database.changed(key, EVENT_STRING, 'set');
  database.notify(key, EVENT_GENERIC, 'expire');
  if (context.server.writeLog.hasSubscribers) {
    context.propagate('SET', key, args.at(3), 'PXAT', String(deadlineMs));
  }
  context.reply.ok();
}
