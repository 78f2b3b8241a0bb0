/** DEBUG's subcommands that look at keys and values, or make them. */
import type { CommandContext } from '../../../dispatch/command-context.ts';
import { LOADING } from '../../../dispatch/server-state.ts';
import { Digest, digestKeyspace, digestValue } from '../../../keyspace/digest.ts';
import { accessStampOf, NULL, type Pointer } from '../../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../../keyspace/key-table.ts';
import { keyBytes } from '../../../keyspace/memory-usage.ts';
import { serializedLength } from '../../../keyspace/serialized-length.ts';
import { globMatchRange } from '../../../lib/glob.ts';
import { Slice } from '../../../lib/slice.ts';
import { errors } from '../../../protocol/errors.ts';
import { ReplyError } from '../../../protocol/reply-error.ts';
import type { DebugSubcommand } from './debug-subcommand.ts';

/** What an integer that Redis shares among keys counts as references. */
const SHARED_REFCOUNT = 2 ** 31 - 1;
const SHARED_INTEGERS = 10_000;

const MAX_POPULATED = 2 ** 32;
const MAX_VALUE_BYTES = 2 ** 29;
/** What a key may need besides its bytes: a table segment that splits, and pages above it. */
const KEY_HEADROOM_BYTES = 64 * 1024;

export const keySubcommands: Readonly<Record<string, DebugSubcommand>> = {
  digest: {
    usage: '',
    help: 'A digest of all keys and values, the same as that of a Redis with the same data.',
    words: [2, 2],
    run: ({ keyspace, reply }) => reply.status(digestKeyspace(keyspace).toString()),
  },
  'digest-value': {
    usage: '<key> [<key> ...]',
    help: 'Digests of the values of keys.',
    words: [2, Number.POSITIVE_INFINITY],
    run(context) {
      const { args, database, keyspace, reply } = context;
      reply.array(args.count - 2);
      for (let i = 2; i < args.count; i++) {
        const key = args.at(i);
        const entry = database.peek(key);
        const digest = new Digest();
        if (entry !== NULL) digestValue({ keyspace, database, key, entry }, digest);
        reply.status(digest.toString());
      }
    },
  },
  object: {
    usage: '<key>',
    help: 'How the value of a key is represented.',
    words: [3, 3],
    run: replyObject,
  },
  sdslen: {
    usage: '<key>',
    help: 'The lengths of a key and of its string value, and what they take.',
    words: [3, 3],
    run(context) {
      const entry = existing(context);
      const { keyspace, reply } = context;
      if (!context.isString(entry) || keyspace.kinds.encodingName(entry) === 'int') {
        throw new ReplyError('ERR Not an sds encoded string.');
      }
      const keyLength = context.args.at(2).length;
      const valueLength = keyspace.stringValues.length(entry);
      const bytes = keyBytes(keyspace, entry, 0);
      reply.status(
        `key_sds_len:${keyLength}, key_sds_avail:0, key_zmalloc: ${keyLength}, val_sds_len:${valueLength}, val_sds_avail:0, val_zmalloc: ${bytes - keyLength}`,
      );
    },
  },
  listpack: {
    usage: '<key>',
    help: 'Write to the log what the listpack of a key takes.',
    words: [3, 3],
    run: (context) => logRepresentation(context, 'listpack', 'Listpack'),
  },
  quicklist: {
    usage: '<key> [<0|1>]',
    help: 'Write to the log what the list of a key takes.',
    words: [3, 4],
    run: (context) => logRepresentation(context, 'quicklist', 'Quicklist'),
  },
  htstats: {
    usage: '<database>',
    help: 'The size of a database in keys.',
    words: [3, 3],
    run(context) {
      const database = context.keyspace.databases[context.position(2)];
      if (database === undefined) throw new ReplyError('ERR Out of range database');
      context.reply.verbatim(
        'txt',
        `[Dictionary HT]\n${tableText(database.size)}[Expires HT]\n${tableText(database.expiring)}`,
      );
    },
  },
  populate: {
    usage: '<count> [<prefix>] [<size>]',
    help: 'Make string keys <prefix>:<number>, by default key:<number>, of <size> bytes. Nobody else is told of them.',
    words: [3, 5],
    run: populate,
  },
  'stringmatch-len': {
    usage: '<length> <pattern>',
    help: 'Whether a glob pattern matches a text of so many letters a.',
    words: [4, 4],
    run(context) {
      const text = new Uint8Array(context.integerBetween(2, 0, MAX_VALUE_BYTES)).fill(0x61);
      const { bytes, start, end } = context.args.at(3);
      context.reply.integer(Number(globMatchRange(bytes, start, end, text, 0, text.length, false)));
    },
  },
  verify: {
    usage: '',
    help: 'Check every block of the data set. The server stops if a check fails.',
    words: [2, 2],
    run({ keyspace, reply, server }) {
      // A value that is being read lies under no key yet.
      if (server.state.is(LOADING)) throw errors.loading;
      keyspace.verify();
      reply.ok();
    },
  },
};

