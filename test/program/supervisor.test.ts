import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Supervisor } from '../../src/program/supervisor.ts';
import { RecordedLog } from './recorded-log.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respd-supervisor-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A program in the place of systemd's, which writes down how it was called. */
function fakeNotify(): NodeJS.ProcessEnv {
  const script = '#!/bin/sh\nfor state in "$@"; do echo "$NOTIFY_SOCKET $state" >> "$CALLS"; done\n';
  writeFileSync(join(folder, 'systemd-notify'), script, { mode: 0o755 });
  return {
    PATH: `${folder}${delimiter}${process.env['PATH']}`,
    CALLS: join(folder, 'calls'),
    NOTIFY_SOCKET: '@socket',
  };
}

describe('supervision', () => {
  it.each(['systemd', 'auto'] as const)('tells systemd how things stand (%s)', async (mode) => {
    using recorded = await RecordedLog.open();
    const supervisor = Supervisor.find(mode, recorded.log, fakeNotify());
    expect(supervisor.isPresent).toBe(true);
    await supervisor.loading();
    await supervisor.ready();
    await supervisor.stopping();
    expect(readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n')).toEqual([
      '@socket STATUS=respd is loading...',
      '@socket STATUS=Ready to accept connections',
      '@socket READY=1',
      '@socket STOPPING=1',
    ]);
    expect(recorded.lines).toEqual([expect.stringContaining('* Supervised by systemd.')]);
  });

  it('says what is missing', async () => {
    using recorded = await RecordedLog.open();
    expect(Supervisor.find('systemd', recorded.log, {}).isPresent).toBe(false);
    expect(Supervisor.find('upstart', recorded.log, {}).isPresent).toBe(false);
    expect(Supervisor.find('auto', recorded.log, {}).isPresent).toBe(false);
    await Supervisor.find('systemd', recorded.log, { NOTIFY_SOCKET: '@a', PATH: folder }).ready();
    expect(recorded.lines).toEqual([
      '# systemd supervision error: NOTIFY_SOCKET not found!',
      '# upstart supervision requested, but UPSTART_JOB not found!',
      expect.stringContaining('Supervised by systemd'),
      '# systemd supervision error: systemd-notify is not installed',
    ]);
  });

  it('stays silent without a service manager', async () => {
    using recorded = await RecordedLog.open();
    const supervisor = Supervisor.find('no', recorded.log, fakeNotify());
    await supervisor.loading();
    await supervisor.ready();
    await supervisor.stopping();
    expect(() => readFileSync(join(folder, 'calls'))).toThrow('ENOENT');
    expect(recorded.lines).toEqual([]);
  });
});
