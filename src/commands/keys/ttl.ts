/**
 * TTL and its three kin, which differ in what they count in and from when.
 */
import { type CommandSpec, type HistoryEntry, oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { deadlineOf, expires, NULL } from '../../keyspace/key-entry.ts';
import { normalizeInt64 } from '../../lib/integer.ts';

const NO_KEY = -2;
const NO_DEADLINE = -1;
const MAX_INT64 = 2n ** 63n - 1n;

const RELATIVE_HISTORY: readonly HistoryEntry[] = [['2.8.0', 'Added the reply -2.']];

interface Form {
  readonly name: string;
  readonly summary: string;
  readonly since: string;
  /** The reply is in seconds; else in milliseconds. */
  readonly inSeconds: boolean;
  /** The reply is Unix time; else it counts from now. */
  readonly isAbsolute: boolean;
}

export const ttl = ttlCommand({
  name: 'ttl',
  summary: 'Answers after how many seconds a key expires.',
  since: '1.0.0',
  inSeconds: true,
  isAbsolute: false,
});

export const pttl = ttlCommand({
  name: 'pttl',
  summary: 'Answers after how many milliseconds a key expires.',
  since: '2.6.0',
  inSeconds: false,
  isAbsolute: false,
});

export const expiretime = ttlCommand({
  name: 'expiretime',
  summary: 'Answers the Unix time in seconds at which a key expires.',
  since: '7.0.0',
  inSeconds: true,
  isAbsolute: true,
});

export const pexpiretime = ttlCommand({
  name: 'pexpiretime',
  summary: 'Answers the Unix time in milliseconds at which a key expires.',
  since: '7.0.0',
  inSeconds: false,
  isAbsolute: true,
});

function ttlCommand(form: Form): CommandSpec {
  return defineCommand({
    name: form.name,
    summary: form.summary,
    since: form.since,
    group: 'generic',
    complexity: 'O(1)',
    ...(form.isAbsolute ? {} : { history: RELATIVE_HISTORY }),
    syntax: 'key',
    arity: 2,
    flags: ['readonly', 'fast'],
    acl: ['keyspace'],
    keys: oneKey('RO', 'access'),
    ...(form.isAbsolute ? {} : { tips: ['nondeterministic_output'] }),
    run: (context) => replyTtl(context, form),
  });
}

function replyTtl({ args, database, keyspace, reply }: CommandContext, form: Form): void {
  const entry = database.lookupUntouched(args.at(1));
  if (entry === NULL) {
    reply.integer(NO_KEY);
    return;
  }
  if (!expires(keyspace.heap, entry)) {
    reply.integer(NO_DEADLINE);
    return;
  }
  const ms = Math.max(0, deadlineOf(keyspace.heap, entry) - (form.isAbsolute ? 0 : keyspace.nowMs()));
  // Rounded to the nearest second, as in Redis.
  if (Number.isSafeInteger(ms + 500)) reply.integer(form.inSeconds ? Math.floor((ms + 500) / 1000) : ms);
  else reply.integer(farAway(ms, form));
}

/** Beyond 2^53 deadlines are rounded, and 2^63, which is no int64, stands for the last one before it. */
function farAway(ms: number, form: Form): number | bigint {
  const exact = BigInt(ms) > MAX_INT64 ? MAX_INT64 : BigInt(ms);
  return normalizeInt64(form.inSeconds ? (exact + 500n) / 1000n : exact);
}
