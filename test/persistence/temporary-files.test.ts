import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  backgroundSaveFileName,
  removeLeftovers,
  rewriteFileName,
  saveFileName,
} from '../../src/persistence/temporary-files.ts';
import { startRespd } from '../support/respd-server.ts';
import { SavingServer } from './saving-server.ts';

const gone = spawnSync('true').pid;
let alive: ChildProcess;
let directory: string;
let log: string[];

beforeAll(() => {
  alive = spawn('sleep', ['1000']);
});
afterAll(() => alive.kill());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-temporary-'));
  log = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(...names: string[]): void {
  for (const name of names) writeFileSync(join(directory, name), 'half a file');
}

function remove(...directories: string[]): void {
  removeLeftovers(directories, (level, message) => log.push(`${level}: ${message}`));
}

describe('files that ended processes have left', () => {
  it('are removed from all directories, with one line of the log', () => {
    const inner = join(directory, 'appendonlydir');
    mkdirSync(inner);
    put(`temp-${gone}.rdb`, `temp-${gone}-12.rdb`, `appendonlydir/temp-rewriteaof-bg-${gone}.aof`);
    remove(directory, inner);
    expect(readdirSync(directory)).toEqual(['appendonlydir']);
    expect(readdirSync(inner)).toEqual([]);
    expect(log).toEqual([expect.stringMatching(/^notice: Removed what ended processes had left unfinished: /)]);
    for (const name of [`/temp-${gone}.rdb`, `/temp-${gone}-12.rdb`, `/temp-rewriteaof-bg-${gone}.aof`]) {
      expect(log[0]).toContain(name);
    }
  });

  it('are those of this process that are older than it is', () => {
    put(saveFileName(), backgroundSaveFileName(), rewriteFileName());
    remove(directory);
    expect(readdirSync(directory)).toHaveLength(3);
    for (const name of readdirSync(directory)) {
      const beforeStart = (Date.now() - process.uptime() * 1000) / 1000 - 1;
      utimesSync(join(directory, name), beforeStart, beforeStart);
    }
    remove(directory);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('are none that a running process writes', () => {
    const names = [`temp-${alive.pid}.rdb`, `temp-${alive.pid}-1.rdb`, `temp-rewriteaof-bg-${alive.pid}.aof`];
    put(...names);
    remove(directory);
    expect(readdirSync(directory).sort()).toEqual(names.sort());
    expect(log).toEqual([]);
  });

  it('have exactly these names, and are files', () => {
    const names = [
      ...['dump.rdb', 'temp-.rdb', 'temp-x.rdb', 'temp-0.rdb', 'temp-99999999999.rdb', `temp-0${gone}.rdb`],
      ...[`temp-${gone}`, `temp-${gone}-.rdb`, `temp-${gone}-x.rdb`, `temp-${gone}.rdb.bak`, `a-temp-${gone}.rdb`],
      ...[`temp-${gone}-1-2.rdb`, `temp--${gone}.rdb`, `temp-${gone}.aof`, `temp-rewriteaof-${gone}.aof`],
      ...[`temp-rewriteaof-bg-${gone}.rdb`, `temp-rewriteaof-bg-${gone}-1.aof`, 'temp-appendonly.aof.manifest'],
    ];
    put(...names);
    mkdirSync(join(directory, `temp-${gone}.rdb`));
    symlinkSync('dump.rdb', join(directory, `temp-${gone}-1.rdb`));
    remove(directory);
    expect(readdirSync(directory)).toHaveLength(names.length + 2);
    expect(log).toEqual([]);
  });

  it('are not looked for where there is no directory', () => {
    remove(join(directory, 'none'));
    expect(log).toEqual([]);
  });
});

describe('a server that starts', () => {
  it('removes what one that was killed during a save has left, before it loads', async () => {
    const config = { save: '', 'rdb-key-save-delay': 1_000_000 };
    const killed = await startRespd({ directory, config });
    const client = await killed.connect();
    await client.call('MSET', ...Array.from({ length: 200 }, (_, i) => i));
    await client.call('BGSAVE');
    while (!readdirSync(directory).some((name) => name.startsWith('temp-'))) await client.call('PING');
    await killed.stop('SIGKILL');
    const [left] = readdirSync(directory).filter((name) => name.startsWith('temp-'));
    await using server = await startRespd({ directory });
    expect(readdirSync(directory)).not.toContain(left);
    expect(server.output).toMatch(new RegExp(`Removed what ended processes had left unfinished: .*/${left}\\n`));
  });

  it('leaves alone what another server of the same process is writing', async () => {
    await using first = await SavingServer.start({ 'rdb-key-save-delay': '4000' });
    await first.fill(300);
    await first.call('BGSAVE');
    await first.until('current_save_keys_processed', '256');
    const [name] = await first.temporaryFiles();
    await using second = await SavingServer.start({ dir: first.directory });
    expect(await second.call('CONFIG', 'GET', 'dir')).toContain(first.directory);
    expect(await first.temporaryFiles()).toEqual([name]);
    await first.idle();
    expect(await first.info('rdb_last_bgsave_status')).toBe('ok');
  });
});
