/** docs/compatibility.md: what of Redis's own test suite passes. */
import type { Exceptions } from './exceptions.ts';
import { REDIS_RELEASE } from './redis-source.ts';
import type { Results, UnitResult } from './results.ts';
import { UNITS } from './units.ts';

const MAX_REASON = 160;

export function compatibilityPage(results: Results, exceptions: Exceptions): string {
  const units = Object.entries(results).filter(([unit]) => !exceptions.excludes(unit));
  const total = (count: (result: UnitResult) => number): number =>
    units.reduce((sum, [, result]) => sum + count(result), 0);
  const passed = total((result) => result.passed.length);
  const failed = total((result) => result.failed.length);
  const excepted = total((result) => result.excepted.length);
  const lines = [
    '# Compatibility',
    '',
    `The test suite of Redis ${REDIS_RELEASE} runs against respd: its servers are started through a wrapper in the`,
    'place of `src/redis-server`, and `redis-cli`, `redis-benchmark`, `redis-check-aof` and `redis-check-rdb` are',
    `Redis's own. Of its tests **${passed} pass and ${failed} fail**; ${excepted} are left out, for the reasons below.`,
    '',
    '`npm run test:redis` fetches the suite, runs it unit by unit and writes this page; `npm run test:redis unit/dump`',
    'runs a single unit. Tests of streams, replication and cluster are not among the units.',
    '',
    '| unit | passed | failed | left out |',
    '| --- | ---: | ---: | ---: |',
    ...units.map(
      ([unit, result]) =>
        `| ${unit} | ${result.passed.length} | ${result.failed.length || ''} | ${result.excepted.length || ''} |`,
    ),
    `| **all** | **${passed}** | **${failed}** | **${excepted}** |`,
    '',
  ];
  const missing = UNITS.filter((unit) => !(unit in results) && !exceptions.excludes(unit));
  if (missing.length > 0) lines.push(`Not run yet: ${missing.join(', ')}.`, '');
  if (failed > 0) {
    lines.push('## What fails', '');
    for (const [unit, result] of units) {
      if (result.failed.length === 0) continue;
      lines.push(`**${unit}**`, '');
      for (const { name, reason } of result.failed) lines.push(`- ${plain(name)}: ${plain(shortened(reason))}`);
      lines.push('');
    }
  }
  lines.push('## What is left out', '');
  for (const reason of new Set(exceptions.list.map((item) => item.reason))) {
    lines.push(`**${reason}**`, '');
    for (const { unit, test } of exceptions.list.filter((item) => item.reason === reason)) {
      lines.push(unit === null ? `- everything with the tag \`${test}\`` : `- ${unit}: ${plain(test)}`);
    }
    lines.push('');
  }
  lines.push(
    'The suite itself leaves out what it would run only when asked to, as with more than 100 MB of memory.',
    '',
  );
  return lines.join('\n');
}

function shortened(text: string): string {
  return text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}…` : text;
}

function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>|[\]]/g, '\\$&');
}
