/** Runs one unit of the suite and reads what it says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Exceptions } from './exceptions.ts';
import { readSuiteOutput, type UnitOutcome } from './suite-output.ts';
import type { SuiteTree } from './suite-tree.ts';
import { TLS_UNIT } from './units.ts';

/** How long a test may go on without a sign of life. */
const SILENCE_SECONDS = 120;
/** How long a unit may take altogether. */
const LIMIT_MS = 1_800_000;

export interface UnitRunOptions {
  readonly tree: SuiteTree;
  readonly exceptions: Exceptions;
  /** The first of the ports for its servers. */
  readonly port: number;
  readonly signal?: AbortSignal;
  /** Only these tests; all by default. */
  readonly only?: readonly string[];
}

export interface UnitRun {
  readonly outcome: UnitOutcome;
  readonly output: string;
}

export async function runUnit(unit: string, options: UnitRunOptions): Promise<UnitRun> {
  const { exceptions, only = [], port, signal, tree } = options;
  const isTls = unit === TLS_UNIT && tree.prepareTls();
  const args = [
    'tests/test_helper.tcl',
    ...['--single', unit, '--clients', '1', '--durable'],
    ...['--baseport', String(port), '--portcount', '200', '--timeout', String(SILENCE_SECONDS)],
    ...(isTls ? ['--tls'] : []),
    ...exceptions.tags.flatMap((tag) => ['--tags', `-${tag}`]),
    ...exceptions.of(unit).flatMap((test) => ['--skiptest', test]),
    ...only.flatMap((test) => ['--only', test]),
  ];
  // In a process group of its own, so that no server outlives it.
  const child = spawn('tclsh', args, {
    cwd: tree.folder,
    detached: true,
    env: { ...process.env, TERM: 'dumb' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const closed = once(child, 'close');
  const end = (): void => killGroup(child.pid);
  const limit = setTimeout(end, LIMIT_MS);
  signal?.addEventListener('abort', end);
  process.on('exit', end);
  try {
    // Servers that outlive the suite hold its output open, so its end, not the output's, is waited for.
    await once(child, 'exit');
  } finally {
    clearTimeout(limit);
    signal?.removeEventListener('abort', end);
    process.off('exit', end);
    end();
  }
  await closed;
  return { outcome: readSuiteOutput(output), output };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
