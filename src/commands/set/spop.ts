import { oneKey } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_GENERIC, EVENT_SET } from '../../keyspace/keyspace-events.ts';
import { Selection } from '../../keyspace/sampling.ts';
import type { SetValue } from '../../keyspace/set-value.ts';
import { errors } from '../../protocol/errors.ts';
import { openSet } from './open-set.ts';

/** Where fewer than one in so many members stay, a new set is made of those. */
const FEW_STAY = 5;

/** Members that one SREM in the log takes away at the most. */
const LOGGED_AT_ONCE = 1024;

export const spop = defineCommand({
  name: 'spop',
  summary: 'Takes members chosen at random out of a set and returns them.',
  since: '1.0.0',
  group: 'set',
  complexity: 'O(1) without a count, otherwise O(N), where N is the count.',
  history: [['3.2.0', 'Added the `count` argument.']],
  syntax: 'key [count]',
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', 'access', 'delete'),
  tips: ['nondeterministic_output'],
  run(context) {
    const { args, database, reply } = context;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 3) {
      popSeveral(context);
      return;
    }
    const key = args.at(1);
    const set = openSet(context, key);
    if (set === null) {
      reply.null();
      return;
    }
    const member = set.pick();
    reply.bulk(member);
    if (context.server.writeLog.hasSubscribers) context.propagate('SREM', key, member);
    set.deletePicked(member);
    const isGone = set.removeIfEmpty();
    database.changed(key, EVENT_SET, 'spop');
    if (isGone) database.notify(key, EVENT_GENERIC, 'del');
  },
});

function popSeveral(context: CommandContext): void {
  const { args, database, keyspace, reply } = context;
  const count = context.position(2, errors.notPositive);
  if (count < 0) throw errors.notPositive;
  const key = args.at(1);
  const set = openSet(context, key);
  if (set === null || count === 0) {
    reply.set(0);
    return;
  }
  const size = set.length;
  keyspace.dirty += Math.min(count, size) - 1;
  if (count >= size) {
    popAll(context, set);
    return;
  }
  reply.set(count);
  if ((size - count) * FEW_STAY > count) popEach(context, set, count);
  else popMost(context, set, count);
  database.changed(key, EVENT_SET, 'spop');
}

function popAll(context: CommandContext, set: SetValue): void {
  const { args, database, reply } = context;
  const key = args.at(1);
  reply.set(set.length);
  set.forEach((member) => {
    reply.bulk(member);
  });
  database.delete(key);
  database.changed(key, EVENT_SET, 'spop');
  database.notify(key, EVENT_GENERIC, 'del');
  if (context.server.writeLog.hasSubscribers) context.propagate('DEL', key);
}

/** Takes out member after member. */
function popEach(context: CommandContext, set: SetValue, count: number): void {
  const log = new RemovalLog(context);
  for (let i = 0; i < count; i++) {
    const member = set.pick();
    context.reply.bulk(member);
    if (log.isWanted) log.add(member.copy());
    set.deletePicked(member);
  }
  log.end();
}

/**
 * Makes a set of the few members that stay. Redis does the same, and it shows: a set that integers alone are left of
 * is an intset then.
 */
function popMost(context: CommandContext, set: SetValue, count: number): void {
  const { setBuilder, random } = context.keyspace;
  const log = new RemovalLog(context);
  const popped = new Selection(count, set.length, random);
  setBuilder.begin();
  set.forEach((member) => {
    if (popped.choosesNext()) {
      context.reply.bulk(member);
      if (log.isWanted) log.add(member.copy());
    } else {
      setBuilder.add(member);
    }
  });
  set.takeOver(setBuilder);
  log.end();
}

/** Logs which members were taken out. */
class RemovalLog {
  readonly isWanted: boolean;
  private readonly context: CommandContext;
  private members: Uint8Array[] = [];

  constructor(context: CommandContext) {
    this.context = context;
    this.isWanted = context.server.writeLog.hasSubscribers;
  }

  add(member: Uint8Array): void {
    this.members.push(member);
    if (this.members.length === LOGGED_AT_ONCE) this.end();
  }

  /** Logs what is left. */
  end(): void {
    if (this.members.length === 0) return;
    this.context.propagate('SREM', this.context.args.at(1), ...this.members);
    this.members = [];
  }
}
