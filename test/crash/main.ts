/** `npm run test:crash`: the rounds of crash-rounds.ts, as many as wanted. */
import { Command, InvalidArgumentError } from 'commander';
import { builtProgram } from '../support/built-program.ts';
import { REDIS_PROGRAM } from '../support/redis-server.ts';
import { type FsyncPolicy, fsyncPolicies, runCrashRounds } from './crash-rounds.ts';

interface Options {
  readonly rounds: number;
  readonly fsync: readonly FsyncPolicy[];
  readonly seed: number;
  readonly subject: 'respd' | 'redis';
  readonly verbose?: true;
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a positive whole number');
  return number;
}

function policies(text: string): readonly FsyncPolicy[] {
  return text.split(',').map((name) => {
    const policy = fsyncPolicies.find((known) => known === name);
    if (policy === undefined) throw new InvalidArgumentError(`the policies are ${fsyncPolicies.join(', ')}`);
    return policy;
  });
}

function subject(text: string): string {
  if (text !== 'respd' && text !== 'redis') throw new InvalidArgumentError('the subjects are respd and redis');
  return text;
}

const options = new Command('npm run test:crash --')
  .description('Kills a server at random moments and compares what it has kept with what it had acknowledged.')
  .option('--rounds <number>', 'rounds for each policy', count, 1000)
  .option('--fsync <policies>', 'of always, everysec, no', policies, fsyncPolicies)
  .option('--seed <number>', 'repeats the choices of a run', count, 1 + Math.floor(Math.random() * 1e9))
  .option('--subject <name>', 'respd, or redis, which checks the test', subject, 'respd')
  .option('--verbose', 'a line for each round')
  .parse()
  .opts<Options>();

const program = options.subject === 'redis' ? REDIS_PROGRAM : await builtProgram();
for (const fsync of options.fsync) {
  const startMs = performance.now();
  console.log(`${options.subject}, appendfsync ${fsync}, ${options.rounds} rounds, seed ${options.seed}`);
  const { rounds, seed, verbose } = options;
  const log = verbose === true ? { log: console.log } : {};
  const report = await runCrashRounds({ program, fsync, rounds, seed, ...log });
  console.log(`  passed in ${((performance.now() - startMs) / 1000).toFixed(0)} s: ${JSON.stringify(report)}`);
}
