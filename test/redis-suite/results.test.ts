import { describe, expect, it } from 'vitest';
import { compatibilityPage } from './compatibility-page.ts';
import { Exceptions } from './exceptions.ts';
import { readResults, regressions, resultOf } from './results.ts';
import { FAST_UNITS, UNITS } from './units.ts';

const exceptions = Exceptions.parse(`# No forks here
tag: needs:fork
unit/a: a fork
unit/a: /^two
# Later
unit/b: *
`);

describe('exceptions', () => {
  it('are names, patterns, whole units and tags, each with its reason', () => {
    expect(exceptions.tags).toEqual(['needs:fork']);
    expect(exceptions.of('unit/a')).toEqual(['a fork', '/^two']);
    expect([exceptions.excludes('unit/a'), exceptions.excludes('unit/b')]).toEqual([false, true]);
    expect(exceptions.reason('unit/a', 'two forks')).toBe('No forks here');
    expect(exceptions.reason('unit/a', 'not two forks')).toBeNull();
    expect(exceptions.reason('unit/b', 'a fork')).toBe('Later');
  });

  it('have to have a reason', () => {
    expect(() => Exceptions.parse('unit/a: a fork')).toThrow('an exception without a reason');
    expect(() => Exceptions.parse('# Reason\nno exception')).toThrow('neither a reason nor an exception');
  });

  it('name units that are run', () => {
    const units = Exceptions.read().list.flatMap(({ unit }) => unit ?? []);
    expect(units.filter((unit) => !UNITS.includes(unit))).toEqual([]);
  });
});

describe('results', () => {
  const failed = [{ name: 'b', reason: 'of b' }];

  it('count a test that fails once as failed', () => {
    const result = resultOf({ passed: ['a', 'b', 'a'], failed, skipped: ['c', 'c'] });
    expect(result).toEqual({ passed: ['a'], failed, excepted: ['c'] });
  });

  it('tell what has ceased to pass, by name', () => {
    const before = { passed: ['a', 'b', 'c', 'a fork', 'left out now'], failed: [], excepted: [] };
    const now = { passed: ['a', 'new'], failed, excepted: ['left out now'] };
    expect(regressions('unit/a', before, now, exceptions)).toEqual(['b: of b', 'c: has not run']);
  });

  it('are kept of every unit that CI runs', () => {
    const results = readResults();
    expect(FAST_UNITS.filter((unit) => (results[unit]?.passed.length ?? 0) === 0)).toEqual([]);
  });
});

describe('the page', () => {
  it('has each unit, what fails and what is left out', () => {
    const passed = ['1', '2'];
    const failed = [{ name: 'a *star*', reason: `x`.repeat(200) }];
    const page = compatibilityPage({ 'unit/a': { passed, failed, excepted: ['a fork'] } }, exceptions);
    expect(page).toContain('| unit/a | 2 | 1 | 1 |');
    expect(page).toContain(`- a \\*star\\*: ${'x'.repeat(160)}…`);
    expect(page).toContain('**No forks here**');
    expect(page).toContain('- unit/a: /^two');
    expect(page).toContain('- everything with the tag `needs:fork`');
  });
});
