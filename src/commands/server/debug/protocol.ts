/** DEBUG PROTOCOL: a reply of each type, for the tests of client libraries. */
import type { CommandContext } from '../../../dispatch/command-context.ts';
import { ReplyError } from '../../../protocol/reply-error.ts';
import type { ReplyWriter } from '../../../protocol/reply-writer.ts';

const REPLIES: Readonly<Record<string, (reply: ReplyWriter) => void>> = {
  string: (reply) => reply.text('Hello World'),
  integer: (reply) => reply.integer(12345),
  double: (reply) => reply.double(3141 / 1000),
  bignum: (reply) => reply.bigNumber('1234567999999999999999999999999999999'),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  set(reply) {
    reply.set(3);
    for (let i = 0; i < 3; i++) reply.integer(i);
  },
  map(reply) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib(reply) {
    // RESP2 has no attributes.
    if (reply.version === 3) {
      reply.attribute(1);
      reply.text('key-popularity');
      reply.array(2);
      reply.text('key:123');
      reply.integer(90);
    }
    reply.text('Some real reply following the attribute');
  },
  push(reply) {
    if (reply.version === 2) throw new ReplyError('ERR RESP2 is not supported by this command');
    reply.push(2);
    reply.text('server-cpu-usage');
    reply.integer(42);
    // A push answers nothing, so the reply follows.
    reply.text('Some real reply following the push reply');
  },
  verbatim: (reply) => reply.verbatim('txt', 'This is a verbatim\nstring'),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
};

export function replyProtocol({ args, reply }: CommandContext): void {
  const name = args.at(2).toLatin1().toLowerCase();
  if (!Object.hasOwn(REPLIES, name)) {
    throw new ReplyError(
      'ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
    );
  }
  REPLIES[name](reply);
}
