/**
 * The lines of redis.conf that are no settings, beside real Redis started with the same file.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openServer } from '../../src/program/open-server.ts';
import { inOrder } from '../dispatch/acl/descriptions.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { type Command, RespClient } from '../support/resp-client.ts';

const directory = mkdtempSync(join(tmpdir(), 'respd-open-'));
afterAll(() => rmSync(directory, { recursive: true }));

function write(text: string): string {
  const file = join(directory, 'redis.conf');
  writeFileSync(file, Buffer.from(text, 'latin1'));
  return file;
}

/** What respd answers when it is started with the file, one character a byte. */
async function ask(file: string, commands: readonly Command[]): Promise<string[]> {
  const directives = ['--port', '0', '--save', '', '--unixsocket', join(directory, 'sock'), '--dir', directory];
  const server = openServer(loadConfig({ file, directives }), {});
  await server.start();
  try {
    await using client = await RespClient.connect({ path: join(directory, 'sock') });
    return (await client.send(commands)).map((reply) => reply.toString('latin1'));
  } finally {
    await server.close();
  }
}

/** {@link ask} for Redis, in its own directory. */
async function askRedis(file: string, commands: readonly Command[]): Promise<string[]> {
  await using redis = await startRedis({ args: [file] });
  await using client = await redis.connect();
  return (await client.send(commands)).map((reply) => reply.toString('latin1'));
}

const line = (text: string): Command => text.split(' ');

describe('users of redis.conf', () => {
  const FILE =
    'requirepass ignored\n' +
    'user ann on >secret ~a* resetchannels &x +@all -@dangerous\n' +
    'user "caf\\xc3\\xa9" on nopass ( ~x +get ) +set "~with\\"quote"\n' +
    `user bob (%R~r*    +get) "(\\"~it's\\" +set)"\n` +
    'user default on nopass ~* +@all\n';

  it.skipIf(!hasReferenceRedis)('are those that Redis makes of them', async () => {
    const file = write(FILE);
    const commands = [line('ACL LIST'), line('PUBLISH x y'), line('ACL SAVE')];
    const [list, , save] = await ask(file, commands);
    const [theirs, , theirSave] = await askRedis(file, commands);
    expect(inOrder(list)).toBe(inOrder(theirs));
    expect(save).toBe(theirSave);
  });

  it.skipIf(!hasReferenceRedis)('are written by CONFIG REWRITE as Redis writes them', async () => {
    const simple = FILE.replace(/^user bob.*\n/m, '').replace('"~with\\"quote"', '~plain');
    const copy = join(directory, 'copy.conf');
    const commands = [line('ACL SETUSER new on >pw (+get ~a)'), line('CONFIG REWRITE'), line('ACL LIST')];
    const file = write(simple);
    copyFileSync(file, copy);
    const [, written, list] = await ask(file, commands);
    expect(written).toBe('+OK\r\n');
    await askRedis(copy, commands);
    const usersIn = (path: string): string[] => {
      return readFileSync(path, 'latin1')
        .split('\n')
        .filter((text) => text.startsWith('user '))
        .map(inOrder);
    };
    expect(usersIn(file)).toEqual(usersIn(copy));
    expect(usersIn(file)).toHaveLength(4);
    expect(await ask(file, [line('ACL LIST')])).toEqual([list]);
  });

  it('come back as they were, whatever quotes their rules hold', async () => {
    const file = write(FILE);
    const [list, written] = await ask(file, [line('ACL LIST'), line('CONFIG REWRITE')]);
    expect(written).toBe('+OK\r\n');
    expect(list).toContain('~with"quote');
    expect(list).toContain("(~it's ");
    expect(await ask(file, [line('ACL LIST')])).toEqual([list]);
  });

  const WRONG: readonly (readonly [text: string, reason: string])[] = [
    ['user ann on nosuch\n', "Error in user declaration 'nosuch': Syntax error"],
    [
      'user ann on\nuser bob on\nuser ann off\n',
      "Error in user declaration 'ann': Duplicate user found. A user can only",
    ],
    ['user default on\nuser default on\n', "Error in user declaration 'default': Duplicate user found"],
    ['user ann +nosuch\n', "Error in user declaration '+nosuch': Unknown command or category name in ACL"],
    ['user "a b" on\n', 'Spaces not allowed in ACL usernames'],
    ['user ann (+get\n', "Unmatched parenthesis in acl selector starting at '(+get'."],
    ['user ann #12\n', "Error in user declaration '#12': The password hash must be exactly 64 characters"],
    ['aclfile users.acl\nuser ann on\n', 'opening file'],
    ['rename-command nosuch x\n', 'No such command in rename-command'],
    ['rename-command config|get x\n', 'No such command in rename-command'],
    ['rename-command get set\n', 'Target command name already exists'],
  ];

  for (const [text, reason] of WRONG) {
    it(`stop the server: ${JSON.stringify(text)}`, () => {
      const file = write(text);
      expect(() => openServer(loadConfig({ file }), {})).toThrow(reason);
      // Redis ends by a failed assertion where it is told to rename a subcommand.
      if (!hasReferenceRedis || text.includes('|')) return;
      const { status } = spawnSync('redis-server', [file, '--port', '0', '--dir', directory]);
      expect(status).toBe(1);
    });
  }

  it('are not defined in two places', () => {
    writeFileSync(join(directory, 'users.acl'), '');
    const file = write(`dir ${directory}\naclfile users.acl\nuser ann on\n`);
    expect(() => openServer(loadConfig({ file }), {})).toThrow('but not in both');
    rmSync(join(directory, 'users.acl'));
  });
});

