/** The program as a process: its arguments, its log, its signals and its exit status. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RESPD_VERSION } from '../../src/lib/version.ts';
import { type ProgramOptions, type ProgramResult, runProgram } from '../clients/program.ts';
import { RespClient } from '../support/resp-client.ts';
import { respdProgram, startRespd } from '../support/respd-server.ts';
import { freePort } from '../support/server-process.ts';

const { command, args: leading } = respdProgram();

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'respd-program-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function respd(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return runProgram(command, [...leading, ...args], options);
}

const READY = 'Ready to accept connections';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

describe('usage', () => {
  it('prints the version', async () => {
    for (const flag of ['-v', '--version']) {
      const { status, stdout } = await respd([flag]);
      expect(status).toBe(0);
      expect(stdout).toMatch(new RegExp(`^respd server v=${RESPD_VERSION} redis=\\d+\\.\\d+\\.\\d+ .*bits=64\n$`));
    }
  });

  it('prints help', async () => {
    const { status, stdout } = await respd(['--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: respd [/path/to/redis.conf | -]');
  });
});

describe('configuration', () => {
  it('is read from the file, the standard input and the arguments, the last one winning', async () => {
    const file = join(folder, 'redis.conf');
    const [filePort, inputPort, lastPort] = [await freePort(), await freePort(), await freePort()];
    writeFileSync(file, `port ${filePort}\nbind 127.0.0.1\nsave ""\ndir ${folder}\nloglevel warning\n`);
    const input = `port ${inputPort}\nloglevel notice\n`;
    const { status, stdout } = await respd([file, '--port', String(lastPort), '-'], {
      input,
      until: (text) => text.includes(READY),
    });
    expect(status).toBe(0);
    expect(stdout).toContain(`Running mode=standalone, port=${lastPort}.`);
    expect(stdout).toContain('Configuration loaded');
  });

  it('that is wrong ends the program with 1', async () => {
    const { status, stdout, stderr } = await respd(['--port', 'x']);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `\n*** FATAL CONFIG FILE ERROR (respd ${RESPD_VERSION}) ***\nReading the configuration file, at line 2\n` +
        `>>> 'port "x"'\nargument couldn't be parsed into an integer\n`,
    );
  });

  it('that is missing ends the program with 1', async () => {
    const { status, stdout } = await respd(['/no/such/file.conf']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      / # Fatal error, can't open config file '\/no\/such\/file.conf': No such file or directory\n$/,
    );
  });

  it('that renames no command of the server ends the program with 1', async () => {
    const { status, stderr } = await respd(['--rename-command', 'nosuch', 'other']);
    expect(status).toBe(1);
    expect(stderr).toContain('No such command in rename-command');
  });

  it('may rename commands', async () => {
    await using server = await startRespd({ config: { 'rename-command': ['GET', 'FETCH'] } });
    const client = await server.connect();
    expect((await client.raw('GET', 'a')).toString('latin1')).toMatch(/^-ERR unknown command/);
    expect((await client.raw('FETCH', 'a')).toString('latin1')).toBe('$-1\r\n');
  });
});

describe('start', () => {
  it('is logged as Redis logs it, with the banner where it is asked for', async () => {
    const port = await freePort();
    const { status, stdout } = await respd(
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, '--always-show-logo', 'yes'],
      { until: (text) => text.includes(READY) },
    );
    expect(status).toBe(0);
    const pid = /^(\d+):C /.exec(stdout)?.[1];
    expect(stdout).toMatch(
      new RegExp(` Port: ${port}\n(.|\\n)* PID: ${pid}\n(.|\\n)*Server initialized(.|\\n)*${READY}`),
    );
    expect(stdout).toMatch(/Received SIGINT scheduling shutdown.*User requested shutdown.*ready to exit, bye bye/s);
  });

  it('fails where nothing is to be listened to', async () => {
    const { status, stdout } = await respd(['--port', '0']);
    expect(status).toBe(1);
    expect(stdout).toContain('# Configured to not listen anywhere, exiting.');
  });

  it('fails where the port is taken', async () => {
    await using server = await startRespd({ tcp: true });
    const { status, stdout } = await respd(['--port', String(server.port), '--bind', '127.0.0.1', '--dir', folder]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/could not create server TCP listening socket.*Address already in use/i);
    expect(stdout).toContain(`Failed listening on port ${server.port} (TCP), aborting.`);
  });
});

describe('an append-only file that can not be loaded', () => {
  it.each([
    ['is damaged', '!!!', 'Bad file format reading the append only file appendonly.aof.1.incr.aof: make a backup'],
    ['has an unknown command', '*1\r\n$3\r\nbla\r\n', "Unknown command 'bla' reading the append only file"],
    ['is cut off', '*1\r\n$5\r\nmulti\r\n', 'Unexpected end of file reading the append only file'],
  ])('is told last, with what to do, when it %s', async (_how, content, last) => {
    const directory = join(folder, 'appendonlydir');
    mkdirSync(directory);
    writeFileSync(join(directory, 'appendonly.aof.manifest'), 'file appendonly.aof.1.incr.aof seq 1 type i\n');
    writeFileSync(join(directory, 'appendonly.aof.1.incr.aof'), content);
    const args = ['--dir', folder, '--port', '0', '--unixsocket', join(folder, 's'), '--appendonly', 'yes'];
    const { status, stdout } = await respd([...args, '--aof-load-truncated', 'no']);
    expect(status).toBe(1);
    expect(stdout).toContain('Fatal error loading the DB: ');
    expect(stdout.trimEnd().split('\n').at(-1)).toContain(last);
  });
});

describe('a running server', () => {
  it('changes to its directory, keeps a log file and a pid file there, and stops at SIGTERM with 0', async () => {
    const server = await startRespd({
      directory: folder,
      config: { logfile: 'respd.log', pidfile: 'respd.pid' },
    });
    expect(server.output).toBe('');
    expect(readFileSync(join(folder, 'respd.pid'), 'latin1')).toBe(`${server.pid}\n`);
    process.kill(server.pid, 'SIGHUP');
    process.kill(server.pid, 'SIGTERM');
    expect(await server.exit()).toBe(0);
    expect(existsSync(join(folder, 'respd.pid'))).toBe(false);
    expect(existsSync(server.socketPath)).toBe(false);
    const log = readFileSync(join(folder, 'respd.log'), 'utf8');
    expect(log).toMatch(/The server is now ready to accept connections at .*Removing the pid file.*bye bye/s);
    await server.stop();
  });

  it('tells systemd', async () => {
    const calls = join(folder, 'calls');
    writeFileSync(join(folder, 'systemd-notify'), '#!/bin/sh\necho "$@" >> "$CALLS"\n', { mode: 0o755 });
    const env = { NOTIFY_SOCKET: '@none', CALLS: calls, PATH: `${folder}:${process.env['PATH']}` };
    const server = await startRespd({ env, config: { supervised: 'systemd' } });
    await until(() => existsSync(calls) && readFileSync(calls, 'utf8').includes('READY=1'));
    await server.stop();
    expect(readFileSync(calls, 'utf8')).toMatch(/READY=1\nSTOPPING=1\n$/);
  });

  it('says whether the addresses or the port can not be listened to', async () => {
    await using server = await startRespd({ tcp: true });
    const client = await server.connect();
    const refusal = async (...words: string[]): Promise<string> => (await client.raw(...words)).toString('latin1');
    expect(await refusal('CONFIG', 'SET', 'bind', '999.999.999.999')).toContain(
      'Failed to bind to specified addresses.',
    );
    await using other = await startRespd({ tcp: true });
    expect(await refusal('CONFIG', 'SET', 'port', String(other.port))).toContain('Unable to listen on this port.');
  });

  it('lets SHUTDOWN ABORT take back a signal whose time has not come', async () => {
    await using server = await startRespd();
    const client = await server.connect();
    await client.call('DEBUG', 'PAUSE-CRON', '1');
    process.kill(server.pid, 'SIGTERM');
    await until(() => server.output.includes('Received SIGTERM'));
    expect(await client.call('SHUTDOWN', 'ABORT')).toBe('OK');
    expect(server.output).toContain('Shutdown manually aborted');
    await client.call('DEBUG', 'PAUSE-CRON', '0');
    expect((await client.raw('PING')).toString('latin1')).toBe('+PONG\r\n');
  });

  it('leaves no unfinished file behind when a second SIGINT ends it at once', async () => {
    const server = await startRespd({
      directory: folder,
      config: { save: ['3600', '1'], 'rdb-key-save-delay': '1000000' },
    });
    const client = await server.connect();
    for (let i = 0; i < 10; i++) await client.call('SET', String(i), 'value');
    const file = join(folder, `temp-${server.pid}.rdb`);
    process.kill(server.pid, 'SIGINT');
    await until(() => existsSync(file));
    process.kill(server.pid, 'SIGINT');
    expect(await server.exit()).toBe(1);
    expect(existsSync(file)).toBe(false);
    expect(server.output).toContain('You insist... exiting now.');
    await server.stop();
  });

  it('ends with 1 and a report after an error of its own', async () => {
    // Nothing of the server fails on purpose: the process is given an error from outside.
    const trap = `data:text/javascript,${encodeURIComponent(
      `process.on('SIGUSR2', () => { throw new Error('broken from outside'); });`,
    )}`;
    const server = await startRespd({ directory: folder, env: { NODE_OPTIONS: `--import=${trap}` } });
    await until(() => server.output.includes('ready to accept'));
    process.kill(server.pid, 'SIGUSR2');
    expect(await server.exit()).toBe(1);
    expect(server.output).toMatch(/# Server crashed: broken from outside\n.*BUG REPORT START.*at process/s);
    expect(existsSync(server.socketPath)).toBe(false);
    await server.stop();
  });
});

describe('a signal that kills', () => {
  it.each([
    ['SIGABRT', 6],
    ['SIGSEGV', 11],
  ] as const)('leaves a line in the log: %s', async (signal, number) => {
    const server = await startRespd();
    const client = await server.connect();
    if (signal === 'SIGSEGV') await client.call('DEBUG', 'SEGFAULT').catch(() => undefined);
    else process.kill(server.pid, signal);
    expect(await server.exit()).toBeNull();
    expect(server.output).toContain(`# respd ${RESPD_VERSION} crashed by signal: ${number}\n`);
    await server.stop();
  });
});

describe('in the background', () => {
  it('serves when the command returns, and goes on reading what came by the standard input', async () => {
    const port = await freePort();
    const pidFile = join(folder, 'respd.pid');
    const { status, stdout, stderr } = await respd(['-', '--daemonize', 'yes'], {
      input: `port ${port}\nbind 127.0.0.1\nsave ""\ndir ${folder}\npidfile respd.pid\n`,
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    const client = await RespClient.connect({ port });
    expect((await client.raw('PING')).toString('latin1')).toBe('+PONG\r\n');
    await client.close();
    process.kill(Number(readFileSync(pidFile, 'latin1')), 'SIGTERM');
    await until(() => !existsSync(pidFile));
  });

  it('reports why it could not start', async () => {
    await using server = await startRespd({ tcp: true });
    const args = ['--daemonize', 'yes', '--port', String(server.port), '--bind', '127.0.0.1', '--dir', folder];
    const { status, stderr } = await respd(args);
    expect(status).toBe(1);
    expect(stderr).toBe(`Failed listening on port ${server.port} (TCP), aborting.\n`);
  });
});