/** The entry of the key in the third word, also past its deadline. */
function existing({ args, database }: CommandContext): Pointer {
  const entry = database.peek(args.at(2));
  if (entry === NULL) throw errors.noKey;
  return entry;
}

function replyObject(context: CommandContext): void {
  const entry = existing(context);
  const { keyspace, reply, server } = context;
  const { access, heap, kinds } = keyspace;
  const encoding = kinds.encodingName(entry);
  const stamp = accessStampOf(heap, entry);
  const length = serializedLength(keyspace, entry, server.config.get('rdbcompression'));
  const fields = [
    `Value at:0x${entry.toString(16)}`,
    `refcount:${encoding === 'int' && isShared(context, entry) ? SHARED_REFCOUNT : 1}`,
    `encoding:${encoding}`,
    `serializedlength:${length}`,
    `lru:${stamp}`,
    `lru_seconds_idle:${access.lfu ? 0 : access.idleSeconds(stamp)}`,
  ];
  reply.status(fields.join(' '));
}

function isShared({ keyspace }: CommandContext, entry: Pointer): boolean {
  const text = keyspace.stringValues.slice(entry, new Slice(new Uint8Array(0), 0, 0)).toLatin1();
  return Number(text) >= 0 && Number(text) < SHARED_INTEGERS;
}

function logRepresentation(context: CommandContext, encoding: string, title: string): void {
  const entry = existing(context);
  const { args, keyspace, reply, server } = context;
  if (keyspace.kinds.encodingName(entry) !== encoding) throw new ReplyError(`ERR Not a ${encoding} encoded object.`);
  server.log('notice', `${title} at ${args.at(2)}: ${keyBytes(keyspace, entry, 0)} bytes`);
  reply.status(`${title} written to the log`);
}

function tableText(elements: number): string {
  if (elements === 0) {
    return 'Hash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n';
  }
  return `Hash table 0 stats (main hash table):\n number of elements: ${elements}\n`;
}

function populate(context: CommandContext): void {
  const { args, database, keyspace, reply } = context;
  const count = context.integerBetween(2, 0, MAX_POPULATED, errors.notPositive);
  const prefix = args.count > 3 ? args.at(3).copy() : new TextEncoder().encode('key');
  const size = args.count > 4 ? context.integerBetween(4, 0, MAX_VALUE_BYTES, errors.notPositive) : 0;
  for (let i = 0; i < count; i++) {
    if (!keyspace.heap.reserve(size + KEY_HEADROOM_BYTES)) throw errors.oom;
    const key = Slice.from(Buffer.concat([prefix, Buffer.from(`:${i}`)]));
    if (database.find(key) !== NULL) continue;
    let value: Uint8Array = Buffer.from(`value:${i}`);
    if (size > 0) {
      const padded = new Uint8Array(size);
      padded.set(value.subarray(0, size));
      value = padded;
    }
    database.addString(key, Slice.from(value), NO_DEADLINE);
    keyspace.events.modified(database.index, key);
  }
  reply.ok();
}
