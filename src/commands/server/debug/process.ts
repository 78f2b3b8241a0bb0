/** DEBUG's subcommands that concern the process: its time, its log, its end. */
import { constants } from 'node:os';
import { rewriteConfigFile } from '../../../dispatch/config-rewrite.ts';
import { unreachable } from '../../../lib/invariant.ts';
import { parseMemorySize } from '../../../lib/memory-size.ts';
import { randomHex } from '../../../lib/random.ts';
import { RESPD_VERSION } from '../../../lib/version.ts';
import { errors } from '../../../protocol/errors.ts';
import { ReplyError } from '../../../protocol/reply-error.ts';
import { decodeReplyText } from '../../../protocol/reply-text.ts';
import { type DebugSubcommand, withoutEffect } from './debug-subcommand.ts';
import { replyProtocol } from './protocol.ts';

const MAX_PACKED_THRESHOLD = 2 ** 32;

export const processSubcommands: Readonly<Record<string, DebugSubcommand>> = {
  sleep: {
    usage: '<seconds>',
    help: 'Serve nobody for so long. Fractions are allowed.',
    words: [3, 3],
    run({ args, reply }) {
      const milliseconds = Number.parseFloat(args.at(2).toLatin1()) * 1000;
      if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
      reply.ok();
    },
  },
  'set-active-expire': {
    usage: '<0|1>',
    help: 'Turn off, or on again, the deletion of expired keys that nobody asks for.',
    words: [3, 3],
    run({ args, reply, server }) {
      server.expiry.enabled = Number.parseInt(args.at(2).toLatin1(), 10) > 0;
      reply.ok();
    },
  },
  'pause-cron': {
    usage: '<0|1>',
    help: 'Stop, or go on with, what is done periodically, and with it shutdowns.',
    words: [3, 3],
    run({ args, reply, server }) {
      server.state.cronPaused = Number.parseInt(args.at(2).toLatin1(), 10) > 0;
      reply.ok();
    },
  },
  error: {
    usage: '<text>',
    help: 'Answer an error with this text, code included.',
    words: [3, 3],
    run({ args, reply }) {
      const { bytes, start, end } = args.at(2);
      reply.error(new ReplyError(decodeReplyText(bytes, start, end)));
    },
  },
  log: {
    usage: '<message>',
    help: 'Write a message to the log.',
    words: [3, 3],
    run({ args, reply, server }) {
      server.log('warning', `DEBUG LOG: ${args.at(2)}`);
      reply.ok();
    },
  },
  protocol: {
    usage: '<type>',
    help: 'Answer a reply of a type: string, integer, double, bignum, null, array, set, map, attrib, push, verbatim, true, false.',
    words: [3, 3],
    run: replyProtocol,
  },
  'change-repl-id': {
    usage: '',
    help: 'Give the data set a new name in replication, so that no replica can go on where it was.',
    words: [2, 2],
    run({ reply, server }) {
      server.state.replicationId = randomHex(40);
      server.log('warning', 'The replication ID was changed by DEBUG CHANGE-REPL-ID');
      reply.ok();
    },
  },
  'quicklist-packed-threshold': {
    usage: '<size>',
    help: 'Checked and without effect: list elements of any size lie in one structure.',
    words: [3, 3],
    run({ args, reply }) {
      const bytes = parseMemorySize(args.at(2).toLatin1());
      if (bytes === null || bytes > MAX_PACKED_THRESHOLD) {
        throw new ReplyError('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
      }
      reply.ok();
    },
  },
  replybuffer: {
    usage: '<PEAK-RESET-TIME|RESIZING> <value>',
    help: 'Checked and without effect: reply buffers are recycled.',
    words: [4, 4],
    run(context) {
      const { args, reply } = context;
      const kind = args.at(2);
      const value = args.at(3);
      if (kind.equalsIgnoreCase('peak-reset-time')) {
        if (!value.equalsIgnoreCase('never') && !value.equalsIgnoreCase('reset')) context.integer(3);
      } else if (!kind.equalsIgnoreCase('resizing')) {
        throw errors.subcommandSyntax(args.at(0), args.at(1));
      }
      reply.ok();
    },
  },
  'config-rewrite-force-all': {
    usage: '',
    help: 'As CONFIG REWRITE, and with all directives, those that have their defaults included.',
    words: [2, 2],
    run({ reply, server }) {
      const error = rewriteConfigFile(server, true);
      if (error !== null) throw error;
      reply.ok();
    },
  },
  'set-disable-deny-scripts': {
    usage: '<0|1>',
    help: 'Let scripts call commands that are not for scripts, or no more.',
    words: [3, 3],
    run({ args, reply, server }) {
      server.scriptRuns.allowsAll = Number.parseInt(args.at(2).toLatin1(), 10) !== 0;
      reply.ok();
    },
  },
  'set-skip-checksum-validation': {
    usage: '<0|1>',
    help: 'Restore payloads of DUMP whatever their checksums are, or no more.',
    words: [3, 3],
    run({ args, reply, server }) {
      server.payloads.checksChecksums = Number.parseInt(args.at(2).toLatin1(), 10) === 0;
      reply.ok();
    },
  },
  structsize: {
    usage: '',
    help: 'The size of pointers; there are no C structures here.',
    words: [2, 2],
    run: ({ reply }) => reply.text('bits:64'),
  },
  assert: {
    usage: '',
    help: 'Break an invariant: the server logs it and stops.',
    words: [2, 2],
    run: () => unreachable('DEBUG ASSERT'),
  },
  panic: {
    usage: '',
    help: 'As ASSERT.',
    words: [2, 2],
    run: () => unreachable('DEBUG PANIC'),
  },
  segfault: {
    usage: '',
    help: 'Kill the process at once, as an access to memory that is not its own would.',
    words: [2, 2],
    run({ server }) {
      server.log('warning', `respd ${RESPD_VERSION} crashed by signal: ${constants.signals.SIGSEGV}`);
      process.kill(process.pid, 'SIGSEGV');
    },
  },
  'aof-flush-sleep': withoutEffect('<microseconds>', 'the log is not written by a thread that could wait', 3),
  'drop-cluster-packet-filter': withoutEffect('<type>', 'there is no cluster', 3),
  jmap: withoutEffect('', 'the allocator keeps no map', 2),
  leak: withoutEffect('<string>', 'memory that nobody refers to is freed', 3),
};
