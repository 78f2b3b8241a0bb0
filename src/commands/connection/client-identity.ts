/**
 * Who a connection is: CLIENT ID, GETNAME, SETNAME and SETINFO.
 */
import { defineCommand } from '../../dispatch/define-command.ts';
import type { Slice } from '../../lib/slice.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { quotedText } from '../../protocol/reply-text.ts';
import { readClientName } from './client-name.ts';

export const id = defineCommand({
  name: 'id',
  summary: 'Answers the ID of the connection, which no other ever has.',
  since: '5.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, session }) {
    reply.integer(session.id);
  },
});

export const getname = defineCommand({
  name: 'getname',
  summary: 'Answers the name of the connection.',
  since: '2.6.9',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ reply, session }) {
    if (session.name === '') reply.null();
    else reply.text(session.name);
  },
});

export const setname = defineCommand({
  name: 'setname',
  summary: 'Names the connection; an empty name takes the name away.',
  since: '2.6.9',
  group: 'connection',
  complexity: 'O(1)',
  syntax: 'connection-name',
  arity: 3,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, session }) {
    session.name = readClientName(args.at(2));
    reply.ok();
  },
});

export const setinfo = defineCommand({
  name: 'setinfo',
  summary: 'Tells the server about the library that made the connection.',
  since: '7.2.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '<lib-name libname | lib-ver libver>',
  arity: 4,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ args, reply, session }) {
    const attribute = args.at(2);
    const value = args.at(3);
    if (attribute.equalsIgnoreCase('lib-name')) session.libraryName = readClientName(value, badValue(attribute));
    else if (attribute.equalsIgnoreCase('lib-ver')) session.libraryVersion = readClientName(value, badValue(attribute));
    else throw new ReplyError(`ERR Unrecognized option '${quotedText(attribute)}'`);
    reply.ok();
  },
});

function badValue(attribute: Slice): ReplyError {
  return new ReplyError(`ERR ${quotedText(attribute)} cannot contain spaces, newlines or special characters.`);
}