describe('rename-command', () => {
  it.skipIf(!hasReferenceRedis)('gives commands other names, or none, and leaves them what they are', async () => {
    const file = write('rename-command get MyGet\nrename-command config cfg\nrename-command flushall ""\n');
    const commands = [
      ...['GET a', 'MyGet', 'MYGET a', 'FLUSHALL', 'CFG NOSUCH', 'CFG', 'cfg get', 'CONFIG GET port'],
      ...['COMMAND INFO get flushall', 'COMMAND INFO MYGET', 'COMMAND LIST FILTERBY PATTERN *get?', 'COMMAND DOCS get'],
      ...['ACL SETUSER bob +get +flushall +config|get', 'ACL SETUSER bob +myget', 'ACL DRYRUN bob get a'],
      ...[
        'ACL DRYRUN bob myget a',
        'ACL DRYRUN bob cfg get a',
        'ACL DRYRUN bob cfg nosuch a',
        'COMMAND GETKEYS myget a',
      ],
      ...['MULTI', 'myget a', 'EXEC', 'ACL DELUSER bob'],
    ].map(line);
    const [ours, theirs] = [await ask(file, commands), await askRedis(file, commands)];
    expect(ours).toEqual(theirs);
    const [info, stats] = await ask(file, [
      line('COMMAND INFO myget'),
      line('MyGet a'),
      line('INFO commandstats'),
    ]).then(([first, , last]) => [first, last]);
    expect(info).toContain('$3\r\nget\r\n');
    expect(stats).toContain('cmdstat_get:calls=1');
  });
});

describe('commands that are closed by default', () => {
  const commands = [
    'DEBUG NOSUCH',
    'MODULE LOAD x',
    'MODULE UNLOAD x',
    'MODULE LIST',
    'CONFIG SET dbfilename x.rdb',
  ].map(line);

  for (const setting of ['no', 'local', 'yes']) {
    it.skipIf(!hasReferenceRedis)(`are opened as the setting "${setting}" says`, async () => {
      const file = write(
        `enable-debug-command ${setting}\nenable-module-command ${setting}\nenable-protected-configs ${setting}\n`,
      );
      const redis = startRedis({ args: [file], config: { 'enable-debug-command': setting } });
      await using server = await redis;
      await using client = await server.connect();
      const theirs = (await client.send(commands)).map(String);
      const ours = await ask(file, commands);
      expect(ours).toEqual(theirs);
      expect(ours[0].includes('not allowed')).toBe(setting === 'no');
    });
  }
});
