/**
 * A log that was cut off at every byte of its end: it loads to exactly the last whole command or transaction, or is
 * refused, as configured.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { digestKeyspace } from '../../src/keyspace/digest.ts';
import { LoadError } from '../../src/persistence/load-error.ts';
import { Server } from '../../src/server.ts';
import { builtProgram } from '../support/built-program.ts';
import { CommandSession } from '../support/command-session.ts';
import { isLong } from '../support/long-tests.ts';
import type { Command } from '../support/resp-client.ts';
import { ServerProcess } from '../support/server-process.ts';
import { AOF_DIRECTORY, incrementalFiles, type LoggedUnit, MANIFEST, readAofFile, unitsIn } from './aof-files.ts';

const CUT_BYTES = 2048;
/** Without `npm run test:long`, every so manieth offset is tried beside the ends of the commands. */
const STEP = isLong ? 1 : 23;

const COMMANDS: readonly Command[] = [
  ...Array.from({ length: 40 }, (_, i): Command => ['SET', `key:${i}`, 'v'.repeat(i)]),
  ['RPUSH', 'list', 'a', 'b', 'c'],
  ['MULTI'],
  ['SET', 'a', 1],
  ['RPUSH', 'list', 'd'],
  ['SELECT', 3],
  ['SET', 'in another database', 'x'],
  ['EXEC'],
  ['SET', 'expiring', 'v', 'EX', 10_000],
  ['SELECT', 0],
  ['SADD', 'set', 'a', 'b', 'c', 'd'],
  ['SPOP', 'set', 2],
  ['HSET', 'hash', 'f', '\r\n*1\r\n$4\r\nPING\r\n', 'g', ''],
  ['INCRBYFLOAT', 'float', '1.5'],
  ['LMPOP', 2, 'none', 'list', 'LEFT', 'COUNT', 2],
  ['MULTI'],
  ['INCR', 'count'],
  ['INCR', 'count'],
  ['EXEC'],
  ['ZADD', 'zset', 1, 'one', 2, 'two'],
  ['MULTI'],
  ['GET', 'count'],
  ['EXEC'],
  ['SET', 'binary', Uint8Array.of(0, 255, 13, 10, 42)],
  ['DEL', 'key:1', 'key:2'],
  ['SET', 'last', 'z'.repeat(100)],
];

let directory: string;
let name: string;
let log: Buffer;
let units: readonly LoggedUnit[];
/** What the keyspace is after none of the units, after the first one, and so on. */
const digests: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'respd-cut-'));
  const config = { appendonly: 'yes', appendfsync: 'no' };
  const server = await ServerProcess.start(await builtProgram(), { directory, config });
  const client = await server.connect();
  for (const command of COMMANDS) await client.raw(...command);
  await server.stop('SIGKILL');
  const names = await incrementalFiles(directory);
  expect(names).toHaveLength(1);
  [name] = names;
  log = await readAofFile(directory, name);
  units = unitsIn(log);
  const session = new CommandSession();
  session.clock.set(Date.now());
  const digest = (): string => digestKeyspace(session.engine.keyspace).toString();
  digests.push(digest());
  for (const { commands } of units) {
    for (const words of commands) session.call(...words);
    digests.push(digest());
  }
});

afterAll(() => rm(directory, { recursive: true, force: true }));

/** The offsets that are tried: within the last bytes, all ends of units and what is beside them among them. */
function cuts(): number[] {
  const first = log.length - CUT_BYTES;
  const offsets = new Set<number>();
  for (let offset = first; offset <= log.length; offset += STEP) offsets.add(offset);
  for (const { end } of units) {
    for (const offset of [end - 1, end, end + 1]) if (offset >= first && offset <= log.length) offsets.add(offset);
  }
  return [...offsets].sort((a, b) => a - b);
}

async function load(at: string, truncated: boolean): Promise<Server> {
  const config = Config.defaults();
  config.override('dir', at);
  config.override('appendonly', true);
  config.override('save', []);
  config.override('aof-load-truncated', truncated);
  const server = new Server({ config });
  try {
    await server.load();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Puts the log there, cut at an offset. */
async function put(at: string, offset: number): Promise<void> {
  const folder = join(at, AOF_DIRECTORY);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MANIFEST), `file ${name} seq 1 type i\n`);
  await writeFile(join(folder, name), log.subarray(0, offset));
}

describe('a log that is cut off', () => {
  it('is long enough, and whole', () => {
    expect(log.length).toBeGreaterThan(CUT_BYTES + 500);
    expect(units.at(-1)?.end).toBe(log.length);
    expect(new Set(digests).size).toBeGreaterThan(50);
  });

  it('loads to its last whole command or transaction', async () => {
    const at = join(directory, 'loaded');
    for (const offset of cuts()) {
      await put(at, offset);
      const server = await load(at, true);
      const whole = units.filter(({ end }) => end <= offset).length;
      expect(digestKeyspace(server.engine.keyspace).toString(), `cut at ${offset}`).toBe(digests[whole]);
      await server.close();
      // What follows is appended behind the last whole one.
      const end = whole === 0 ? 0 : units[whole - 1].end;
      expect((await readFile(join(at, AOF_DIRECTORY, name))).length, `cut at ${offset}`).toBe(end);
    }
  }, 600_000);

  it('is refused, and left as it is, where that is wanted', async () => {
    const at = join(directory, 'refused');
    const ends = new Set(units.map(({ end }) => end));
    for (const offset of cuts()) {
      await put(at, offset);
      const outcome = await load(at, false).catch((error: unknown) => error);
      if (ends.has(offset)) {
        expect(outcome).toBeInstanceOf(Server);
        await (outcome as Server).close();
      } else {
        expect(outcome, `cut at ${offset}`).toBeInstanceOf(LoadError);
      }
      expect((await readFile(join(at, AOF_DIRECTORY, name))).length, `cut at ${offset}`).toBe(offset);
    }
  }, 600_000);
});
