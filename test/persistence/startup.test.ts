/** What is loaded at the start, for every combination of files that may lie there, and what becomes of the files. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import type { DirectiveName } from '../../src/config/directives/index.ts';
import { Engine } from '../../src/engine.ts';
import { LoadError } from '../../src/persistence/load-error.ts';
import { Args } from '../../src/protocol/args.ts';
import { CaptureWriter, toPlain } from '../../src/protocol/capture-writer.ts';

let directory: string;
let log: string[];
const engines: Engine[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-startup-'));
  log = [];
});

afterEach(async () => {
  for (const engine of engines.splice(0)) await stop(engine);
  rmSync(directory, { recursive: true });
});

type Settings = Readonly<Partial<Record<DirectiveName, string>>>;

/** A server without a network, loaded from the directory. */
async function start(settings: Settings = {}): Promise<Engine> {
  const config = Config.defaults();
  const all = { appendonly: 'yes', save: '', dir: directory, ...settings };
  for (const [name, text] of Object.entries(all)) config.override(name as DirectiveName, text);
  const engine = new Engine({ config, log: (_level, message) => log.push(message) });
  engines.push(engine);
  await engine.storage.load();
  engine.start();
  return engine;
}

async function stop(engine: Engine): Promise<void> {
  engine.stop();
  await engine.storage.close();
}

/** Stops the last server as a crash does: what was written is on disk, nothing else. */
async function restart(settings: Settings = {}): Promise<Engine> {
  for (const engine of engines.splice(0)) await stop(engine);
  log = [];
  return start(settings);
}

function call(engine: Engine, ...words: string[]): unknown {
  const writer = new CaptureWriter(2);
  engine.execute(engine.openSession(writer), Args.of(...words));
  const reply = writer.take();
  engine.storage.endTurn();
  return reply instanceof Error ? reply.message : toPlain(reply, { encoding: 'utf8' });
}

function names(folder = 'appendonlydir'): string[] {
  return readdirSync(join(directory, folder)).sort();
}

function path(name: string): string {
  return join(directory, 'appendonlydir', name);
}

/** Flips bytes in the middle of a file. */
function damage(name: string, offset: number): void {
  const bytes = readFileSync(path(name));
  bytes.write('!!!!', offset, 'latin1');
  writeFileSync(path(name), bytes);
}

const INCR = 'appendonly.aof.1.incr.aof';
const BASE = 'appendonly.aof.1.base.rdb';
const MANIFEST = 'appendonly.aof.manifest';

async function saveSnapshot(engine: Engine): Promise<void> {
  expect(await engine.storage.snapshots.saveInForeground()).toBe(true);
}

