/**
 * EXPIRE and its three kin, which differ in how they read their moment.
 *
 * They accept any time, also past: then they delete the key. The log gets the moment itself, or the deletion.
 */
import { type CommandSpec, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { LOADING, REPLICA } from '../../dispatch/server-state.ts';
import { deadlineOf, expires, NULL, type Pointer } from '../../keyspace/key-entry.ts';
import { EVENT_GENERIC } from '../../keyspace/keyspace-events.ts';
import { errors } from '../../protocol/errors.ts';

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_SECONDS = MAX_INT64 / 1000n;

const NX = 1;
const XX = 2;
const GT = 4;
const LT = 8;

interface Form {
  readonly name: string;
  readonly summary: string;
  readonly since: string;
  readonly argument: string;
  /** The argument is in seconds; else in milliseconds. */
  readonly inSeconds: boolean;
  /** The argument is Unix time; else it counts from now. */
  readonly isAbsolute: boolean;
}

export const expire = expireCommand({
  name: 'expire',
  summary: 'Lets a key expire after so many seconds.',
  since: '1.0.0',
  argument: 'seconds',
  inSeconds: true,
  isAbsolute: false,
});

export const pexpire = expireCommand({
  name: 'pexpire',
  summary: 'Lets a key expire after so many milliseconds.',
  since: '2.6.0',
  argument: 'milliseconds',
  inSeconds: false,
  isAbsolute: false,
});

export const expireat = expireCommand({
  name: 'expireat',
  summary: 'Lets a key expire at a Unix time in seconds.',
  since: '1.2.0',
  argument: 'unix-time-seconds',
  inSeconds: true,
  isAbsolute: true,
});

export const pexpireat = expireCommand({
  name: 'pexpireat',
  summary: 'Lets a key expire at a Unix time in milliseconds.',
  since: '2.6.0',
  argument: 'unix-time-milliseconds',
  inSeconds: false,
  isAbsolute: true,
});

function expireCommand(form: Form): CommandSpec {
  return defineCommand({
    name: form.name,
    summary: form.summary,
    since: form.since,
    group: 'generic',
    complexity: 'O(1)',
    history: [['7.0.0', 'Added the NX, XX, GT and LT options.']],
    syntax: `key ${form.argument} [NX | XX | GT | LT]`,
    arity: -3,
    flags: ['write', 'fast'],
    acl: ['keyspace'],
    keys: oneKey('RW', 'update'),
    run: (context) => setDeadline(context, form),
  });
}

function setDeadline(context: CommandContext, form: Form): void {
  const { args, database, keyspace, reply, server } = context;
  const key = args.at(1);
  const conditions = args.count === 3 ? 0 : readConditions(context);
  const deadlineMs = readMoment(context, form);
  const entry = database.lookupForWrite(key);
  if (entry === NULL || (conditions !== 0 && !isWanted(context, entry, deadlineMs, conditions))) {
    reply.integer(0);
    return;
  }
  // While loading, and on a replica, the deletion itself comes later in the log.
  if (deadlineMs <= keyspace.nowMs() && !server.state.is(LOADING | REPLICA)) {
    database.removeFound(entry);
    database.changed(key, EVENT_GENERIC, 'del');
    if (server.writeLog.hasSubscribers) {
      context.propagate(server.config.get('lazyfree-lazy-expire') ? 'UNLINK' : 'DEL', key);
    }
  } else {
    // 0 would mean that there is none; all moments up to now mean the same. Beyond 2^53 a deadline is 285,000 years
    // away, and rounding it is of no matter.
    database.setDeadlineFound(entry, Math.max(1, Number(deadlineMs)));
    database.changed(key, EVENT_GENERIC, 'expire');
    if (server.writeLog.hasSubscribers) logDeadline(context, form, deadlineMs);
  }
  reply.integer(1);
}

/** The deadline in Unix milliseconds, exactly; a bigint only beyond what a number holds. */
function readMoment(context: CommandContext, form: Form): number | bigint {
  const given = context.integer(2);
  const baseMs = form.isAbsolute ? 0 : context.keyspace.nowMs();
  const momentMs = form.inSeconds ? Number(given) * 1000 + baseMs : Number(given) + baseMs;
  if (Number.isSafeInteger(momentMs) && typeof given === 'number') return momentMs;
  const exact = BigInt(given);
  if (form.inSeconds && (exact > MAX_SECONDS || exact < -MAX_SECONDS)) throw errors.invalidExpire(form.name);
  const exactMs = (form.inSeconds ? exact * 1000n : exact) + BigInt(baseMs);
  if (exactMs > MAX_INT64) throw errors.invalidExpire(form.name);
  return exactMs;
}

function readConditions({ args }: CommandContext): number {
  let conditions = 0;
  for (let i = 3; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('nx')) conditions |= NX;
    else if (word.equalsIgnoreCase('xx')) conditions |= XX;
    else if (word.equalsIgnoreCase('gt')) conditions |= GT;
    else if (word.equalsIgnoreCase('lt')) conditions |= LT;
    else throw errors.unsupportedOption(word);
  }
  if ((conditions & NX) !== 0 && conditions !== NX) throw errors.expireConditions;
  if ((conditions & GT) !== 0 && (conditions & LT) !== 0) throw errors.expireComparisons;
  return conditions;
}

/** A key that does not expire counts as one that expires never. */
function isWanted(context: CommandContext, entry: Pointer, deadlineMs: number | bigint, conditions: number): boolean {
  const { heap } = context.keyspace;
  const hasDeadline = expires(heap, entry);
  const currentMs = deadlineOf(heap, entry);
  if ((conditions & NX) !== 0 && hasDeadline) return false;
  if ((conditions & XX) !== 0 && !hasDeadline) return false;
  if ((conditions & GT) !== 0 && deadlineMs <= currentMs) return false;
  return (conditions & LT) === 0 || deadlineMs < currentMs;
}

/** Conditions stay: they hold again where the log is read. */
function logDeadline(context: CommandContext, form: Form, deadlineMs: number | bigint): void {
  if (form.isAbsolute && !form.inSeconds) return;
  const { args } = context;
  const conditions = [];
  for (let i = 3; i < args.count; i++) conditions.push(args.at(i));
  context.propagate('PEXPIREAT', args.at(1), String(deadlineMs), ...conditions);
}
