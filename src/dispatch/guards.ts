/**
 * What may stand between a command and its execution, in the order in which Redis asks.
 *
 * Guards are asked only when something is special: the command is unknown or malformed, or the session or the server
 * is in a state other than the plain one. None tests for particular commands by name: what a command may do is said
 * by its flags.
 */
import type { Args } from '../protocol/args.ts';
import { errors } from '../protocol/errors.ts';
import type { ReplyError } from '../protocol/reply-error.ts';
import { denialReply } from './acl/acl.ts';
import { CONTINUE, type Outcome, POSTPONED } from './client-port.ts';
import {
  ALLOW_BUSY,
  COMMITS,
  CONTAINER,
  type Command,
  DENY_OOM,
  MAY_REPLICATE,
  NO_AUTH,
  NO_MULTI,
  PROTECTED,
  READONLY,
  UNNESTED,
  UNPAUSED,
  UNQUEUED,
  WHILE_LOADING,
  WHILE_SUBSCRIBED,
  WRITE,
} from './registry.ts';
import { NO_WRITES, UNDECLARED } from './script-service.ts';
import type { ServerServices } from './server-services.ts';
import { BUSY, LOADING, MEMORY_LIMITED, PAUSED, UNSAFE } from './server-state.ts';
import { BARRED_FROM_KEYS, IN_MULTI, IN_PUBSUB, NEEDS_AUTH, RESTRICTED, type Session } from './session.ts';
import type { Transaction } from './transaction.ts';

/** Go on with the next guard (null), answer this error, or: the guard has dealt with the command. */
export type Verdict = null | ReplyError | Outcome;

export type Guard = (server: ServerServices, session: Session, command: Command, args: Args) => Verdict;

/** The order of the guards that a known command passes. */
export const guards: readonly Guard[] = [
  arity,
  enabled,
  authenticated,
  allowedInTransaction,
  permitted,
  withinMemory,
  durable,
  subscribed,
  loaded,
  idle,
  awayFromKeys,
  unpaused,
  queued,
];

function arity(_server: ServerServices, _session: Session, command: Command, args: Args): Verdict {
  return args.count < command.minArgs || args.count > command.maxArgs ? errors.wrongArity(command.fullName) : null;
}

/** `enable-debug-command` and its like. */
function enabled(server: ServerServices, session: Session, command: Command): Verdict {
  const directive = command.spec.enabledBy;
  if (directive === undefined) return null;
  const setting = server.config.get(directive);
  if (setting === 'yes' || (setting === 'local' && isLocal(session))) return null;
  return errors.protectedCommand(directive === 'enable-debug-command' ? 'DEBUG' : 'MODULE', directive);
}

function authenticated(server: ServerServices, session: Session, command: Command): Verdict {
  if (!session.is(NEEDS_AUTH) || (command.bits & NO_AUTH) !== 0 || server.authenticator.isOpen) return null;
  return errors.noAuth;
}

/** What the session's user may do. */
function permitted(server: ServerServices, session: Session, command: Command, args: Args): Verdict {
  if (!session.is(RESTRICTED)) return null;
  const denial = server.acl.refusal(session, command, args, session.is(IN_MULTI) ? 'multi' : 'toplevel');
  return denial === null ? null : denialReply(denial, command);
}

/**
 * `maxmemory`: keys are evicted before each command; where that does not do, what may take more memory is refused, and
 * so is what would be queued.
 */
function withinMemory(server: ServerServices, session: Session, command: Command): Verdict {
  // What a script that has run for too long does must not be mixed with evictions.
  if (!server.state.is(MEMORY_LIMITED) || server.state.is(BUSY)) return null;
  if (server.memoryLimit.enforce() !== 'exceeded' || session.role === 'master') return null;
  return takesMemory(session, command) ? errors.oom : null;
}

function takesMemory({ transaction }: Session, command: Command): boolean {
  if (transaction === null || (command.bits & DENY_OOM) !== 0) return (command.bits & DENY_OOM) !== 0;
  if ((command.bits & COMMITS) === 0) return (command.bits & (UNQUEUED | UNNESTED)) !== UNQUEUED;
  return transaction.commands.some((queued) => (queued.command.bits & DENY_OOM) !== 0);
}

