/**
 * `npm run bench`: runs the suites, keeps their results in `bench/results.json` and draws `docs/benchmarks.md` and
 * `docs/benchmarks.svg` from them. Runs that are partial, quick or profiled only print, unless told to save.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { renderChart, throughputRatios } from './chart.ts';
import { monotonicUs, profileArguments, readProfiles, renderSelfTimes, type Span, selfTimes } from './cpu-profile.ts';
import { currentEnvironment } from './environment.ts';
import { figureOf, type Measurement, type Subject } from './measurement.ts';
import { renderReport } from './report.ts';
import { mergeResults, type Results, readResults, writeResults } from './results.ts';
import { type ServerName, ServerProcess, temporaryDirectory } from './server-process.ts';
import type { Bench, Suite } from './suite.ts';
import { suites } from './suites/index.ts';
import { targets } from './targets.ts';

const PROFILE_LINES = 25;
const root = fileURLToPath(new URL('..', import.meta.url));
const resultsPath = join(root, 'bench', 'results.json');
const docs = join(root, 'docs');

interface Options {
  suite: string[];
  only?: string[];
  rounds?: number;
  servers: ServerName[];
  respd: string;
  redis: string;
  scale?: number;
  quick?: true;
  profile?: true;
  save?: true;
  report?: true;
  list?: true;
}

const list = (text: string): string[] => text.split(',').map((item) => item.trim());

function suiteNames(text: string): string[] {
  const names = list(text);
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no suite ${unknown}`);
  return names;
}

function serverNames(text: string): ServerName[] {
  return list(text).map((name) => {
    if (name !== 'redis' && name !== 'respd') throw new InvalidArgumentError('the servers are redis and respd');
    return name;
  });
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a positive whole number');
  return number;
}

function fraction(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 1)) throw new InvalidArgumentError('expected a number above 0, 1 at most');
  return number;
}

/** Runs of each test, as far as a suite has several; with fewer the results are not kept. */
const ROUNDS = 5;

const options = new Command('npm run bench --')
  .description('Measures respd beside Redis and draws docs/benchmarks.md.')
  .option(
    '--suite <names>',
    'suites to run, separated by commas',
    suiteNames,
    suites.map((suite) => suite.name),
  )
  .option('--only <tests>', "tests to run: their names, or parts of names, as 'SET p16,GET'", list)
  .option('--rounds <number>', `runs per test (default: ${ROUNDS}; with --quick or --profile 1)`, count)
  .option('--servers <names>', 'servers to measure', serverNames, ['redis', 'respd'])
  .option('--respd <command>', 'command that starts respd', 'node dist/cli.js')
  .option('--redis <command>', 'command that starts Redis', 'redis-server')
  .option('--scale <fraction>', 'size of the data sets (default: 1; with --quick 0.1)', fraction)
  .option('--quick', 'small data and short runs, to see that everything works')
  .option('--profile', 'measure respd alone under --cpu-prof and print where its main thread spent the time')
  .option('--save', 'keep the results of a partial run too')
  .option('--report', 'measure nothing; draw the report from the kept results')
  .option('--list', 'print the names of suites and tests')
  .parse()
  .opts<Options>();

const rounds = options.rounds ?? (options.quick || options.profile ? 1 : ROUNDS);
const scale = options.scale ?? (options.quick ? 0.1 : 1);
const servers: readonly ServerName[] = options.profile ? ['respd'] : options.servers;
const isReduced = options.quick === true || scale < 1;
const partial = options.only !== undefined || isReduced || options.profile || rounds < ROUNDS || servers.length < 2;
const selected = suites.filter((suite) => options.suite.includes(suite.name));
const profileDirectory = options.profile ? temporaryDirectory() : null;
const spans: Span[] = [];
let failures = 0;

if (options.list) printTests();
else if (options.report) writeReport(readResults(resultsPath));
else await measure();

async function measure(): Promise<void> {
  buildIfNeeded();
  const environment = currentEnvironment();
  let results = readResults(resultsPath);
  for (const suite of selected) {
    const measurements = await runSuite(suite);
    if (measurements.length === 0) continue;
    const fresh = { environment, rounds, quick: isReduced, measurements };
    results = options.only ? mergeResults(results, suite.name, fresh) : { ...results, [suite.name]: fresh };
    if (!partial || options.save) {
      writeResults(resultsPath, results);
      writeReport(results);
    }
  }
  if (profileDirectory !== null) {
    console.log(`\n${renderSelfTimes(selfTimes(readProfiles(profileDirectory), spans), PROFILE_LINES)}`);
  } else if (partial && !options.save) {
    console.log('\nA partial run: not kept (--save keeps it).');
  }
  process.exit(failures === 0 ? 0 : 1);
}

