/**
 * How the server treats a connection: CLIENT REPLY, NO-EVICT and NO-TOUCH.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { NO_TOUCH } from '../../dispatch/session.ts';
import { errors } from '../../protocol/errors.ts';

export const reply = defineCommand({
  name: 'reply',
  summary: 'Tells the server whether to send replies.',
  since: '3.2.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '<ON | OFF | SKIP>',
  arity: 3,
  flags: ['noscript', 'loading', 'stale', 'sentinel'],
  run({ args, session }) {
    const mode = args.at(2);
    if (mode.equalsIgnoreCase('off')) session.setReplyMode('off');
    else if (mode.equalsIgnoreCase('skip')) session.setReplyMode('skip');
    else if (mode.equalsIgnoreCase('on')) {
      session.setReplyMode('on');
      // Not the context's writer: replies may have been off until now.
      session.reply.ok();
    } else throw errors.syntax;
  },
});

export const noEvict = defineCommand({
  name: 'no-evict',
  summary: 'Tells the server whether it may disconnect the client to free memory.',
  since: '7.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '<ON | OFF>',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    context.session.noEvict = readSwitch(context);
    context.reply.ok();
  },
});

export const noTouch = defineCommand({
  name: 'no-touch',
  summary: "Tells the server whether the client's commands count as accesses to keys.",
  since: '7.2.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '<ON | OFF>',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  run(context) {
    context.session.set(NO_TOUCH, readSwitch(context));
    context.reply.ok();
  },
});

function readSwitch({ args }: CommandContext): boolean {
  const value = args.at(2);
  if (value.equalsIgnoreCase('on')) return true;
  if (value.equalsIgnoreCase('off')) return false;
  throw errors.syntax;
}