/** What can't be saved must not change. Replication and replay have no choice. */
function durable(server: ServerServices, session: Session, command: Command, args: Args): Verdict {
  if (!server.state.is(UNSAFE) || session.role === 'master') return null;
  if ((effectiveBits(server, session, command, args) & WRITE) === 0) return null;
  return server.persistence.writeRefusal ?? server.appendOnly.writeRefusal;
}

function subscribed(_server: ServerServices, session: Session, command: Command): Verdict {
  if (!session.is(IN_PUBSUB) || (command.bits & WHILE_SUBSCRIBED) !== 0) return null;
  return errors.notAllowedInSubscribe(command.fullName);
}

function loaded(server: ServerServices, _session: Session, command: Command): Verdict {
  return server.state.is(LOADING) && (command.bits & WHILE_LOADING) === 0 ? errors.loading : null;
}

/** A script has run for too long: only what can end it is allowed. */
function idle(server: ServerServices, _session: Session, command: Command): Verdict {
  return server.state.is(BUSY) && (command.bits & ALLOW_BUSY) === 0 ? server.scriptRuns.busyError : null;
}

/** Monitors and replicas, which no pause holds back, have no business with keys. */
function awayFromKeys(_server: ServerServices, session: Session, command: Command): Verdict {
  if (!session.is(BARRED_FROM_KEYS)) return null;
  return (command.bits & (READONLY | WRITE | MAY_REPLICATE)) !== 0 ? errors.replicaKeyspace : null;
}

/** CLIENT PAUSE: commands wait, writes only or all, except those that end the pause. */
function unpaused(server: ServerServices, session: Session, command: Command, args: Args): Verdict {
  if (!server.state.is(PAUSED) || session.role !== 'client' || (command.bits & UNPAUSED) !== 0) return null;
  // Nobody would bring the command again.
  if (session.transport.kind === 'none') return null;
  if (server.state.pauseWritesOnly) {
    if ((effectiveBits(server, session, command, args) & (WRITE | MAY_REPLICATE)) === 0) return null;
  }
  server.pauses.postpone(session);
  return POSTPONED;
}

function allowedInTransaction(_server: ServerServices, session: Session, command: Command): Verdict {
  return session.transaction !== null && (command.bits & NO_MULTI) !== 0 ? errors.noMulti : null;
}

/** Between MULTI and EXEC commands are kept for later. */
function queued(_server: ServerServices, session: Session, command: Command, args: Args): Verdict {
  const { transaction } = session;
  if (transaction === null || (command.bits & UNQUEUED) !== 0) return null;
  queue(session, transaction, command, args);
  return CONTINUE;
}

function queue(session: Session, transaction: Transaction, command: Command, args: Args): void {
  // What can't succeed any more need not be kept.
  if (!transaction.aborted) transaction.queue(command, args);
  session.keptBytes = transaction.keptBytes;
  session.reply.queued();
}

/**
 * The usual case between MULTI and EXEC, where no other guard than {@link queued} has anything to ask: true when the
 * command is queued.
 */
export function queueAtOnce(server: ServerServices, session: Session, command: Command, args: Args): boolean {
  const { transaction } = session;
  if (transaction === null || session.state !== IN_MULTI || server.state.bits !== 0) return false;
  if ((command.bits & (UNQUEUED | PROTECTED | CONTAINER | NO_MULTI)) !== 0) return false;
  if (args.count < command.minArgs || args.count > command.maxArgs) return false;
  queue(session, transaction, command, args);
  return true;
}

/**
 * The command's bits, for EXEC those of all that is queued. Of a script counts what it declares, not what may be feared
 * of any.
 */
function effectiveBits(server: ServerServices, { transaction }: Session, command: Command, args: Args): number {
  if ((command.bits & COMMITS) === 0 || transaction === null) return bitsOf(server, command, args);
  return transaction.commands.reduce(
    (bits, queued) => bits | bitsOf(server, queued.command, queued.args),
    command.bits,
  );
}

function bitsOf(server: ServerServices, { bits, spec }: Command, args: Args): number {
  const script = spec.script?.(server.scripts, args) ?? null;
  if (script === null || (script.flags & UNDECLARED) !== 0) return bits;
  return (bits & ~(WRITE | MAY_REPLICATE)) | ((script.flags & NO_WRITES) !== 0 ? 0 : WRITE);
}

/** True for clients on the same host, and those without a socket. */
export function isLocal(session: Session): boolean {
  const { kind, address } = session.transport;
  return kind === 'none' || kind === 'unix' || address.startsWith('127.') || address.startsWith('[::1]');
}
