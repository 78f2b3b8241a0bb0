/**
 * A client as CLIENT LIST, CLIENT INFO and the log describe it: one line of `field=value`.
 */
import { IN_MULTI, IN_PUBSUB, NO_TOUCH, type Session, TRACKING } from './session.ts';

/** The flags of Redis's client list, `N` where there are none. */
function flagsOf(session: Session): string {
  let flags = '';
  if (session.role === 'replica') flags += 'S';
  if (session.role === 'monitor') flags += 'O';
  if (session.role === 'master') flags += 'M';
  if (session.clientClass === 'pubsub' || session.is(IN_PUBSUB)) flags += 'P';
  if (session.is(IN_MULTI)) flags += 'x';
  if (session.blocked !== null) flags += 'b';
  if (session.is(TRACKING)) flags += 't';
  if (session.closing) flags += 'c';
  if (session.transport.kind === 'unix') flags += 'U';
  if (session.noEvict) flags += 'e';
  if (session.is(NO_TOUCH)) flags += 'T';
  return flags === '' ? 'N' : flags;
}

/** The line, without a line break; names as their bytes in latin1. */
export function describeClient(session: Session, nowMs: number): string {
  const { transport } = session;
  const seconds = (sinceMs: number): number => Math.max(0, Math.floor((nowMs - sinceMs) / 1000));
  const outputBytes = transport.outputBytes;
  const totalBytes = transport.queryCapacity + outputBytes + session.keptBytes;
  return [
    `id=${session.id}`,
    `addr=${transport.address}`,
    `laddr=${transport.localAddress}`,
    `fd=${transport.descriptor}`,
    `name=${session.name}`,
    `age=${seconds(session.createdMs)}`,
    `idle=${seconds(session.lastActiveMs)}`,
    `flags=${flagsOf(session)}`,
    `db=${session.database.index}`,
    'sub=0',
    'psub=0',
    'ssub=0',
    'multi=-1',
    `qbuf=${transport.queryBytes}`,
    `qbuf-free=${Math.max(0, transport.queryCapacity - transport.queryBytes)}`,
    'argv-mem=0',
    'multi-mem=0',
    'rbs=0',
    'rbp=0',
    `obl=${transport.outputChunks <= 1 ? outputBytes : 0}`,
    `oll=${transport.outputChunks <= 1 ? 0 : transport.outputChunks}`,
    `omem=${outputBytes}`,
    `tot-mem=${totalBytes}`,
    `events=${outputBytes > 0 ? 'rw' : 'r'}`,
    `cmd=${session.lastCommand?.fullName ?? 'NULL'}`,
    `user=${session.user}`,
    'redir=-1',
    `resp=${session.output.version}`,
    `lib-name=${session.libraryName}`,
    `lib-ver=${session.libraryVersion}`,
  ].join(' ');
}
