/** Time from spawn to the first PING answered, with a Node process that does nothing as the floor. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measurement, Subject } from '../measurement.ts';
import { answersPing, freePort, serverArguments, temporaryDirectory, tether } from '../server-process.ts';
import { median } from '../statistics.ts';
import type { Bench, Suite } from '../suite.ts';

const TEST = 'empty server';
const ROUNDS = 10;
const QUICK_ROUNDS = 3;
const TIMEOUT_MS = 30_000;

export const startSuite: Suite = {
  name: 'start',
  title: 'Time to start',
  about: `From spawning the process to the first PING answered, tried every millisecond; for \`node -e 0\`, an empty Node
process, until it has ended. The three in turn, the median of ${ROUNDS}.`,
  metrics: [{ id: 'ready', label: 'start', unit: 'ms', better: 'less' }],
  tests: [TEST],

  async run(bench: Bench): Promise<Measurement[]> {
    const rounds = new Map<Subject, number[]>();
    for (let round = 0; round < (bench.quick ? QUICK_ROUNDS : ROUNDS); round++) {
      for (const subject of [...bench.servers, 'node'] as const) {
        const ms = subject === 'node' ? await emptyNodeMs() : await serverMs(bench.command(subject));
        bench.live(TEST, subject, `${ms.toFixed(1)} ms`);
        rounds.set(subject, [...(rounds.get(subject) ?? []), ms]);
      }
    }
    return [...rounds].map(([subject, list]) => {
      return { test: TEST, metric: 'ready', subject, value: median(list), rounds: list };
    });
  },
};

async function serverMs(command: readonly string[]): Promise<number> {
  const port = await freePort();
  const options = serverArguments(port, temporaryDirectory());
  const spawned = performance.now();
  const child = tether(spawn(command[0], [...command.slice(1), ...options], { stdio: 'ignore' }));
  const exited = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
  const answered = async (): Promise<number> => {
    while (!(await answersPing(port))) {
      if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with status ${child.exitCode}`);
      if (performance.now() - spawned > TIMEOUT_MS) throw new Error(`${command.join(' ')} answered no PING`);
      await sleep(1);
    }
    return performance.now() - spawned;
  };
  const ms = await Promise.race([answered(), exited.then(answered)]);
  child.kill();
  await exited;
  return ms;
}

function emptyNodeMs(): Promise<number> {
  const spawned = performance.now();
  return new Promise((resolve, reject) => {
    const child = tether(spawn('node', ['-e', '0'], { stdio: 'ignore' }));
    child.once('exit', () => resolve(performance.now() - spawned));
    child.once('error', reject);
  });
}
