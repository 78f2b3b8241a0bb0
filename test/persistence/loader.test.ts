import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { digestKeyspace } from '../../src/keyspace/digest.ts';
import { BufferSink } from '../../src/persistence/byte-sink.ts';
import { LoadError } from '../../src/persistence/load-error.ts';
import { RdbWriter } from '../../src/persistence/rdb/rdb-writer.ts';
import { Server } from '../../src/server.ts';
import { CommandSession } from '../support/command-session.ts';
import { RespClient } from '../support/resp-client.ts';
import { bytesOf, file, string } from './rdb/file-parts.ts';

let directory: string;
let log: string[];
const servers: Server[] = [];
const clients: RespClient[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-loading-'));
  log = [];
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
  rmSync(directory, { recursive: true });
});

function newServer(save: [] | [{ seconds: number; changes: number }] = []): Server {
  const config = Config.defaults();
  config.override('save', save);
  config.override('port', 0);
  config.override('dir', directory);
  config.override('enable-debug-command', 'yes');
  config.override('unixsocket', join(directory, 'server.sock'));
  const server = new Server({ config, log: (_level, message) => log.push(message) });
  servers.push(server);
  return server;
}

async function connect(): Promise<RespClient> {
  const client = await RespClient.connect({ path: join(directory, 'server.sock') });
  clients.push(client);
  return client;
}

function put(bytes: Uint8Array): void {
  writeFileSync(join(directory, 'dump.rdb'), bytes);
}

/** A file of so many keys: enough of them take several slices. */
function fileOf(count: number): Uint8Array {
  const sink = new BufferSink();
  const writer = new RdbWriter(sink, { compression: true, checksum: true, bufferBytes: 65_536 });
  writer.ascii('REDIS0010');
  for (let i = 0; i < count; i++) {
    writer.byte(0);
    for (const text of [`key:${i}`, `value ${i}`]) {
      const bytes = new TextEncoder().encode(text);
      writer.string(bytes, 0, bytes.length);
    }
  }
  writer.byte(0xff);
  writer.finish();
  return sink.take();
}

function keyCount(server: Server): number {
  return server.engine.keyspace.keyCount;
}

describe('the start', () => {
  it('is empty without a file', async () => {
    const server = newServer();
    await server.start();
    expect(keyCount(server)).toBe(0);
    expect(await (await connect()).call('PING')).toBe('PONG');
    expect(log.join()).not.toContain('Done loading');
  });

  it('loads the file, expired keys left out', async () => {
    const expired = bytesOf(0xfc, 1, 0, 0, 0, 0, 0, 0, 0, 0, string('over'), string('x'));
    put(file(10, 0, string('k'), string('v'), expired, 2, string('empty'), 0));
    const server = newServer();
    await server.start();
    const client = await connect();
    expect(await client.call('GET', 'k')).toBe('v');
    expect(await client.call('DBSIZE')).toBe(1);
    const info = String(await client.call('INFO', 'persistence'));
    expect(info).toContain('rdb_last_load_keys_expired:1\r\nrdb_last_load_keys_loaded:1\r\n');
    expect(info).toContain('rdb_changes_since_last_save:0\r\n');
    expect(info).not.toContain('loading_');
    expect(log).toContain('Done loading RDB, keys loaded: 1, keys expired: 1, empty keys skipped: 1.');
    expect(log.at(-1)).toMatch(/^DB loaded from disk: \d+\.\d{3} seconds$/);
    server.engine.keyspace.verify();
  });

  it('tells clients to wait meanwhile, and INFO how far it is', async () => {
    put(fileOf(300_000));
    const server = newServer();
    await server.listen();
    const client = await connect();
    const loading = server.load();
    const replies = await client.send([
      ['PING'],
      ['GET', 'key:1'],
      ['SAVE'],
      ['DEBUG', 'VERIFY'],
      ['DEBUG', 'RELOAD'],
      ['INFO', 'persistence'],
    ]);
    const texts = replies.map(String);
    const wait = '-LOADING Redis is loading the dataset in memory\r\n';
    expect(texts.slice(0, 5)).toEqual([wait, wait, wait, wait, wait]);
    expect(texts[5]).toMatch(/loading:1\r\n/);
    expect(texts[5]).toMatch(
      /loading_start_time:\d+\r\nloading_total_bytes:\d{6,}\r\nloading_rdb_used_mem:0\r\nloading_loaded_bytes:[1-9]\d*\r\nloading_loaded_perc:\d+\.\d\d\r\nloading_eta_seconds:\d+\r\n/,
    );
    expect(server.loadProgress?.keys).toBeGreaterThan(0);
    expect(await loading).toBe(true);
    expect(await client.call('GET', 'key:299999')).toBe('value 299999');
    expect(String(await client.call('INFO', 'persistence'))).toContain('loading:0');
    server.engine.keyspace.verify();
  });

  it('logs how far it is, and may be slowed down', async () => {
    put(fileOf(40));
    const server = newServer();
    server.config.override('key-load-delay', 2000);
    const startMs = performance.now();
    const startedAt = Date.now();
    // Seconds fly by.
    const now = vi.spyOn(performance, 'now').mockImplementation(() => startMs + (Date.now() - startedAt) * 1000);
    try {
      await server.engine.storage.load();
    } finally {
      now.mockRestore();
    }
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(79);
    expect(log.filter((line) => line.startsWith('Loading: ')).length).toBeGreaterThan(2);
    expect(log.join('\n')).toMatch(/^Loading: \d+\.\d% of 0\.0 MiB, \d+ keys, about \d+ seconds left$/m);
    expect(keyCount(server)).toBe(40);
  });

  it('is refused when the file is damaged, which stays as it is', async () => {
    const whole = fileOf(1000);
    const damaged = whole.slice(0, -100);
    damaged[25] = 0xc7;
    put(damaged);
    const server = newServer([{ seconds: 1, changes: 1 }]);
    const error = await server.start().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LoadError);
    expect(error).toMatchObject({
      code: 'RDB_DAMAGED',
      path: join(directory, 'dump.rdb'),
      offset: 25,
      reason: 'unknown string encoding 7',
    });
    expect(keyCount(server)).toBe(0);
    // Neither a client nor the end of the server may replace the file.
    expect(String(await (await connect()).raw('SAVE'))).toMatch(/^-LOADING/);
    await server.prepareShutdown({ save: 'save', now: false, force: false }, new AbortController().signal);
    expect(readFileSync(join(directory, 'dump.rdb')).equals(damaged)).toBe(true);
    server.engine.keyspace.verify();
  });

  it('is refused when the file can not be read', async () => {
    const server = newServer();
    server.config.override('dbfilename', '.');
    await expect(server.start()).rejects.toMatchObject({ code: 'RDB_UNREADABLE', reason: 'Is a directory' });
  });

  it('can be ended, and leaves the file alone', async () => {
    const whole = fileOf(300_000);
    put(whole);
    const server = newServer([{ seconds: 1, changes: 1 }]);
    await server.listen();
    const client = await connect();
    const loading = server.load();
    await client.raw('PING');
    expect(
      await server.prepareShutdown({ save: 'default', now: false, force: false }, new AbortController().signal),
    ).toBe(true);
    await server.close();
    expect(await loading).toBe(false);
    expect(keyCount(server)).toBe(0);
    server.engine.keyspace.verify();
    expect(readFileSync(join(directory, 'dump.rdb')).equals(whole)).toBe(true);
    expect(readdirSync(directory)).toEqual(['dump.rdb']);
  });

  it('keeps the function libraries of the file for the next one', async () => {
    const code = "#!lua name=l\nredis.register_function('f',redis.log)";
    put(file(10, 0xf5, string(code)));
    const server = newServer();
    await server.start();
    const client = await connect();
    await client.call('SET', 'k', 'v');
    await client.call('SAVE');
    // It is called: the complaint is its own.
    await expect(client.call('FCALL', 'f', '0')).rejects.toThrow('First argument must be a number (log level).');
    expect(readFileSync(join(directory, 'dump.rdb'), 'latin1')).toContain('#!lua name=l\n');
  });
});

