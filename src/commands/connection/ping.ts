import { defineCommand } from '../../dispatch/define-command.ts';
import { IN_PUBSUB } from '../../dispatch/session.ts';
import { errors } from '../../protocol/errors.ts';

export const ping = defineCommand({
  name: 'ping',
  summary: 'Answers PONG, or the message given, to show that the connection works.',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(1)',
  syntax: '[message]',
  arity: -1,
  flags: ['fast', 'sentinel', 'while_subscribed'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  run({ args, reply, server, session }) {
    if (args.count > 2) throw errors.wrongArity('ping');
    const { writeRefusal } = server.persistence;
    if (writeRefusal !== null) throw writeRefusal;
    if (session.is(IN_PUBSUB)) {
      // A subscriber that speaks RESP2 tells replies from messages by their shape.
      reply.array(2);
      reply.text('pong');
      if (args.count === 2) reply.bulk(args.at(1));
      else reply.text('');
    } else if (args.count === 2) {
      reply.bulk(args.at(1));
    } else {
      reply.status('PONG');
    }
  },
});
