/**
 * Client-side caching as clients ask for it: CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { TRACKING } from '../../dispatch/session.ts';
import type { TrackingModes, TrackingOptions } from '../../dispatch/tracking-modes.ts';
import { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

interface Request {
  /** 0 for the session itself. */
  redirect: number;
  broadcast: boolean;
  optIn: boolean;
  optOut: boolean;
  noLoop: boolean;
  readonly prefixes: Slice[];
}

export const tracking = defineCommand({
  name: 'tracking',
  summary: 'Has the server tell this connection when keys change that it has read.',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1). Some options may introduce additional complexity.',
  syntax: '<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]',
  arity: -3,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    const { args, reply, server, session } = context;
    const request = readRequest(context);
    const isOn = args.at(2).equalsIgnoreCase('on');
    if (!isOn && !args.at(2).equalsIgnoreCase('off')) throw errors.syntax;
    if (isOn) {
      checkModes(request, session.tracking);
      checkPrefixes(request, session.tracking);
      const prefixes = request.prefixes.map((prefix) => prefix.toLatin1());
      server.tracking.enable(session, request.redirect, optionsOf(request), prefixes);
    } else server.tracking.disable(session);
    reply.ok();
  },
});

export const caching = defineCommand({
  name: 'caching',
  summary: 'Tells whether the keys of the next command are to be tracked.',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '<YES | NO>',
  arity: 3,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, session }) {
    const { tracking: modes } = session;
    if (modes === null) throw errors.cachingWithoutTracking;
    if (args.at(2).equalsIgnoreCase('yes')) {
      if (!modes.optIn) throw errors.cachingYes;
    } else if (args.at(2).equalsIgnoreCase('no')) {
      if (!modes.optOut) throw errors.cachingNo;
    } else throw errors.syntax;
    modes.isCachingSaid = true;
    reply.ok();
  },
});

export const trackinginfo = defineCommand({
  name: 'trackinginfo',
  summary: "Answers how this connection's reads are tracked.",
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, session }) {
    const { tracking: modes, trackingRedirect } = session;
    const flags = modes === null ? ['off'] : flagsOf(modes);
    const prefixes = [...(modes?.prefixes ?? [])].sort();
    reply.map(3);
    reply.text('flags');
    reply.set(flags.length);
    for (const flag of flags) reply.text(flag);
    reply.text('redirect');
    reply.integer(modes === null ? -1 : trackingRedirect);
    reply.text('prefixes');
    reply.array(prefixes.length);
    for (const prefix of prefixes) reply.bulk(sliceOf(prefix));
  },
});

export const getredir = defineCommand({
  name: 'getredir',
  summary: 'Answers which connection is sent the invalidations of this one.',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, session }) {
    reply.integer(session.is(TRACKING) ? session.trackingRedirect : -1);
  },
});

function readRequest(context: CommandContext): Request {
  const { args, server } = context;
  const request: Request = {
    redirect: 0,
    broadcast: false,
    optIn: false,
    optOut: false,
    noLoop: false,
    prefixes: [],
  };
  for (let i = 3; i < args.count; i++) {
    const option = args.at(i);
    const hasValue = i + 1 < args.count;
    if (option.equalsIgnoreCase('redirect') && hasValue) {
      if (request.redirect !== 0) throw errors.oneRedirect;
      const id = Number(context.integer(++i));
      if (server.clients.get(id) === undefined) throw errors.noRedirectClient;
      request.redirect = id;
    } else if (option.equalsIgnoreCase('bcast')) request.broadcast = true;
    else if (option.equalsIgnoreCase('optin')) request.optIn = true;
    else if (option.equalsIgnoreCase('optout')) request.optOut = true;
    else if (option.equalsIgnoreCase('noloop')) request.noLoop = true;
    else if (option.equalsIgnoreCase('prefix') && hasValue) request.prefixes.push(args.at(++i));
    else throw errors.syntax;
  }
  return request;
}

/** Modes must fit together, and those that are in force. */
function checkModes({ broadcast, optIn, optOut, prefixes }: Request, current: TrackingModes | null): void {
  if (!broadcast && prefixes.length > 0) throw errors.prefixWithoutBroadcast;
  if (current !== null && current.broadcast !== broadcast) throw errors.trackingBroadcastSwitch;
  if (broadcast && (optIn || optOut)) throw errors.trackingOptWithBroadcast;
  if (optIn && optOut) throw errors.trackingBothOpts;
  if (current !== null && ((optIn && current.optOut) || (optOut && current.optIn))) throw errors.trackingOptSwitch;
}

/** No key may have two of the prefixes: it would be told of twice. */
function checkPrefixes({ prefixes }: Request, current: TrackingModes | null): void {
  const existing = [...(current?.prefixes ?? [])].sort();
  prefixes.forEach((prefix, i) => {
    const text = prefix.toLatin1();
    for (const other of existing) {
      if (overlaps(text, other)) throw errors.prefixOverlaps(prefix, 'an existing', sliceOf(other));
    }
    for (const other of prefixes.slice(i + 1)) {
      if (overlaps(text, other.toLatin1())) throw errors.prefixOverlaps(prefix, 'another provided', other);
    }
  });
}

function overlaps(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function sliceOf(latin1: string): Slice {
  return Slice.from(Buffer.from(latin1, 'latin1'));
}

function optionsOf({ broadcast, noLoop, optIn, optOut }: Request): TrackingOptions {
  return { broadcast, noLoop, optIn, optOut };
}

function flagsOf(modes: TrackingModes): readonly string[] {
  const flags = ['on'];
  if (modes.broadcast) flags.push('bcast');
  if (modes.optIn) flags.push('optin');
  if (modes.optIn && modes.isCachingSaid) flags.push('caching-yes');
  if (modes.optOut) flags.push('optout');
  if (modes.optOut && modes.isCachingSaid) flags.push('caching-no');
  if (modes.noLoop) flags.push('noloop');
  if (modes.isRedirectBroken) flags.push('broken_redirect');
  return flags;
}
