import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { followOomScore } from '../../src/program/oom-score.ts';
import { RecordedLog } from './recorded-log.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respd-oom-'));
  file = join(folder, 'oom_score_adj');
  writeFileSync(file, '50\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

const score = (): string => readFileSync(file, 'latin1').trim();

it('is left alone by default', async () => {
  using recorded = await RecordedLog.open();
  followOomScore(Config.defaults(), recorded.log, file);
  expect(score()).toBe('50');
});

it('is what the process began with plus the value of the role, and goes back', async () => {
  using recorded = await RecordedLog.open();
  const config = Config.defaults();
  config.override('oom-score-adj', 'relative');
  config.override('oom-score-adj-values', '10 200 800');
  followOomScore(config, recorded.log, file);
  expect(score()).toBe('60');
  config.override('replicaof', '127.0.0.1 7000');
  expect(score()).toBe('250');
  expect(await config.set([['oom-score-adj-values', '10 990 800']])).toBeNull();
  expect(score()).toBe('1000');
  expect(await config.set([['oom-score-adj', 'absolute']])).toBeNull();
  expect(score()).toBe('990');
  expect(await config.set([['oom-score-adj', 'no']])).toBeNull();
  expect(score()).toBe('50');
});

it('refuses a change that the system refuses', async () => {
  using recorded = await RecordedLog.open();
  const config = Config.defaults();
  followOomScore(config, recorded.log, join(folder, 'missing'));
  const refusal = await config.set([['oom-score-adj', 'yes']]);
  expect(refusal?.error).toBe('Failed to apply new oom_score_adj configuration, check server logs.');
  expect(config.get('oom-score-adj')).toBe('no');
  expect(recorded.lines[0]).toBe('# Unable to write oom_score_adj: No such file or directory');
});
