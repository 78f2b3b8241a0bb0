/**
 * `npm run test:redis [-- unit …]`: runs Redis's own test suite against respd, keeps what became of each test in
 * `results.json` and writes `docs/compatibility.md` from it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { compatibilityPage } from './compatibility-page.ts';
import { Exceptions } from './exceptions.ts';
import { redisSource } from './redis-source.ts';
import { readResults, regressions, resultOf, writeResults } from './results.ts';
import { missingForSuite, SuiteTree } from './suite-tree.ts';
import { runUnit } from './unit-run.ts';
import { FAST_UNITS, TLS_UNIT, UNITS } from './units.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Options {
  source?: string;
  server: string;
  port: string;
  fast?: true;
  only?: string[];
  output?: string;
  save: boolean;
  report?: true;
}

const command = new Command('npm run test:redis --')
  .description("Runs Redis's own test suite against respd and writes docs/compatibility.md.")
  .argument('[units...]', 'units to run, as unit/dump (default: all)')
  .option('--source <folder>', 'the source of Redis (default: $REDIS_SOURCE, or fetched once from Debian)')
  .option('--server <command>', 'command that starts respd', `node ${join(root, 'dist', 'cli.js')}`)
  .option('--port <number>', 'first port for the servers', '21111')
  .option('--fast', 'only the units that CI runs')
  .option('--only <tests...>', 'only tests of these names; keeps nothing')
  .option('--output <folder>', 'keep what the suite prints, a file per unit')
  .option('--no-save', 'keep no results')
  .option('--report', 'run nothing; write the page from the kept results')
  .parse();
const options = command.opts<Options>();
const exceptions = Exceptions.read();
let results = readResults();

if (options.report) writePage();
else process.exitCode = await run();

async function run(): Promise<number> {
  const missing = missingForSuite();
  if (missing !== null) throw new Error(missing);
  const units = command.args.length > 0 ? command.args : options.fast ? FAST_UNITS : UNITS;
  const source = redisSource(options.source);
  buildIfNeeded();
  using tree = SuiteTree.create(source, options.server.split(/\s+/));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let lost = 0;
  for (const unit of units) {
    if (exceptions.excludes(unit)) {
      console.log(`${unit}: left out`);
      continue;
    }
    if (unit === TLS_UNIT && !tree.prepareTls()) {
      console.log(`${unit}: not run, because Tcl has no TLS (Debian: apt-get install tcl-tls)`);
      continue;
    }
    const startMs = performance.now();
    const { outcome, output } = await runUnit(unit, {
      tree,
      exceptions,
      port: Number(options.port),
      signal: stop.signal,
      ...(options.only === undefined ? {} : { only: options.only }),
    });
    if (stop.signal.aborted) return 130;
    if (options.output !== undefined) keepOutput(options.output, unit, output);
    const result = resultOf(outcome);
    const { passed, failed, excepted } = result;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    const leftOut = options.only === undefined ? `, ${excepted.length} left out` : '';
    console.log(`${unit}: ${passed.length} passed, ${failed.length} failed${leftOut} (${seconds} s)`);
    for (const { name, reason } of failed) console.log(`  failed: ${name}: ${reason}`);
    if (options.only !== undefined) continue;
    const before = results[unit];
    if (before !== undefined) {
      for (const text of regressions(unit, before, result, exceptions)) {
        lost++;
        console.log(`  passed before: ${text}`);
      }
    }
    if (!options.save) continue;
    // Another run may have written meanwhile.
    results = { ...readResults(), [unit]: result };
    writeResults(results, UNITS);
    writePage();
  }
  return lost === 0 ? 0 : 1;
}

function writePage(): void {
  writeFileSync(join(root, 'docs', 'compatibility.md'), compatibilityPage(results, exceptions));
}

function keepOutput(folder: string, unit: string, output: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${unit.replaceAll('/', '_')}.txt`), output);
}

/** Brings `dist/` up to date when it is what will run. */
function buildIfNeeded(): void {
  if (!options.server.includes(join(root, 'dist'))) return;
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}
