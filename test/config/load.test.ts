import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/config/command-line.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { type LoadOptions, loadConfig, statementError } from '../../src/config/load.ts';

let directory = '';
beforeAll(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'respd-load-')));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function failure(options: LoadOptions): ConfigError {
  try {
    loadConfig(options);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('loadConfig', () => {
  it('lets standard input win over the file, and the command line over both', () => {
    const file = write('precedence.conf', 'timeout 1\nhz 11\ndatabases 3\n');
    const { config } = loadConfig({ file, stdin: 'timeout 2\nhz 22\n', directives: ['--timeout', '3'] });
    expect([config.get('timeout'), config.get('hz'), config.get('databases')]).toEqual([3, 22, 3]);
    expect(config.filePath).toBe(file);
  });

  it('reads standard input alone', () => {
    const { config } = loadConfig({ file: '-', stdin: 'timeout 2' });
    expect([config.get('timeout'), config.filePath]).toEqual([2, null]);
  });

  it('gives every default without any source', () => {
    expect(loadConfig().config.isGiven('port')).toBe(false);
    expect(loadConfig().config.get('port')).toBe(6379);
  });

  it('reads lists from the command line', () => {
    const { config } = loadConfig({ directives: ['--save', '', '--bind', '127.0.0.1', '-::1', '--port 0'] });
    expect([config.get('save'), config.get('bind'), config.get('port')]).toEqual([[], ['127.0.0.1', '-::1'], 0]);
    const quoted = loadConfig({ directives: ['--save', '9 1 8 2', '--requirepass', 'a b "é"', '--save', '7', '3'] });
    expect(quoted.config.get('requirepass')).toBe(Buffer.from('a b "é"').toString('latin1'));
    expect(quoted.config.get('save').map(({ seconds }) => seconds)).toEqual([9, 8, 7]);
  });

  it('collects what is no setting, with its place', () => {
    const file = write(
      'statements.conf',
      'user alice on +@all\nrename-command FLUSHALL ""\n\nloadmodule a.so "b c"\nmod.x 1 2\nuser bob off\n',
    );
    const { users, renamedCommands, modules, moduleSettings } = loadConfig({ file });
    expect(users.map(({ args }) => args)).toEqual([
      ['alice', 'on', '+@all'],
      ['bob', 'off'],
    ]);
    expect(renamedCommands).toEqual([
      { args: ['FLUSHALL', ''], location: { file, line: 2, text: 'rename-command FLUSHALL ""' } },
    ]);
    expect(modules[0].args).toEqual(['a.so', 'b c']);
    expect(moduleSettings[0].args).toEqual(['mod.x', '1', '2']);
    expect(statementError(users[1], 'No', 'respd 9').message).toBe(
      "*** FATAL CONFIG FILE ERROR (respd 9) ***\nReading the configuration file, at line 6\n>>> 'user bob off'\nNo",
    );
  });

  it('names the place of a fault in an included file', () => {
    const inner = write('inner.conf', '\n\nfoo bär\n');
    const file = write('outer.conf', `port 1\ninclude ${inner}\n`);
    const error = failure({ file, product: 'respd 1.2.3' });
    expect(error).toMatchObject({ code: 'CONFIG_BAD_DIRECTIVE', file: inner, line: 3, text: 'foo bär' });
    expect(error.message).toBe(
      [
        '*** FATAL CONFIG FILE ERROR (respd 1.2.3) ***',
        'Reading the configuration file, at line 3',
        ">>> 'foo bär'",
        'Bad directive or wrong number of arguments',
      ].join('\n'),
    );
  });

  it('tells the command line from the file', () => {
    const file = write('short.conf', 'port 1\n');
    expect(failure({ file, directives: ['--foo', 'bar'] })).toMatchObject({ file: null, text: 'foo "bar"' });
    expect(failure({ file: write('bad.conf', 'port x\n'), directives: ['--hz', '1'] })).toMatchObject({ line: 1 });
  });

  it('includes from the directory set so far, and all files of a pattern in order', () => {
    mkdirSync(join(directory, 'conf.d'));
    write('conf.d/b.conf', 'timeout 2\nsave 2 2\n');
    write('conf.d/a.conf', 'timeout 1\nsave 1 1\n');
    write('conf.d/.hidden.conf', 'foo\n');
    write('conf.d/c.other', 'foo\n');
    const file = write('including.conf', `dir ${directory}\ninclude conf.d/*.conf\ndir conf.d\ninclude a.conf\n`);
    const { config } = loadConfig({ file });
    expect([config.get('timeout'), config.get('dir')]).toEqual([1, join(directory, 'conf.d')]);
    expect(config.get('save')[0]).toEqual({ seconds: 1, changes: 1 });
    expect(loadConfig({ directives: ['--include', join(directory, '[x]/*')] }).config.isGiven('timeout')).toBe(false);
  });

  it('stops at missing files and endless inclusion', () => {
    const missing = join(directory, 'missing.conf');
    expect(failure({ file: missing })).toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: `Fatal error, can't open config file '${missing}': No such file or directory`,
    });
    const endless = join(directory, 'endless.conf');
    write('endless.conf', `include ${endless}\n`);
    expect(failure({ file: endless })).toMatchObject({ code: 'CONFIG_BAD_DIRECTIVE', file: endless });
  });

  it('keeps dir without symbolic links', () => {
    mkdirSync(join(directory, 'real'));
    symlinkSync(join(directory, 'real'), join(directory, 'link'));
    expect(loadConfig({ directives: ['--dir', join(directory, 'link')] }).config.get('dir')).toBe(
      join(directory, 'real'),
    );
  });
});

describe('readCommandLine', () => {
  it.each([
    [[], null, false, []],
    [['a.conf'], 'a.conf', false, []],
    [['-'], null, true, []],
    [['a.conf', '--port', '1', '-'], 'a.conf', true, ['--port', '1']],
    [['-', '--port', '1'], null, true, ['--port', '1']],
    [['--loglevel', 'verbose', '-'], null, true, ['--loglevel', 'verbose']],
    [['--bind', '-', '--port', '1'], null, false, ['--bind', '-', '--port', '1']],
  ])('sorts %j', (args, file, readsStdin, directives) => {
    expect(readCommandLine(args)).toEqual({ file, readsStdin, directives });
  });
});
