import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { logIgnoredSettings, warnOfBacklog, warnOfMemoryLimit } from '../../src/program/start-warnings.ts';
import { RecordedLog } from './recorded-log.ts';

it('names the settings that have no effect', async () => {
  using recorded = await RecordedLog.open();
  logIgnoredSettings(Config.defaults(), recorded.log);
  expect(recorded.lines).toEqual([]);
  const { config } = loadConfig({ directives: ['--syslog-enabled', 'no', '--disable-thp', 'yes', '--port', '7000'] });
  logIgnoredSettings(config, recorded.log);
  expect(recorded.lines).toEqual([
    '* Accepted without effect: syslog-enabled, disable-thp',
    expect.stringMatching(/^- syslog-enabled has no effect: /),
    expect.stringMatching(/^- disable-thp has no effect: /),
  ]);
});

it('warns of a backlog that the system cuts', async () => {
  using recorded = await RecordedLog.open();
  const folder = mkdtempSync(join(tmpdir(), 'respd-backlog-'));
  const file = join(folder, 'somaxconn');
  writeFileSync(file, '511\n');
  warnOfBacklog(Config.defaults(), recorded.log, file);
  warnOfBacklog(Config.defaults(), recorded.log, join(folder, 'missing'));
  expect(recorded.lines).toEqual([]);
  writeFileSync(file, '128\n');
  warnOfBacklog(Config.defaults(), recorded.log, file);
  rmSync(folder, { recursive: true });
  expect(recorded.lines).toEqual([
    `# WARNING: The TCP backlog setting of 511 cannot be enforced because ${file} is set to the lower value of 128.`,
  ]);
});

it('warns of a memory limit below one megabyte', async () => {
  using recorded = await RecordedLog.open();
  const config = Config.defaults();
  warnOfMemoryLimit(config, recorded.log);
  config.override('maxmemory', '1mb');
  warnOfMemoryLimit(config, recorded.log);
  expect(recorded.lines).toEqual([]);
  config.override('maxmemory', '1mb');
  config.override('maxmemory', 100);
  warnOfMemoryLimit(config, recorded.log);
  expect(recorded.lines).toEqual([expect.stringContaining('less than 1MB (current value is 100 bytes)')]);
});