describe('with an empty directory', () => {
  it('begins empty, with a base and a file to append to', async () => {
    const engine = await start();
    expect(names()).toEqual([BASE, INCR, MANIFEST]);
    expect(call(engine, 'INFO', 'persistence')).toContain('loaded_from:none');
    call(engine, 'SET', 'k', 'v');
    expect(call(await restart(), 'GET', 'k')).toBe('v');
    expect(names()).toEqual([BASE, INCR, MANIFEST]);
    expect(call(engines[0], 'INFO', 'persistence')).toContain('loaded_from:aof');
  });

  it('writes nothing with appendonly no', async () => {
    await start({ appendonly: 'no' });
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('with an RDB file only', () => {
  it('loads it, and the append-only file begins with it', async () => {
    const first = await start({ appendonly: 'no' });
    call(first, 'SET', 'k', 'from the snapshot');
    call(first, 'SET', 'over', 'x', 'PX', '1');
    await saveSnapshot(first);
    const second = await restart();
    expect(call(second, 'GET', 'k')).toBe('from the snapshot');
    expect(log).toContainEqual(expect.stringContaining('appendonly is yes, and there is no append only file yet'));
    rmSync(join(directory, 'dump.rdb'));
    expect(call(await restart(), 'GET', 'k')).toBe('from the snapshot');
  });

  it('begins with commands where that is wanted', async () => {
    const first = await start({ appendonly: 'no' });
    call(first, 'RPUSH', 'l', 'a', 'b');
    await saveSnapshot(first);
    await restart({ 'aof-use-rdb-preamble': 'no' });
    expect(readFileSync(path('appendonly.aof.1.base.aof'), 'latin1')).toContain('RPUSH');
    expect(call(await restart(), 'LRANGE', 'l', '0', '-1')).toEqual(['a', 'b']);
  });
});

it('prefers the append-only file where there are both', async () => {
  const engine = await start();
  call(engine, 'SET', 'k', 'old');
  await saveSnapshot(engine);
  call(engine, 'SET', 'k', 'new');
  expect(call(await restart(), 'GET', 'k')).toBe('new');
});

describe('with an append-only file of a single file', () => {
  const SINGLE = '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nold\r\n';

  it('loads it and makes it the base', async () => {
    writeFileSync(join(directory, 'appendonly.aof'), SINGLE);
    const engine = await start();
    expect(call(engine, 'GET', 'k')).toBe('old');
    expect(existsSync(join(directory, 'appendonly.aof'))).toBe(false);
    expect(readFileSync(path(MANIFEST), 'latin1')).toContain('file appendonly.aof seq 1 type b\n');
    call(engine, 'APPEND', 'k', 'er');
    expect(call(await restart(), 'GET', 'k')).toBe('older');
  });

  it('finishes what was begun: the manifest is there, and the file not yet in its place', async () => {
    writeFileSync(join(directory, 'appendonly.aof'), SINGLE);
    mkdirSync(join(directory, 'appendonlydir'));
    writeFileSync(path(MANIFEST), 'file appendonly.aof seq 1 type b\n');
    expect(call(await start(), 'GET', 'k')).toBe('old');
    expect(names()).toContain('appendonly.aof');
  });

  it('loads one that begins with an RDB file', async () => {
    const engine = await start();
    call(engine, 'SET', 'a', '1');
    const { lastRewriteOk } = engine.appendOnly.status;
    expect(lastRewriteOk).toBe(true);
    await stop(engine);
    const snapshot = readFileSync(path(BASE));
    rmSync(join(directory, 'appendonlydir'), { recursive: true });
    writeFileSync(join(directory, 'appendonly.aof'), Buffer.concat([snapshot, Buffer.from(SINGLE)]));
    expect(call(await start(), 'GET', 'k')).toBe('old');
  });
});

describe('a file that is cut off', () => {
  it('is loaded up to the last whole command; what was cut is kept aside', async () => {
    const engine = await start();
    call(engine, 'SET', 'a', '1');
    call(engine, 'SET', 'b', '2');
    await stop(engine);
    const size = readFileSync(path(INCR)).length;
    truncateSync(path(INCR), size - 3);
    const again = await restart();
    expect([call(again, 'GET', 'a'), call(again, 'GET', 'b')]).toEqual(['1', null]);
    const aside = names().find((name) => name.startsWith(`${INCR}.cut-off-at-`));
    expect(readFileSync(path(aside ?? ''), 'latin1')).toBe('*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n');
    call(again, 'SET', 'c', '3');
    const last = await restart();
    expect([call(last, 'GET', 'a'), call(last, 'GET', 'c')]).toEqual(['1', '3']);
  });

  it('ends the start where that is wanted', async () => {
    await stop(await start());
    writeFileSync(path(INCR), '*1\r\n$4\r\nPIN');
    const advice = expect.stringContaining('Unexpected end of file reading the append only file');
    await expect(restart({ 'aof-load-truncated': 'no' })).rejects.toMatchObject({ name: 'LoadError', advice });
    expect(readFileSync(path(INCR), 'latin1')).toBe('*1\r\n$4\r\nPIN');
  });

  it('leaves out a transaction without an end', async () => {
    await stop(await start());
    const whole = '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n';
    writeFileSync(path(INCR), `${whole}*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nINCR\r\n$1\r\na\r\n`);
    expect(call(await restart(), 'GET', 'a')).toBe('1');
    expect(readFileSync(path(INCR), 'latin1')).toBe(whole);
  });

  it('is damage where other files with something in them follow, and none where they are empty', async () => {
    await stop(await start());
    writeFileSync(path(INCR), '*1\r\n$4\r\nPIN');
    writeFileSync(path('second.aof'), '');
    writeFileSync(
      path(MANIFEST),
      `file ${BASE} seq 1 type b\nfile ${INCR} seq 1 type i\nfile second.aof seq 2 type i\n`,
    );
    await stop(await restart());
    writeFileSync(path(INCR), '*1\r\n$4\r\nPIN');
    writeFileSync(path('second.aof'), '*2\r\n$4\r\nINCR\r\n$1\r\na\r\n');
    await expect(restart()).rejects.toThrow('it is truncated, and is not the last file');
  });
});

describe('damage', () => {
  /** A log of two commands, the second of which is damaged; the RDB file, if any, holds another value. */
  async function damaged(settings: Settings, snapshot: 'older' | 'newer' | 'none'): Promise<Engine> {
    const engine = await start();
    if (snapshot === 'older') await saveSnapshot(engine);
    call(engine, 'SET', 'k', 'sound');
    const soundBytes = engine.appendOnly.log.fileBytes;
    call(engine, 'SET', 'k', 'lost');
    if (snapshot === 'newer') await saveSnapshot(engine);
    await stop(engine);
    damage(INCR, soundBytes);
    if (snapshot === 'older') {
      const old = new Date(Date.now() - 3_600_000);
      // The RDB file's own date counts, which is in its head; that of the log is the file's.
      utimesSync(join(directory, 'dump.rdb'), old, old);
      utimesSync(path(INCR), new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
    } else if (snapshot === 'newer') {
      const old = new Date(Date.now() - 3_600_000);
      for (const name of [INCR, BASE]) utimesSync(path(name), old, old);
    }
    return restart(settings);
  }

  it('ends the start, with the place and the ways out, and changes no file', async () => {
    await expect(damaged({}, 'newer')).rejects.toMatchObject({
      message: expect.stringContaining(`${path(INCR)}: Bad file format`),
      advice: expect.stringMatching(/Bad file format reading the append only file .*--check-aof --fix .*rdb-fallback/),
    });
    expect(names()).toEqual([BASE, INCR, MANIFEST]);
  });

  it('falls back to what is sound of it where that is newer than the RDB file', async () => {
    const engine = await damaged({ 'aof-load-corrupt-policy': 'rdb-fallback' }, 'older');
    expect(call(engine, 'GET', 'k')).toBe('sound');
    expect(call(engine, 'INFO', 'persistence')).toContain('loaded_from:aof-sound-part');
    const aside = readdirSync(directory).find((name) => name.startsWith('appendonlydir.damaged.'));
    expect(names(aside)).toEqual([BASE, INCR, MANIFEST]);
    call(engine, 'SET', 'later', 'x');
    const again = await restart();
    expect([call(again, 'GET', 'k'), call(again, 'GET', 'later')]).toEqual(['sound', 'x']);
  });

  it('falls back to the RDB file where that is newer', async () => {
    const engine = await damaged({ 'aof-load-corrupt-policy': 'rdb-fallback' }, 'newer');
    expect(call(engine, 'GET', 'k')).toBe('lost');
    expect(call(engine, 'INFO', 'persistence')).toContain('loaded_from:rdb');
    expect(call(await restart(), 'GET', 'k')).toBe('lost');
  });

  it('falls back to what is sound where there is no RDB file', async () => {
    expect(call(await damaged({ 'aof-load-corrupt-policy': 'rdb-fallback' }, 'none'), 'GET', 'k')).toBe('sound');
  });

  it('is refused under either policy where nothing is left', async () => {
    await stop(await start());
    damage(BASE, 0);
    await expect(restart({ 'aof-load-corrupt-policy': 'rdb-fallback' })).rejects.toThrow(LoadError);
    expect(names()).toEqual([BASE, INCR, MANIFEST]);
  });

  it('is a length that reaches beyond the file while commands follow', async () => {
    const engine = await start();
    for (const key of ['a', 'b', 'c']) call(engine, 'SET', key, 'value');
    await stop(engine);
    const text = readFileSync(path(INCR), 'latin1');
    writeFileSync(path(INCR), text.replace('$5\r\nvalue', '$9\r\nvalue').replace('$9\r\n', '$999999\r\n'), 'latin1');
    await expect(restart()).rejects.toThrow('an argument is said to be longer than the file, and yet commands follow');
  });

  it('is an unknown command', async () => {
    await stop(await start());
    writeFileSync(path(INCR), '*1\r\n$7\r\nUNKNOWN\r\n');
    await expect(restart()).rejects.toThrow("unknown command 'UNKNOWN'");
  });

  it('is a file that is listed and not there, and a manifest that makes no sense', async () => {
    await stop(await start());
    rmSync(path(INCR));
    await expect(restart()).rejects.toThrow('it is listed in the manifest, and is not there');
    writeFileSync(path(MANIFEST), 'nonsense\n');
    await expect(restart()).rejects.toThrow("Invalid AOF manifest file format, at line 1: 'nonsense'");
  });
});

it('replays writes to keys whose time is over as if it were not', async () => {
  await stop(await start());
  const past = String(Date.now() - 1000);
  const commands = [
    ['SET', 'k', 'v', 'PXAT', past],
    ['APPEND', 'k', 'x'],
    ['RENAME', 'k', 'kept'],
    ['PERSIST', 'kept'],
    ['SET', 'gone', 'v', 'PXAT', past],
  ];
  const text = commands.map((words) => `*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`);
  writeFileSync(path(INCR), text.join(''));
  const engine = await restart();
  expect([call(engine, 'GET', 'kept'), call(engine, 'GET', 'gone')]).toEqual(['vx', null]);
  expect(readFileSync(path(INCR), 'latin1')).toContain('DEL\r\n$4\r\ngone');
});
