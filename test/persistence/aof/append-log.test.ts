/**
 * Writing fails here as it does in life: to the device that is always full, and by syncing what can't be synced.
 */
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppendLog } from '../../../src/persistence/aof/append-log.ts';
import { Args } from '../../../src/protocol/args.ts';

const LONG_AFTER_MS = 10_000_000;

let directory: string;
let log: AppendLog;
let failures: (string | null)[];
let releases: number;
/** How often the end of a turn was asked for. */
let pendings: number;
/** What was durable when that was told, or asked, last. */
let told: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'respd-log-'));
  failures = [];
  releases = 0;
  pendings = 0;
  told = 0;
  log = new AppendLog({
    nowMs: () => 0,
    onDurable: () => {
      releases++;
      told = log.durable();
    },
    onPending: () => {
      pendings++;
    },
    onFailure: (reason) => failures.push(reason),
    log: () => undefined,
  });
});

afterEach(async () => {
  await log.idle();
  log.close();
  rmSync(directory, { recursive: true });
});

function open(name: string): number {
  return openSync(join(directory, name), 'a');
}

function contentOf(name: string): string {
  return readFileSync(join(directory, name), 'latin1');
}

/** Executes a command and ends the turn. */
function turn(...words: string[]): void {
  log.append(0, Args.of(...words));
  log.endTurn();
  // Whoever ends a turn asks what is durable then.
  told = log.durable();
}

const SELECT = '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n';

describe('AppendLog', () => {
  it('has written at the end of the turn under everysec, and synced later', async () => {
    log.setPolicy('everysec', false);
    log.switchTo(open('a'), 0);
    turn('A');
    expect(contentOf('a')).toBe(`${SELECT}*1\r\n$1\r\nA\r\n`);
    expect([log.position(), log.durable(), log.synced]).toEqual([34, 34, 0]);
    log.tick(LONG_AFTER_MS);
    // A sync is in flight, so that a write may not wait behind it on this thread.
    turn('B');
    expect(log.durable()).toBe(34);
    await log.idle();
    expect([log.durable(), log.synced]).toEqual([45, 34]);
    expect(contentOf('a')).toContain('B');
  });

  it('tells of everything that is written, whichever of a write and a sync ends first', async () => {
    for (const policy of ['everysec', 'always'] as const) {
      log.setPolicy(policy, false);
      log.switchTo(open(policy), 0);
      for (let round = 1; round <= 40; round++) {
        turn('A');
        log.tick(round * LONG_AFTER_MS);
        turn('B');
        for (let i = 0; i < round % 4; i++) await new Promise(setImmediate);
        turn('C');
        await log.idle();
        // Nothing else happens that could tell of it.
        expect([policy, told]).toEqual([policy, log.appended]);
      }
    }
  });

  it('is durable under always when synced, and gathers the next group meanwhile', async () => {
    log.setPolicy('always', false);
    log.switchTo(open('a'), 0);
    turn('A');
    expect([log.position(), log.durable()]).toEqual([34, 0]);
    turn('B');
    turn('C');
    expect(contentOf('a')).not.toContain('B');
    expect(await log.drain()).toBe(true);
    expect(log.durable()).toBe(56);
    expect(contentOf('a')).toContain('C');
    expect(releases).toBeGreaterThan(0);
  });

  it('leaves syncs out where it is told so', () => {
    log.setPolicy('always', true);
    log.switchTo(open('a'), 0);
    turn('A');
    expect(log.durable()).toBe(34);
    expect(log.isSyncInFlight).toBe(false);
  });

  it('brings a file to the disk before what is written to the next one', async () => {
    log.setPolicy('always', false);
    log.switchTo(open('a'), 0);
    turn('A');
    await log.idle();
    log.append(0, Args.of('B'));
    expect(log.writeAll()).toBe(true);
    log.switchTo(open('b'), 0);
    turn('C');
    await log.drain();
    expect(contentOf('a')).toContain('B');
    expect(contentOf('b')).toBe(`${SELECT}*1\r\n$1\r\nC\r\n`);
    expect(log.synced).toBe(log.appended);
  });

  it('lets what is only read through while nothing can be written, but nothing of the turns before', async () => {
    log.setPolicy('everysec', false);
    log.switchTo(openSync('/dev/full', constants.O_WRONLY | constants.O_APPEND), 0);
    turn('A');
    expect(failures).toEqual(['No space left on device']);
    expect([log.position(), log.durable()]).toEqual([34, 0]);
    log.endTurn();
    expect([log.position(), log.durable()]).toEqual([0, 0]);
    log.tick(LONG_AFTER_MS);
    await log.idle();
    expect(failures).toEqual(['No space left on device']);
    expect(log.pendingBytes).toBe(34);
    // That it was tried once more in vain holds nobody up.
    expect([log.position(), log.durable()]).toEqual([0, 0]);
    log.endTurn();
    expect([log.position(), log.durable()]).toEqual([0, 0]);
  });

  it('holds everything under always while nothing can be written', () => {
    log.setPolicy('always', false);
    log.switchTo(openSync('/dev/full', constants.O_WRONLY | constants.O_APPEND), 0);
    turn('A');
    log.endTurn();
    expect([log.position(), log.durable()]).toEqual([34, 0]);
  });

  it('undoes a write that fails half-way, and does it again as soon as it can', () => {
    const program = fileURLToPath(new URL('./limited-log-program.ts', import.meta.url));
    const args = ['--import', 'tsx', program, join(directory, 'limited')];
    const output = execFileSync(process.execPath, args, { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({
      failures: ['File too large', null],
      isCut: true,
      held: 2020,
      isWhole: true,
      isDurable: true,
    });
  });

  it('needs a new file after a sync has failed, and goes on in it', async () => {
    log.setPolicy('everysec', false);
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    log.switchTo(openSync(fifo, constants.O_RDWR), 0);
    turn('A');
    log.tick(LONG_AFTER_MS);
    log.append(0, Args.of('B'));
    expect(pendings).toBe(2);
    await log.idle();
    expect(failures).toEqual(['Invalid argument']);
    expect(log.needsNewFile).toBe(true);
    // The turn in which it failed ends, and its output waits; that of later ones does not.
    expect(pendings).toBe(3);
    log.endTurn();
    expect([log.position(), log.durable()]).toEqual([45, 34]);
    log.endTurn();
    expect([log.position(), log.durable()]).toEqual([34, 34]);
    const covered = log.appended;
    log.beginFile();
    log.append(0, Args.of('B'));
    log.coveredThrough(covered);
    log.switchTo(open('b'), 0);
    await log.drain();
    expect(failures).toEqual(['Invalid argument', null]);
    expect(contentOf('b')).toBe(`${SELECT}*1\r\n$1\r\nB\r\n`);
    expect(log.durable()).toBe(log.appended);
  });
});
