import { describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { fitClientsToFileLimit, keepClientsWithinFileLimit, openFileLimit } from '../../src/program/file-limit.ts';
import { RecordedLog } from './recorded-log.ts';

describe('maxclients and the limit of open files', () => {
  it('stays as it is where the limit is high enough', async () => {
    using recorded = await RecordedLog.open();
    const config = Config.defaults();
    expect(fitClientsToFileLimit(config, 10_032, recorded.log)).toBe(true);
    expect(config.get('maxclients')).toBe(10_000);
    expect(recorded.lines).toEqual([]);
  });

  it('is reduced where it is not, and says so as Redis does', async () => {
    using recorded = await RecordedLog.open();
    const config = Config.defaults();
    expect(fitClientsToFileLimit(config, 1024, recorded.log)).toBe(true);
    expect(config.get('maxclients')).toBe(992);
    expect(recorded.lines).toEqual([
      '# You requested maxclients of 10000 requiring at least 10032 max file descriptors.',
      "# Server can't set maximum open files to 10032 because of OS error: Operation not permitted.",
      "# Current maximum open files is 1024. maxclients has been reduced to 992 to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.",
    ]);
  });

  it('is refused where nothing would be left for clients', async () => {
    using recorded = await RecordedLog.open();
    expect(fitClientsToFileLimit(Config.defaults(), 32, recorded.log)).toBe(false);
    expect(recorded.lines).toEqual([
      "# Your current 'ulimit -n' of 32 is not enough for the server to start. Please increase your open file limit to at least 10032. Exiting.",
    ]);
  });

  it('holds for CONFIG SET', async () => {
    const config = Config.defaults();
    keepClientsWithinFileLimit(config, 1024);
    expect(await config.set([['maxclients', '992']])).toBeNull();
    expect(await config.set([['maxclients', '993']])).toMatchObject({
      reply:
        "ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not able to handle the specified number of clients, try with 992",
    });
    expect(config.get('maxclients')).toBe(992);
  });

  it.skipIf(process.platform !== 'linux')('is compared with the limit of this process', () => {
    const report = process.report.getReport() as { readonly userLimits: { open_files: { soft: number | string } } };
    const { soft } = report.userLimits.open_files;
    expect(openFileLimit()).toBe(soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft));
  });
});
