/**
 * MIGRATE: moves keys to another server.
 *
 * The other server is waited for while clients go on reading here. Writes wait (as with CLIENT PAUSE WRITE), so that a
 * key is deleted as it was sent; where something that no pause holds back has changed it meanwhile, it stays.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { PeerError, type PeerLink } from '../../dispatch/peer-service.ts';
import type { ServerServices } from '../../dispatch/server-services.ts';
import { Session } from '../../dispatch/session.ts';
import type { Database } from '../../keyspace/database.ts';
import { deadlineOf, expires, NULL } from '../../keyspace/key-entry.ts';
import type { KeyspaceObserver } from '../../keyspace/keyspace-events.ts';
import type { Slice } from '../../lib/slice.ts';
import { Args } from '../../protocol/args.ts';
import { NullWriter } from '../../protocol/null-writer.ts';
import { ReplyError } from '../../protocol/reply-error.ts';
import { findMigratedKeys, MIGRATE_KEYS, type MigrateRequest, readMigrateRequest } from './migrate-request.ts';

const CONNECT_FAILED = new ReplyError('IOERR error or timeout connecting to the client');
const WRITE_FAILED = new ReplyError('IOERR error or timeout writing to target instance');
const READ_FAILED = new ReplyError('IOERR error or timeout reading to target instance');
const MUST_WAIT = new ReplyError('ERR MIGRATE waits for another server, which transactions and scripts can not do');

export const migrate = defineCommand({
  name: 'migrate',
  summary: 'Moves keys to another server: as DUMP here, RESTORE there and DEL here.',
  since: '2.6.0',
  group: 'generic',
  complexity: 'Those of DUMP and DEL here and of RESTORE there, and O(N) for the transfer between the two.',
  history: [
    ['3.0.0', 'Added the `COPY` and `REPLACE` options.'],
    ['3.0.6', 'Added the `KEYS` option.'],
    ['4.0.7', 'Added the `AUTH` option.'],
    ['6.0.0', 'Added the `AUTH2` option.'],
  ],
  syntax:
    'host port:integer <key | ""> destination-db timeout:integer [COPY] [REPLACE] [[AUTH password] | [AUTH2 username password]] [KEYS key [key ...]]',
  arity: -6,
  flags: ['write'],
  acl: ['keyspace', 'dangerous'],
  keys: MIGRATE_KEYS,
  findKeys: findMigratedKeys,
  tips: ['nondeterministic_output'],
  run(context) {
    const { database, mayBlock, reply, server, session } = context;
    const request = readMigrateRequest(context);
    const present = request.keys.filter((key) => database.lookup(key) !== NULL);
    if (present.length === 0) {
      reply.status('NOKEY');
      return;
    }
    if (!mayBlock) throw MUST_WAIT;
    const migration = new Migration(context, { ...request, keys: present });
    session.suspend();
    server.pauses.begin(Number.POSITIVE_INFINITY, true, 'migration');
    void migration
      .run()
      .then((error) => {
        if (error === null) session.reply.ok();
        else {
          server.stats.countError(error.code);
          if (session.lastCommand !== null) session.lastCommand.failed++;
          session.reply.error(error);
        }
      })
      .finally(() => {
        server.pauses.end('migration');
        session.resume();
      });
  },
});

class Migration implements KeyspaceObserver {
  private readonly server: ServerServices;
  private readonly database: Database;
  private readonly request: MigrateRequest;
  /** Names of keys that have changed since they were sent. */
  private readonly changed = new Set<string>();
  private isFirst = true;

  constructor({ database, server }: CommandContext, request: MigrateRequest) {
    this.server = server;
    this.database = database;
    this.request = request;
  }

  modified(database: number, key: Slice): void {
    if (database === this.database.index) this.changed.add(key.toLatin1());
  }

  swapped(a: number, b: number): void {
    const { index } = this.database;
    if (a === index || b === index) for (const key of this.request.keys) this.changed.add(key.toLatin1());
  }

  /** Answers the error, or null after success. */
  async run(): Promise<ReplyError | null> {
    const { events } = this.server.keyspace;
    events.add(this);
    try {
      const outcome = await this.attempt();
      // A connection that was kept may have been closed by the other side meanwhile, and is worth a second try.
      return outcome === 'lost' ? ((await this.attempt()) as ReplyError | null) : outcome;
    } finally {
      events.remove(this);
    }
  }

  /** One try; `lost` when the connection was lost before any key was answered, and this was the first one. */
  private async attempt(): Promise<ReplyError | null | 'lost'> {
    const { request, server } = this;
    const mayRepeat = this.isFirst;
    this.isFirst = false;
    let link: PeerLink;
    try {
      link = await server.peers.take(request.host, request.port, request.timeoutMs);
    } catch (error) {
      if (error instanceof PeerError) return CONNECT_FAILED;
      throw error;
    }
    let isSent = false;
    const answers: string[] = [];
    const sent = this.requests(link);
    try {
      await link.send(sent.bytes, request.timeoutMs);
      isSent = true;
      while (answers.length < sent.before + sent.keys.length) answers.push(await link.readLine(request.timeoutMs));
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      link.close();
      if (mayRepeat && error.code === 'PEER_LOST' && answers.length <= sent.before) return 'lost';
      return this.settle(sent, answers) ?? (isSent ? READ_FAILED : WRITE_FAILED);
    }
    const failure = this.settle(sent, answers);
    link.database = failure === null ? request.database : -1;
    server.peers.giveBack(link);
    return failure;
  }

  /** Deletes the keys that the other server has, unless they are copied; answers the first error of its. */
  private settle({ before, keys }: Sent, answers: readonly string[]): ReplyError | null {
    const refusal = answers.find((answer) => answer.startsWith('-'));
    if (answers.slice(0, before).every((answer) => !answer.startsWith('-'))) {
      const arrived = keys.filter((_, i) => answers[before + i]?.startsWith('-') === false);
      const unchanged = arrived.filter((key) => !this.changed.has(key.toLatin1()));
      if (!this.request.copies && unchanged.length > 0) this.delete(unchanged);
    }
    return refusal === undefined ? null : new ReplyError(`ERR Target instance replied with error: ${refusal.slice(1)}`);
  }

  private delete(keys: readonly Slice[]): void {
    const { database, server } = this;
    // Whoever may migrate a key need not be allowed to delete it otherwise.
    const session = new Session(server.clients.takeId(), database, new NullWriter(), server.clock.nowMs());
    server.execute(session, Args.of('DEL', ...keys.map((key) => key.copy())));
  }

  private requests(link: PeerLink): Sent {
    const { database, request, server } = this;
    const { credentials, replaces } = request;
    const commands: (readonly (Uint8Array | string)[])[] = [];
    if (credentials.length > 0) commands.push(['AUTH', ...credentials]);
    if (link.database !== request.database) commands.push(['SELECT', String(request.database)]);
    const before = commands.length;
    const keys: Slice[] = [];
    for (const key of request.keys) {
      const entry = database.peek(key);
      if (entry === NULL) continue;
      const { heap } = server.keyspace;
      const ttlMs = expires(heap, entry) ? deadlineOf(heap, entry) - server.clock.nowMs() : 0;
      if (ttlMs < 0) continue;
      keys.push(key);
      const ttl = expires(heap, entry) ? Math.max(1, ttlMs) : 0;
      const payload = server.payloads.dump(entry);
      commands.push(['RESTORE', key.copy(), String(ttl), payload, ...(replaces ? ['REPLACE'] : [])]);
      this.changed.delete(key.toLatin1());
    }
    return { bytes: Buffer.concat(commands.flatMap(encoded)), before, keys };
  }
}

/** What was sent: `before` commands, then one for each key. */
interface Sent {
  readonly bytes: Uint8Array;
  readonly before: number;
  readonly keys: readonly Slice[];
}

function encoded(words: readonly (Uint8Array | string)[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = typeof word === 'string' ? Buffer.from(word, 'latin1') : word;
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return parts;
}
