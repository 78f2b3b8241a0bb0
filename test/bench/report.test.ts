import { expect, test } from 'vitest';
import { renderChart, throughputRatios } from '../../bench/chart.ts';
import type { Environment } from '../../bench/environment.ts';
import { formatFigure, type Measurement } from '../../bench/measurement.ts';
import { renderReport } from '../../bench/report.ts';
import { mergeResults } from '../../bench/results.ts';
import type { Suite } from '../../bench/suite.ts';
import { suites } from '../../bench/suites/index.ts';
import { targets } from '../../bench/targets.ts';

const environment: Environment = {
  cpu: 'Example CPU',
  cores: 4,
  memoryGiB: 16,
  system: 'Linux 6.1',
  node: 'v20.20.2',
  redis: '7.0.15',
  respd: '1.0.0',
  date: '2026-01-31',
};

const suite: Suite = {
  name: 'sample',
  title: 'Sample',
  about: 'How it measures.',
  metrics: [
    { id: 'throughput', label: 'requests/s', unit: 'requests/s', better: 'more' },
    { id: 'pause', label: 'pause', unit: 'ms', better: 'less' },
  ],
  tests: ['SET p1', 'SET p16', 'GET p1'],
  run: async () => [],
};

const row = (test: string, metric: string, subject: 'redis' | 'respd', value: number): Measurement => {
  return { test, metric, subject, value, rounds: [value] };
};

const measurements = [
  row('SET p1', 'throughput', 'redis', 50_000),
  row('SET p1', 'throughput', 'respd', 45_000),
  row('SET p16', 'throughput', 'redis', 400_000),
  row('SET p16', 'throughput', 'respd', 500_000),
  row('GET p1', 'throughput', 'redis', 60_000),
  row('SET p1', 'pause', 'respd', 1.234),
];
const results = { sample: { environment, rounds: 3, quick: false, measurements } };

test('a table has the measured subjects, ratios where both servers were measured, and dashes', () => {
  const page = renderReport([suite], results, [], null);
  expect(page).toContain('| Test | Redis requests/s | respd requests/s | respd / Redis | respd pause, ms |');
  expect(page).toContain('| SET p1 | 50,000 | 45,000 | 0.90 | 1.23 |');
  expect(page).toContain('| GET p1 | 60,000 | – | – | – |');
  expect(page).toContain(
    'Example CPU, 4 cores, 16 GiB, Linux 6.1; Node v20.20.2, Redis 7.0.15, respd 1.0.0; 2026-01-31',
  );
});

test('targets are reached on the good side of their bound', () => {
  const target = { suite: 'sample', test: 'SET p16', metric: 'throughput', relativeTo: 'redis', bound: 1.25 } as const;
  const page = renderReport(
    [suite],
    results,
    [
      target,
      { ...target, bound: 1.26 },
      { ...target, test: 'GET p1' },
      { suite: 'sample', test: 'SET p1', metric: 'pause', relativeTo: null, bound: 2 },
      { suite: 'sample', test: 'SET p1', metric: 'pause', relativeTo: null, bound: 1 },
    ],
    null,
  );
  expect(page).toContain('| Sample | SET p16 | requests/s, respd / Redis | reached | ≥ 1.25 | 1.25 |');
  expect(page).toContain('| Sample | SET p16 | requests/s, respd / Redis | **not reached** | ≥ 1.26 | 1.25 |');
  expect(page).toContain('| Sample | GET p1 | requests/s, respd / Redis | not measured | ≥ 1.25 | – |');
  expect(page).toContain('| Sample | SET p1 | pause | reached | ≤ 2 ms | 1.23 ms |');
  expect(page).toContain('| Sample | SET p1 | pause | **not reached** | ≤ 1 ms | 1.23 ms |');
});

test('a target can be a difference, which has a unit', () => {
  const target = { suite: 'sample', test: 'SET p1', metric: 'pause', relativeTo: 'node', isDifference: true } as const;
  const withNode = {
    ...results.sample,
    measurements: [...measurements, { ...measurements[5], subject: 'node', value: 1 }],
  };
  const page = renderReport([suite], { sample: withNode } as typeof results, [{ ...target, bound: 0.3 }], null);
  expect(page).toContain('| Sample | SET p1 | pause, respd − empty Node | reached | ≤ 0.3 ms | 0.234 ms |');
});

test('a suite with a single test has its metrics down the page', () => {
  const page = renderReport([{ ...suite, tests: ['SET p1'] }], results, [], null);
  expect(page).toContain('| SET p1 | Redis | respd | respd / Redis |');
  expect(page).toContain('| requests/s | 50,000 | 45,000 | 0.90 |');
  expect(page).toContain('| pause, ms | – | 1.23 | – |');
});

test('figures of a quick run are marked, and different machines are told apart', () => {
  const other = { ...suite, name: 'other', title: 'Other' };
  const page = renderReport(
    [suite, other],
    { ...results, other: { ...results.sample, quick: true, environment: { ...environment, cpu: 'Second CPU' } } },
    [],
    null,
  );
  expect(page.match(/A quick run/g)).toHaveLength(1);
  expect(page).toContain('- Sample: Example CPU');
  expect(page).toContain('- Other: Second CPU');
});

test('fresh measurements replace those of the same test and leave the others', () => {
  const fresh = { ...results.sample, measurements: [row('SET p1', 'throughput', 'respd', 99)] };
  const merged = mergeResults(results, 'sample', fresh).sample.measurements;
  expect(merged).toHaveLength(measurements.length);
  expect(merged.filter((kept) => kept.value === 99)).toEqual(fresh.measurements);
  expect(merged).toContainEqual(row('SET p1', 'throughput', 'redis', 50_000));
});

test('the chart has a bar per ratio, none where a server is missing', () => {
  const ratios = throughputRatios(measurements);
  expect(ratios).toEqual({
    commands: ['SET'],
    series: [
      { pipeline: 1, ratios: [0.9] },
      { pipeline: 16, ratios: [1.25] },
    ],
  });
  const svg = renderChart(ratios);
  expect(svg).toMatch(/^<svg /);
  for (const text of ['SET', 'p1', 'p16', '0.9', '1.25']) expect(svg).toContain(`>${text}</text>`);
});

test('a bar that is much longer than the others is cut, its label is not', () => {
  const measured = [row('GET p1', 'throughput', 'redis', 1), row('GET p1', 'throughput', 'respd', 12.5)];
  const svg = renderChart(throughputRatios(measured));
  for (const text of ['12.5', '5']) expect(svg).toContain(`>${text}</text>`);
  expect(svg).not.toContain('>10</text>');
});

test('every target names a test and a metric of a suite', () => {
  for (const target of targets) {
    const found = suites.find((candidate) => candidate.name === target.suite);
    expect(found?.tests).toContain(target.test);
    expect(found?.metrics.map((metric) => metric.id)).toContain(target.metric);
  }
});

test('figures are grouped from a thousand up and have three digits below', () => {
  expect([1234567.8, 999.6, 12.345, 0.012345, 0].map(formatFigure)).toEqual([
    '1,234,568',
    '1000',
    '12.3',
    '0.0123',
    '0',
  ]);
});
