/**
 * The catalogue of error replies, with the texts of Redis 7.0.15. Fixed ones are values, those with parameters are
 * functions. Errors that a single command family has to itself may live with that family; what several use is here.
 *
 * Parameters that a client sent are slices: they are quoted byte for byte up to their first NUL, as Redis does; see
 * reply-text.ts.
 */
import type { Slice } from '../lib/slice.ts';
import type { Args } from './args.ts';
import { ReplyError } from './reply-error.ts';
import { quotedText } from './reply-text.ts';

/** What "unknown command" and "unknown subcommand" quote of a name, and the former of the arguments. */
const QUOTED_BYTES = 128;

function fixed(line: string): ReplyError {
  return Object.freeze(new ReplyError(line));
}

function generic(message: string): ReplyError {
  return new ReplyError(`ERR ${message}`);
}

// "unknown command" and the like count bytes, not characters.
function byteLength(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) length++;
    else length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

export const errors = {
  // Values and keys
  syntax: fixed('ERR syntax error'),
  wrongType: fixed('WRONGTYPE Operation against a key holding the wrong kind of value'),
  noKey: fixed('ERR no such key'),
  sameObject: fixed('ERR source and destination objects are the same'),
  busyKey: fixed('BUSYKEY Target key name already exists.'),
  /** An index into a list, a database and so on. */
  outOfRange: fixed('ERR index out of range'),
  notInteger: fixed('ERR value is not an integer or out of range'),
  notFloat: fixed('ERR value is not a valid float'),
  valueOutOfRange: fixed('ERR value is out of range'),
  notPositive: fixed('ERR value is out of range, must be positive'),
  overflow: fixed('ERR increment or decrement would overflow'),
  decrementOverflow: fixed('ERR decrement would overflow'),
  hashNotInteger: fixed('ERR hash value is not an integer'),
  hashNotFloat: fixed('ERR hash value is not a float'),
  notFinite: fixed('ERR value is NaN or Infinity'),
  nan: fixed('ERR increment would produce NaN or Infinity'),
  minMaxNotFloat: fixed('ERR min or max is not a float'),
  minMaxNotRange: fixed('ERR min or max not valid string range item'),
  stringTooLong: fixed('ERR string exceeds maximum allowed size (proto-max-bulk-len)'),
  offsetOutOfRange: fixed('ERR offset is out of range'),
  databaseOutOfRange: fixed('ERR DB index is out of range'),
  invalidFirstDatabase: fixed('ERR invalid first DB index'),
  invalidSecondDatabase: fixed('ERR invalid second DB index'),
  invalidCursor: fixed('ERR invalid cursor'),
  timeoutNotFloat: fixed('ERR timeout is not a float or out of range'),
  timeoutNotInteger: fixed('ERR timeout is not an integer or out of range'),
  timeoutNegative: fixed('ERR timeout is negative'),
  numkeysNotPositive: fixed('ERR numkeys should be greater than 0'),
  countNotPositive: fixed('ERR count should be greater than 0'),
  negativeLimit: fixed("ERR LIMIT can't be negative"),
  numkeysTooBig: fixed("ERR Number of keys can't be greater than number of args"),
  numkeysNegative: fixed("ERR Number of keys can't be negative"),
  lfuNotSelected: fixed(
    'ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
  ),
  lfuSelected: fixed(
    'ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.',
  ),
  badDump: fixed('ERR DUMP payload version or checksum are wrong'),
  badData: fixed('ERR Bad data format'),
  invalidTtl: fixed('ERR Invalid TTL value, must be >= 0'),

  // Expiry
  expireConditions: fixed('ERR NX and XX, GT or LT options at the same time are not compatible'),
  expireComparisons: fixed('ERR GT and LT options at the same time are not compatible'),
  unsupportedOption: (option: Slice): ReplyError => generic(`Unsupported option ${quotedText(option)}`),
  /** @param command the full name in lower case, as in `getex` */
  invalidExpire: (command: string): ReplyError => generic(`invalid expire time in '${command}' command`),
  notInRange: (min: number | bigint, max: number | bigint): ReplyError =>
    generic(`value is out of range, value must between ${min} and ${max}`),

  // Commands
  /** @param command the full name in lower case, as in `config|get` */
  wrongArity: (command: string): ReplyError => generic(`wrong number of arguments for '${command}' command`),
  /** For the command line `args`, whose first word names no command. */
  unknownCommand: (args: Args): ReplyError => {
    let preview = '';
    let length = 0;
    for (let i = 1; i < args.count && length < QUOTED_BYTES; i++) {
      const word = `'${quotedText(args.at(i), QUOTED_BYTES - length)}' `;
      preview += word;
      length += byteLength(word);
    }
    return generic(`unknown command '${quotedText(args.at(0), QUOTED_BYTES)}', with args beginning with: ${preview}`);
  },
  /** @param container the name as the client wrote it */
  unknownSubcommand: (container: Slice, subcommand: Slice): ReplyError =>
    generic(`unknown subcommand '${quotedText(subcommand, QUOTED_BYTES)}'. Try ${upperCase(container)} HELP.`),
  /** What a container answers that looks at its subcommand's arguments itself. */
  subcommandSyntax: (container: Slice, subcommand: Slice): ReplyError =>
    generic(
      `unknown subcommand or wrong number of arguments for '${quotedText(subcommand, QUOTED_BYTES)}'. Try ${upperCase(container)} HELP.`,
    ),
  notAllowedInSubscribe: (command: string): ReplyError =>
    generic(
      `Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
    ),
  /** A command that a directive keeps from remote clients. */
  protectedCommand: (command: 'DEBUG' | 'MODULE', directive: string): ReplyError =>
    generic(
      `${command} command not allowed. If the ${directive} option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.`,
    ),
  invalidCommand: fixed('ERR Invalid command specified'),
  noKeyArguments: fixed('ERR The command has no key arguments'),
  invalidArgumentCount: fixed('ERR Invalid number of arguments specified for command'),
  invalidArguments: fixed('ERR Invalid arguments specified for command'),

  // Authentication and permissions
  noAuth: fixed('NOAUTH Authentication required.'),
  noAuthHello: fixed(
    'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
  ),
  wrongPass: fixed('WRONGPASS invalid username-password pair or user is disabled.'),
  noPasswordSet: fixed(
    'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
  ),
  noPermCommand: (command: string): ReplyError =>
    new ReplyError(`NOPERM this user has no permissions to run the '${command}' command`),
  noPermKey: fixed('NOPERM this user has no permissions to access one of the keys used as arguments'),
  noPermChannel: fixed('NOPERM this user has no permissions to access one of the channels used as arguments'),
  noPermExecCommand: permissionLost('no permission to execute the command or subcommand'),
  noPermExecKey: permissionLost('no permission to touch the specified keys'),
  noPermExecChannel: permissionLost('no permission to access one of the channels used as arguments'),
  invalidUserName: fixed("ERR Usernames can't contain spaces or null characters"),
  defaultUserFixed: fixed("ERR The 'default' user cannot be removed"),
  noAclFile: fixed(
    'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.',
  ),
  aclSaveFailed: fixed(
    'ERR There was an error trying to save the ACLs. Please check the server logs for more information',
  ),
  genpassBits: fixed(
    'ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096',
  ),
  unknownCategory: (name: Slice): ReplyError => generic(`Unknown category '${quotedText(name, QUOTED_BYTES)}'`),
  userNotFound: (name: Slice): ReplyError => generic(`User '${quotedText(name)}' not found`),
  commandNotFound: (name: Slice): ReplyError => generic(`Command '${quotedText(name)}' not found`),
  noSuchUser: (name: Slice): ReplyError => generic(`No such user '${quotedText(name)}'`),

  // The state of the server
  loading: fixed('LOADING Redis is loading the dataset in memory'),
  oom: fixed("OOM command not allowed when used memory > 'maxmemory'."),
  misconf: fixed(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
  ),
  /** @param reason the system's text for the error, as in `No space left on device` */
  misconfAof: (reason: string): ReplyError => new ReplyError(`MISCONF Errors writing to the AOF file: ${reason}`),
  /** What is said of a failure that only the log explains. */
  failed: fixed('ERR'),
  saveInProgress: fixed('ERR Background save already in progress'),
  rewriteInProgress: fixed('ERR Background append only file rewriting already in progress'),
  rewriteExcludesSave: fixed(
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
  ),
  masterDown: fixed("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
  readOnly: fixed("READONLY You can't write against a read only replica."),
  noReplicas: fixed('NOREPLICAS Not enough good replicas to write.'),
  replicaKeyspace: fixed("ERR Replica can't interact with the keyspace"),
  noShutdown: fixed('ERR No shutdown in progress.'),
  shutdownFailed: fixed('ERR Errors trying to SHUTDOWN. Check logs.'),

  // Transactions
  execAbort: fixed('EXECABORT Transaction discarded because of previous errors.'),
  /** @param cause the error that EXEC itself was refused with; the code ERR is left out */
  execAborted: (cause: ReplyError): ReplyError =>
    new ReplyError(`EXECABORT Transaction discarded because of: ${cause.line.replace(/^ERR /, '')}`),
  nestedMulti: fixed('ERR MULTI calls can not be nested'),
  discardWithoutMulti: fixed('ERR DISCARD without MULTI'),
  execWithoutMulti: fixed('ERR EXEC without MULTI'),
  watchInMulti: fixed('ERR WATCH inside MULTI is not allowed'),
  /** For commands that cannot be queued. */
  noMulti: fixed('ERR Command not allowed inside a transaction'),

  // Scripts
  noScript: fixed('NOSCRIPT No matching script. Please use EVAL.'),
  busyEval: fixed('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'),
  busyFunction: fixed('BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.'),
  busyModule: fixed('BUSY Redis is busy running a module command.'),
  notBusy: fixed('NOTBUSY No scripts in execution right now.'),
  unkillable: fixed(
    'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
  ),
  unkillableMaster: fixed(
    'UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be killed.',
  ),
  scriptReadOnly: fixed('ERR Can not execute a script with write flag using *_ro command.'),
  scriptOnReplica: fixed('READONLY Can not run script with write flag on readonly replica'),
  scriptOom: fixed("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"),
  scriptFlushMode: fixed('ERR SCRIPT FLUSH only support SYNC|ASYNC option'),

  // Clients
  noProtocol: fixed('NOPROTO unsupported protocol version'),
  protocolNotInteger: fixed('ERR Protocol version is not an integer or out of range'),
  helloOption: (option: Slice): ReplyError => generic(`Syntax error in HELLO option '${quotedText(option)}'`),
  clientName: fixed('ERR Client names cannot contain spaces, newlines or special characters.'),
  clientType: (type: Slice): ReplyError => generic(`Unknown client type '${quotedText(type)}'`),
  noSuchClient: fixed('ERR No such client'),
  invalidClientId: fixed('ERR Invalid client ID'),
  clientIdNotPositive: fixed('ERR client-id should be greater than 0'),
  resetNotAllowed: fixed('ERR can only reset normal client connections'),
  unblockReason: fixed('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR'),
  unblocked: fixed('UNBLOCKED client unblocked via CLIENT UNBLOCK'),
  unblockedByRole: fixed(
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
  ),
  unblockedStream: fixed('UNBLOCKED the stream key no longer exists'),
  pauseMode: fixed('ERR CLIENT PAUSE mode must be WRITE or ALL'),
  oneRedirect: fixed('ERR A client can only redirect to a single other client'),
  noRedirectClient: fixed('ERR The client ID you want redirect to does not exist'),
  prefixWithoutBroadcast: fixed('ERR PREFIX option requires BCAST mode to be enabled'),
  trackingBroadcastSwitch: fixed(
    "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
  ),
  trackingOptSwitch: fixed(
    "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
  ),
  trackingOptWithBroadcast: fixed('ERR OPTIN and OPTOUT are not compatible with BCAST'),
  prefixOverlaps: (prefix: Slice, kind: 'an existing' | 'another provided', other: Slice): ReplyError =>
    generic(
      `Prefix '${quotedText(prefix)}' overlaps with ${kind} prefix '${quotedText(other)}'. Prefixes for a single client must not overlap.`,
    ),
  trackingBothOpts: fixed("ERR You can't specify both OPTIN mode and OPTOUT mode"),
  cachingWithoutTracking: fixed(
    'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
  ),
  cachingYes: fixed('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.'),
  cachingNo: fixed('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.'),

  // Where every command must answer at once.
  shardSubscribeDenied: fixed("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"),
  monitorDenied: fixed("ERR MONITOR isn't allowed for DENY BLOCKING client"),

  // Configuration
  configUnknown: (argument: Slice): ReplyError =>
    generic(`Unknown option or number of arguments for CONFIG SET - '${quotedText(argument)}'`),
  /** @param reason null where there is none to give */
  configFailed: (argument: string, reason: string | null): ReplyError =>
    generic(`CONFIG SET failed (possibly related to argument '${argument}')${reason === null ? '' : ` - ${reason}`}`),
  noConfigFile: fixed('ERR The server is running without a config file'),
  /** @param reason the system's text for the error */
  configRewrite: (reason: string): ReplyError => generic(`Rewriting config file: ${reason}`),
} as const;

function permissionLost(reason: string): ReplyError {
  return fixed(
    `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${reason}`,
  );
}

/** C's `toupper` for each byte. */
function upperCase(name: Slice): string {
  return quotedText(name).replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
