/**
 * A client as CLIENT LIST, CLIENT INFO and the log describe it: one line of `field=value`, with the fields of Redis 7.2
 * in its order.
 *
 * What means something else here than in Redis:
 *
 * - `qbuf`, `qbuf-free`: what waits to be parsed or executed, without the command that is being executed, and the rest
 *   of what is allocated, which holds the arguments that an incomplete command has so far. Reads share one buffer, so
 *   most clients have none.
 * - `rbs`, `rbp`: clients are lent reply buffers only while they have output, so both are its size.
 * - `obl`, `oll`, `omem`: output that fits one chunk counts as Redis's fixed buffer, more as its list.
 */
import { replyTextOf } from '../protocol/reply-text.ts';
import { RespWriter } from '../protocol/resp-writer.ts';
import { IN_MULTI, IN_PUBSUB, NO_TOUCH, type Session, TRACKING } from './session.ts';
import type { Watches } from './watches.ts';

/** What a client takes apart from its buffers: session, connection, socket and their parts, as measured on Node 20. */
const CLIENT_BYTES = 6 * 1024;

/** What Redis counts for each argument that a transaction keeps, besides its bytes: a pointer. */
const ARGUMENT_BYTES = 8;

/** The kinds of clients that CLIENT LIST and CLIENT KILL tell apart. */
export type ClientType = 'normal' | 'master' | 'replica' | 'pubsub';

/** Monitors are normal clients. */
export function typeOfClient(session: Session): ClientType {
  if (session.role === 'master' || session.role === 'replica') return session.role;
  return session.clientClass === 'pubsub' ? 'pubsub' : 'normal';
}

/** Bytes that the server holds for the client. */
export function clientMemory(session: Session): number {
  const argumentBytes = session.argumentBytes + transactionMemory(session) - session.keptBytes;
  return CLIENT_BYTES + argumentBytes + heldMemory(session);
}

/** Of these, what depends on the client: its buffers, and what it has queued, watches and listens to. */
export function heldMemory({ keptBytes, subscriptionBytes, tracking, transport, watchBytes }: Session): number {
  const interestBytes = subscriptionBytes + watchBytes + (tracking?.prefixBytes ?? 0);
  return transport.queryCapacity + transport.outputBytes + keptBytes + interestBytes;
}

/** Bytes of the arguments that wait for EXEC. */
function transactionMemory({ keptBytes, transaction }: Session): number {
  let count = 0;
  for (const { args } of transaction?.commands ?? []) count += args.count;
  return keptBytes + count * ARGUMENT_BYTES;
}

/** The flags of Redis's client list, `N` where there are none. */
function flagsOf(session: Session, watchBroken: boolean): string {
  let flags = '';
  if (session.role === 'replica') flags += 'S';
  if (session.role === 'monitor') flags += 'O';
  if (session.role === 'master') flags += 'M';
  if (session.clientClass === 'pubsub' || session.is(IN_PUBSUB)) flags += 'P';
  if (session.is(IN_MULTI) || session.executedCount >= 0) flags += 'x';
  if (session.blocked !== null || session.postponed) flags += 'b';
  if (session.is(TRACKING)) flags += 't';
  if (session.tracking?.isRedirectBroken) flags += 'R';
  if (session.tracking?.broadcast) flags += 'B';
  if (watchBroken) flags += 'd';
  if (session.closing) flags += 'c';
  if (session.transport.kind === 'unix') flags += 'U';
  if (session.noEvict) flags += 'e';
  if (session.is(NO_TOUCH)) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/**
 * The line, without a line break.
 *
 * @param watches tells whether the client's transaction has failed already (the flag `d`)
 */
export function describeClient(session: Session, nowMs: number, watches: Watches | null = null): string {
  const { transport } = session;
  const { outputBytes, outputChunks } = transport;
  const secondsSince = (thenMs: number): number => Math.max(0, Math.floor((nowMs - thenMs) / 1000));
  const inOneChunk = outputChunks <= 1;
  // What this turn has written is not yet late.
  const freshBytes = session.output instanceof RespWriter ? session.output.pendingBytes : 0;
  return [
    `id=${session.id}`,
    `addr=${transport.address}`,
    `laddr=${transport.localAddress}`,
    `fd=${transport.descriptor}`,
    `name=${session.name}`,
    `age=${secondsSince(session.createdMs)}`,
    `idle=${secondsSince(session.lastActiveMs)}`,
    `flags=${flagsOf(session, watches?.isBroken(session) ?? false)}`,
    `db=${session.database.index}`,
    `sub=${session.channelCount}`,
    `psub=${session.patternCount}`,
    `ssub=${session.shardChannelCount}`,
    `multi=${session.transaction?.commands.length ?? session.executedCount}`,
    `qbuf=${transport.queryBytes}`,
    `qbuf-free=${Math.max(0, transport.queryCapacity - transport.queryBytes)}`,
    `argv-mem=${session.argumentBytes}`,
    `multi-mem=${transactionMemory(session)}`,
    `rbs=${outputBytes}`,
    `rbp=${outputBytes}`,
    `obl=${inOneChunk ? outputBytes : 0}`,
    `oll=${inOneChunk ? 0 : outputChunks}`,
    `omem=${inOneChunk ? 0 : outputBytes}`,
    `tot-mem=${clientMemory(session)}`,
    `events=${outputBytes > freshBytes ? 'rw' : 'r'}`,
    `cmd=${session.lastCommand?.fullName ?? 'NULL'}`,
    `user=${session.user === null ? '(superuser)' : replyTextOf(session.user.name)}`,
    `redir=${session.is(TRACKING) ? session.trackingRedirect : -1}`,
    `resp=${session.output.version}`,
    `lib-name=${session.libraryName}`,
    `lib-ver=${session.libraryVersion}`,
  ].join(' ');
}
