import type { AclLogEntry } from '../../dispatch/acl/acl-log.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { errors } from '../../protocol/errors.ts';
import type { ReplyWriter } from '../../protocol/reply-writer.ts';
import { replyBytes } from './byte-reply.ts';

const DEFAULT_COUNT = 10;

export const log = defineCommand({
  name: 'log',
  summary: 'Returns what was refused lately and to whom, or forgets it.',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N) where N is the number of entries returned',
  history: [['7.2.0', 'Tells the number of an entry and the times of its first and its last refusal.']],
  syntax: '[count | RESET]',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'sentinel'],
  run(context) {
    const { args, reply, server } = context;
    if (args.count > 3) throw errors.subcommandSyntax(args.at(0), args.at(1));
    if (args.count === 3 && args.at(2).equalsIgnoreCase('reset')) {
      server.acl.log.clear();
      reply.ok();
      return;
    }
    const count = args.count === 3 ? context.position(2) : DEFAULT_COUNT;
    const entries = server.acl.log.entries.slice(0, Math.max(0, count));
    const nowMs = server.clock.nowMs();
    reply.array(entries.length);
    for (const entry of entries) writeEntry(reply, entry, nowMs);
  },
});

function writeEntry(reply: ReplyWriter, entry: AclLogEntry, nowMs: number): void {
  reply.map(10);
  reply.text('count');
  reply.integer(entry.count);
  reply.text('reason');
  reply.text(entry.reason);
  reply.text('context');
  reply.text(entry.context);
  reply.text('object');
  replyBytes(reply, entry.object);
  reply.text('username');
  replyBytes(reply, entry.userName);
  reply.text('age-seconds');
  reply.double((nowMs - entry.updatedMs) / 1000);
  reply.text('client-info');
  reply.text(entry.client);
  reply.text('entry-id');
  reply.integer(entry.id);
  reply.text('timestamp-created');
  reply.integer(entry.createdMs);
  reply.text('timestamp-last-updated');
  reply.integer(entry.updatedMs);
}