/** The measurements of one suite; a failure of the suite as a whole is reported and leaves none. */
async function runSuite(suite: Suite): Promise<Measurement[]> {
  const bench = benchFor(suite);
  if (!suite.tests.some((test) => bench.selects(test))) return [];
  console.log(`\n${suite.title}`);
  const begun = performance.now();
  try {
    const measurements = await suite.run(bench);
    for (const test of suite.tests) printRatios(suite, test, measurements);
    return measurements;
  } catch (error) {
    failures++;
    console.log(`  ${suite.name} failed: ${messageOf(error)}`);
    return [];
  } finally {
    console.log(`  ${suite.name} took ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }
}

function benchFor(suite: Suite): Bench {
  const only = options.only?.map((name) => name.toLowerCase());
  const exact = only?.filter((name) => suite.tests.some((test) => test.toLowerCase() === name));
  const print = (test: string, subject: Subject, text: string) => {
    console.log(`  ${test.padEnd(24)} ${subject.padEnd(6)} ${text}`);
  };
  return {
    rounds,
    quick: options.quick ?? false,
    servers,
    // A whole name means that test alone: 'SET p16' is part of 'MSET p16' too.
    selects(test) {
      if (only === undefined) return true;
      const name = test.toLowerCase();
      return only.some((wanted) => (exact?.includes(wanted) ? name === wanted : name.includes(wanted)));
    },
    // A profile is written as the process ends of itself.
    start(name, directory, settings) {
      const signal = profileDirectory === null ? 'SIGKILL' : 'SIGTERM';
      return ServerProcess.start(name, commandOf(name), signal, directory, settings);
    },
    scaled: (count) => Math.ceil(count * scale),
    command: commandOf,
    async measured(name, action) {
      const fromUs = monotonicUs();
      const result = await action();
      if (name === 'respd') spans.push({ fromUs, toUs: monotonicUs() });
      return result;
    },
    live: print,
    failed(test, subject, error) {
      failures++;
      print(test, subject, `failed: ${messageOf(error)}`);
    },
  };
}

function commandOf(name: ServerName): readonly string[] {
  const [program, ...rest] = (name === 'redis' ? options.redis : options.respd).split(/\s+/);
  if (profileDirectory === null || name === 'redis') return [program, ...rest];
  if (!basename(program).startsWith('node'))
    throw new Error(`--profile needs a command that starts node, not ${program}`);
  return [program, ...profileArguments(profileDirectory), ...rest];
}

/** Brings `dist/` up to date when it is what will run; a failed build is fatal only where there is no older one. */
function buildIfNeeded(): void {
  if (!servers.includes('respd') || !/\bdist\/cli\.js\b/.test(options.respd)) return;
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (built.status === 0) return;
  console.error(`The build failed:\n${built.stdout}${built.stderr}`);
  if (!existsSync(join(root, 'dist', 'cli.js'))) process.exit(1);
  console.error('Going on with dist/ as it is.');
}

function printRatios(suite: Suite, test: string, measurements: readonly Measurement[]): void {
  const ratios = suite.metrics.flatMap(({ id, label }) => {
    const redis = figureOf(measurements, test, id, 'redis');
    const respd = figureOf(measurements, test, id, 'respd');
    return redis === undefined || respd === undefined ? [] : [`${label} ${(respd / redis).toFixed(2)}`];
  });
  if (ratios.length > 0) console.log(`  ${test.padEnd(24)} respd / Redis: ${ratios.join(', ')}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function printTests(): void {
  for (const suite of suites) console.log([suite.name, ...suite.tests.map((test) => `  ${test}`)].join('\n'));
}

function writeReport(results: Results): void {
  mkdirSync(docs, { recursive: true });
  const ratios = throughputRatios(suites.flatMap((suite) => results[suite.name]?.measurements ?? []));
  const drawn = ratios.commands.length > 0;
  if (drawn) writeFileSync(join(docs, 'benchmarks.svg'), renderChart(ratios));
  writeFileSync(join(docs, 'benchmarks.md'), renderReport(suites, results, targets, drawn ? 'benchmarks.svg' : null));
}
