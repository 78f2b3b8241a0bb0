/**
 * The same conversation with respd and with real Redis, over Unix sockets, byte for byte. respd runs in this process, so
 * that a test can look inside.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { Config } from '../../../src/config/config.ts';
import type { DirectiveName } from '../../../src/config/directives/index.ts';
import { Server } from '../../../src/server.ts';
import { startRedis } from '../../support/redis-server.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import { encodeCommand, RespClient } from '../../support/resp-client.ts';
import type { ServerProcess } from '../../support/server-process.ts';

export type Settings = Readonly<Partial<Record<DirectiveName, string>>>;

/** Opens another connection to the server that the conversation is with. */
export type Open = () => Promise<RespClient>;

/** Both servers, started for the tests of the file or block that calls this. */
export function besideRedis(settings: Settings = {}): BesideRedis {
  const both = new BesideRedis(settings);
  beforeAll(() => both.start());
  afterAll(() => both.stop());
  return both;
}

export class BesideRedis {
  server!: Server;
  private readonly settings: Settings;
  private redis: ServerProcess | null = null;
  private directory = '';
  private readonly clients: RespClient[] = [];

  constructor(settings: Settings) {
    this.settings = settings;
  }

  async start(): Promise<void> {
    this.directory = await mkdtemp(join(tmpdir(), 'respd-connection-'));
    const config = Config.defaults();
    const given = { port: '0', save: '', dir: this.directory, unixsocket: this.path, ...this.settings };
    for (const [name, text] of Object.entries(given)) config.override(name as DirectiveName, text);
    this.server = new Server({ config });
    await this.server.start();
    if (hasReferenceRedis) this.redis = await startRedis({ config: this.settings as Record<string, string> });
  }

  async stop(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.close();
    await this.server.close();
    await this.redis?.stop();
    await rm(this.directory, { recursive: true });
  }

  /** A connection to respd. */
  connect: Open = () => this.remember(RespClient.connect({ path: this.path }));

  /**
   * Has the conversation with both and expects the same outcome. Answers respd's; where Redis is not installed, only
   * what the caller expects of that is tested.
   */
  async same<T>(conversation: (open: Open) => Promise<T>): Promise<T> {
    const [ours, theirs] = await this.each(conversation);
    if (theirs !== null) expect(ours).toEqual(theirs);
    return ours;
  }

  /** Has the conversation with both, for outcomes that need not be the same; Redis's is null where it is not installed. */
  async each<T>(conversation: (open: Open) => Promise<T>): Promise<[ours: T, theirs: T | null]> {
    const { redis } = this;
    const ours = await conversation(this.connect);
    return [ours, redis === null ? null : await conversation(() => this.remember(redis.connect()))];
  }

  private get path(): string {
    return join(this.directory, 'respd.sock');
  }

  private async remember(opening: Promise<RespClient>): Promise<RespClient> {
    const client = await opening;
    this.clients.push(client);
    return client;
  }
}

/** The replies to commands, one connection and one write for all; a command is its words between spaces. */
export async function replies(client: RespClient, ...commands: string[]): Promise<string[]> {
  const raw = await client.send(commands.map((command) => command.split(' ')));
  return raw.map(String);
}

/** What comes back for commands of which only `count` are answered. */
export async function someReplies(client: RespClient, count: number, ...commands: string[]): Promise<string[]> {
  const bytes = Buffer.concat(commands.map((command) => encodeCommand(command.split(' '))));
  return (await client.sendBytes(bytes, count)).map(String);
}

/** The fields of one line of CLIENT LIST. */
export function fieldsOf(line: string): Map<string, string> {
  return new Map(
    line
      .trim()
      .split(' ')
      .map((field) => {
        const equals = field.indexOf('=');
        return [field.slice(0, equals), field.slice(equals + 1)];
      }),
  );
}

export async function infoOf(client: RespClient): Promise<Map<string, string>> {
  return fieldsOf(String(await client.call('CLIENT', 'INFO')));
}