describe('DEBUG RELOAD', () => {
  const reloading = (): CommandSession =>
    new CommandSession({ config: { dir: directory, 'enable-debug-command': 'yes' } });

  it('saves and loads what there is', () => {
    const s = reloading();
    s.clock.set(Date.now());
    for (let i = 0; i < 500; i++) s.call('HSET', 'h', `field ${i}`, i);
    s.call('SET', 'k', 'v', 'EX', 100);
    s.call('SELECT', 3);
    s.call('RPUSH', 'list', 1, 2, 3);
    const digest = digestKeyspace(s.engine.keyspace).toString();
    expect(s.call('DEBUG', 'RELOAD')).toBe('OK');
    expect(digestKeyspace(s.engine.keyspace).toString()).toBe(digest);
    s.call('SELECT', 0);
    expect(s.call('PTTL', 'k')).toBe(100_000);
    expect(s.engine.keyspace.dirty).toBe(0);
    s.verify();
  });

  it('loads in place of, or in addition to, what is there', () => {
    const s = reloading();
    s.call('MSET', 'a', 1, 'b', 2);
    s.call('DEBUG', 'RELOAD');
    s.call('SET', 'c', 3);
    s.call('SET', 'a', 'changed');
    expect(s.error('DEBUG', 'RELOAD', 'NOSAVE', 'NOFLUSH')).toBe('ERR Error trying to load the RDB dump');
    expect(s.call('MGET', 'a', 'b', 'c')).toEqual(['changed', '2', '3']);
    expect(s.call('DEBUG', 'RELOAD', 'nosave', 'noflush', 'merge')).toBe('OK');
    expect(s.call('MGET', 'a', 'b', 'c')).toEqual(['1', '2', '3']);
    s.call('DEL', 'a', 'b');
    expect(s.call('DEBUG', 'RELOAD', 'NOSAVE', 'NOFLUSH')).toBe('OK');
    expect(s.call('MGET', 'a', 'b', 'c')).toEqual(['1', '2', '3']);
    expect(s.call('DEBUG', 'RELOAD', 'NOSAVE')).toBe('OK');
    expect(s.call('MGET', 'a', 'b', 'c')).toEqual(['1', '2', null]);
    s.verify();
  });

  it('changes nothing when the file is damaged or missing', () => {
    const s = reloading();
    s.call('SET', 'k', 'v');
    expect(s.error('DEBUG', 'RELOAD', 'NOSAVE')).toBe('ERR Error trying to load the RDB dump');
    put(file(10, 0, string('other'), string('x'), 0, string('other'), string('x')));
    expect(s.error('DEBUG', 'RELOAD', 'NOSAVE')).toBe('ERR Error trying to load the RDB dump');
    expect(s.call('MGET', 'k', 'other')).toEqual(['v', null]);
    s.verify();
  });

  it('refuses unknown options', () => {
    expect(reloading().error('DEBUG', 'RELOAD', 'ALL')).toBe(
      'ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.',
    );
  });

  it('answers an error when the file can not be written', () => {
    const s = reloading();
    s.engine.config.override('dbfilename', '.');
    s.call('SET', 'k', 'v');
    expect(s.error('DEBUG', 'RELOAD')).toBe('ERR');
    expect(s.call('GET', 'k')).toBe('v');
    s.verify();
  });
});
