/**
 * Appends to a log while no file may grow beyond a kilobyte, which is what a full disk looks like, and then while they
 * may again. Prints what came of it.
 */
import { execFileSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { AppendLog } from '../../../src/persistence/aof/append-log.ts';
import { Args } from '../../../src/protocol/args.ts';

function limitFiles(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

const path = process.argv[2];
const failures: (string | null)[] = [];
const log = new AppendLog({
  nowMs: () => 0,
  onDurable() {},
  onPending() {},
  log() {},
  onFailure: (reason) => failures.push(reason),
});
process.on('SIGXFSZ', () => undefined);
log.switchTo(openSync(path, 'a'), 0);
log.append(0, Args.of('A'));
log.endTurn();
const before = readFileSync(path, 'latin1');
limitFiles('1024');
log.append(0, Args.of('B', 'x'.repeat(2000)));
log.endTurn();
// Where the disk has been slow just now, it is written in another thread.
await log.idle();
const isCut = readFileSync(path, 'latin1') === before;
const held = log.pendingBytes;
limitFiles('unlimited');
log.tick(performance.now() + 60_000);
await log.idle();
const isWhole = readFileSync(path, 'latin1').endsWith(`*2\r\n$1\r\nB\r\n$2000\r\n${'x'.repeat(2000)}\r\n`);
process.stdout.write(JSON.stringify({ failures, isCut, held, isWhole, isDurable: log.durable() === log.appended }));
