/** The arguments of MIGRATE. */
import type { FoundKey, KeyFlag, KeySpec } from '../../dispatch/command.ts';
import type { CommandContext } from '../../dispatch/command-context.ts';
import { redact } from '../../dispatch/redaction.ts';
import { Slice } from '../../lib/slice.ts';
import type { Args } from '../../protocol/args.ts';
import { errors } from '../../protocol/errors.ts';
import { ReplyError } from '../../protocol/reply-error.ts';

const DEFAULT_TIMEOUT_MS = 1000;
const KEY = 3;
const FIRST_OPTION = 6;
const KEY_FLAGS: readonly KeyFlag[] = ['RW', 'access', 'delete'];

const NEEDS_EMPTY_KEY = new ReplyError(
  'ERR When using MIGRATE KEYS option, the key argument must be set to the empty string',
);

export const MIGRATE_KEYS: readonly KeySpec[] = [
  { flags: KEY_FLAGS, search: { index: KEY }, find: { last: 0, step: 1, limit: 0 } },
  {
    flags: [...KEY_FLAGS, 'incomplete'],
    search: { keyword: 'KEYS', from: -2 },
    find: { last: -1, step: 1, limit: 0 },
  },
];

/** The key in its place, or those behind KEYS where that place is empty. */
export function findMigratedKeys(args: Args): readonly FoundKey[] {
  let first = KEY;
  let last = KEY;
  for (let i = FIRST_OPTION; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('auth')) i++;
    else if (word.equalsIgnoreCase('auth2')) i += 2;
    else if (word.equalsIgnoreCase('keys')) {
      if (args.at(KEY).length > 0) return [];
      first = i + 1;
      last = args.count - 1;
      break;
    }
  }
  return Array.from({ length: last - first + 1 }, (_, i) => ({ index: first + i, flags: KEY_FLAGS }));
}

/** What is asked for; nothing in it points into the arguments. */
export interface MigrateRequest {
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly timeoutMs: number;
  readonly copies: boolean;
  readonly replaces: boolean;
  /** The words of AUTH there, the command's name left out; empty without. */
  readonly credentials: readonly Uint8Array[];
  readonly keys: readonly Slice[];
}

export function readMigrateRequest(context: CommandContext): MigrateRequest {
  const { args } = context;
  let copies = false;
  let replaces = false;
  let credentials: readonly Uint8Array[] = [];
  let keys = [Slice.from(args.at(KEY).copy())];
  for (let i = FIRST_OPTION; i < args.count; i++) {
    const word = args.at(i);
    if (word.equalsIgnoreCase('copy')) copies = true;
    else if (word.equalsIgnoreCase('replace')) replaces = true;
    else if (word.equalsIgnoreCase('auth') && i + 1 < args.count) credentials = takeSecrets(args, ++i, 1);
    else if (word.equalsIgnoreCase('auth2') && i + 2 < args.count) {
      credentials = takeSecrets(args, i + 1, 2);
      i += 2;
    } else if (word.equalsIgnoreCase('keys')) {
      if (args.at(KEY).length > 0) throw NEEDS_EMPTY_KEY;
      keys = Array.from({ length: args.count - i - 1 }, (_, j) => Slice.from(args.at(i + 1 + j).copy()));
      break;
    } else throw errors.syntax;
  }
  const timeoutMs = context.position(5);
  return {
    host: args.at(1).toLatin1(),
    // Like C's atoi: what is no number is port 0, where nobody listens.
    port: Number.parseInt(args.at(2).toLatin1(), 10) & 0xffff,
    database: context.position(4),
    timeoutMs: timeoutMs > 0 ? Math.min(timeoutMs, 2 ** 31 - 1) : DEFAULT_TIMEOUT_MS,
    copies,
    replaces,
    credentials,
    keys,
  };
}

function takeSecrets(args: Args, first: number, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const secret = args.at(first + i).copy();
    redact(args, first + i);
    return secret;
  });
}
