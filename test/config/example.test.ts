import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { directives } from '../../src/config/directives/index.ts';
import { renderExample } from '../../src/config/example.ts';
import { loadConfig } from '../../src/config/load.ts';

const FILE = fileURLToPath(new URL('../../redis.conf.example', import.meta.url));

describe('redis.conf.example', () => {
  it('is the rendered one (made anew by running this test with -u)', async () => {
    await expect(renderExample()).toMatchFileSnapshot(FILE);
  });

  it('loads without error and gives every default', () => {
    const { config } = loadConfig({ file: FILE });
    expect(config.match(['*'])).toEqual(Config.defaults().match(['*']));
    expect(config.ignoredSettings()).toEqual([]);
  });

  it('has a line for every directive, and each line means something', () => {
    const text = renderExample();
    const shown = directives.filter(({ facts }) => !facts.hidden);
    for (const { name } of shown) expect([name, new RegExp(`^(# )?${name} \\S`, 'm').test(text)]).toEqual([name, true]);
    // The lines that are comments have to be right too, once their marks are taken away.
    const names = new Set<string>(shown.map(({ name }) => name));
    const lines = text.split('\n').map((line) => line.replace(/^# /, ''));
    const settings = lines.filter(
      (line) => names.has(line.split(' ')[0]) && !/^(dir|logfile|cluster-enabled) /.test(line),
    );
    expect(settings.length).toBeGreaterThanOrEqual(shown.length - 3);
    expect(() => loadConfig({ stdin: settings.join('\n') })).not.toThrow();
  });

  it('keeps to 78 columns where words allow it', () => {
    const long = renderExample()
      .split('\n')
      .filter((line) => line.startsWith('#') && line.length > 80 && line.includes(' ', 20));
    expect(long).toEqual([]);
  });
});
