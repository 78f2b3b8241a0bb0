import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { families } from '../../../src/commands/index.ts';
import { readAclFile } from '../../../src/dispatch/acl/acl-file.ts';
import { CommandIndex } from '../../../src/dispatch/acl/command-index.ts';
import { CommandRegistry } from '../../../src/dispatch/registry.ts';
import { CommandSession } from '../../support/command-session.ts';
import { startRedis } from '../../support/redis-server.ts';
import { hasReferenceRedis } from '../../support/redis-tools.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { inOrder } from './descriptions.ts';

const HASH = '34344e4d60c2b6d639b7bd22e18f2b0b91bc34bf0ac5f9952744435093cfb4e6';

/** Files, right and wrong, as texts of one character a byte. */
const FILES: Readonly<Record<string, string>> = {
  'is empty': '',
  'has users': `user ann on >pw ~a* resetchannels &x +@read\n\n  \nuser bob off #${HASH} +get\nuser default on nopass ~* +@all\n`,
  'has no default user': 'user ann on nopass +@all ~*\r\n\tuser bob on (+get ~rw*) ( %W~w* +set )',
  'has selectors in parts': 'user ann on (+set %W~w* ) (+get ~a ~b)',
  'has double spaces': 'user  on  +get\nuser ann  on   nopass',
  'has bytes beyond ASCII': 'user \xe9 on ~\xff* >\xfe',
  'has comments': '# comment\nuser ann on',
  'has other words': 'users ann on\nUSER bob on\nuser',
  'has a user twice': 'user ann on\nuser bob on\nuser ann off',
  'has the default user twice': 'user default on\nuser default off',
  'has a name with a tab': 'user a\tb on',
  'has unknown commands': 'user ann on +nosuch -nosuch +@nosuch\nuser bob +config|nosuch',
  'has mistakes':
    'user ann on nosuch %X~a +nosuch ~b\nuser bob >pw <other\nuser cid ~* ~a\nuser dan &* &a\nuser eve #12',
  'has a parenthesis that is open': 'user ann (+get\nuser bob on',
  'has a mistake in parentheses': 'user ann (nosuch) (+nosuch) (~* ~a)',
};

const context = {
  commands: new CommandIndex(new CommandRegistry(families)),
  allChannels: false,
  deprecated: () => {},
};

describe.skipIf(!hasReferenceRedis)('an ACL file, beside Redis', () => {
  let directory: string;
  let file: string;
  let redis: ServerProcess;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'respd-acl-'));
    file = join(directory, 'users.acl');
    writeFileSync(file, '');
    redis = await startRedis({ config: { aclfile: file } });
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(directory, { recursive: true });
  });

  for (const [title, text] of Object.entries(FILES)) {
    it(`that ${title} is read as Redis reads it`, async () => {
      writeFileSync(file, '');
      const s = new CommandSession({ config: { aclfile: file } });
      const client = await redis.connect();
      writeFileSync(file, Buffer.from(text, 'latin1'));
      const [loaded, list] = (await client.send([
        ['ACL', 'LOAD'],
        ['ACL', 'LIST'],
      ])) as [Buffer, Buffer];
      const content = readAclFile(text, file, context);
      if ('errors' in content) {
        // Redis leaves out the space that separates this message from the next.
        const theirs = loaded.toString('latin1').replace('in selector definition.', 'in selector definition. ');
        expect(`-ERR ${content.errors}\r\n`).toBe(theirs);
        expect(s.error('ACL', 'LOAD')).toBe(Buffer.from(`ERR ${content.errors}`, 'latin1').toString());
        return;
      }
      expect(loaded.toString()).toBe('+OK\r\n');
      s.call('ACL', 'LOAD');
      const lines = s.engine.acl.users.describe('shown');
      expect(lines.map(inOrder)).toEqual(
        list
          .toString('latin1')
          .split('\r\n')
          .filter((line) => line.startsWith('user '))
          .map(inOrder),
      );
      // Both read what the other writes.
      s.call('ACL', 'SAVE');
      const ours = readFileSync(file, 'latin1');
      expect((await client.raw('ACL', 'LOAD')).toString()).toBe('+OK\r\n');
      expect((await client.raw('ACL', 'SAVE')).toString()).toBe('+OK\r\n');
      expect(inOrder(readFileSync(file, 'latin1'))).toBe(inOrder(ours));
      s.call('ACL', 'LOAD');
      expect(s.engine.acl.users.describe('shown')).toEqual(lines);
    });
  }
});

describe('an ACL file', () => {
  it('is loaded at the start, or the server does not start', () => {
    const directory = mkdtempSync(join(tmpdir(), 'respd-acl-'));
    const config = { dir: directory, aclfile: 'users.acl' };
    try {
      expect(() => new CommandSession({ config })).toThrow(
        "Aborting startup because of ACL errors: Error loading ACLs, opening file 'users.acl': No such file or directory",
      );
      const file = join(directory, 'users.acl');
      writeFileSync(file, 'user ann on nopass +@all\nuser bob nosuch\n');
      expect(() => new CommandSession({ config })).toThrow('users.acl:2: Syntax error. WARNING');
      writeFileSync(file, 'user ann on nopass ~*\n');
      const s = new CommandSession({ config });
      expect(s.call('ACL', 'USERS')).toEqual(['ann', 'default']);
      s.call('ACL', 'SETUSER', 'bob', 'on', '~it"s', `("~a\\"b" "~c'd" +get)`);
      s.call('ACL', 'SAVE');
      expect(readFileSync(file, 'latin1')).toBe(
        'user ann on nopass ~* resetchannels -@all\n' +
          `user bob on ~it"s resetchannels -@all ("~a\\"b" "~c'd" resetchannels -@all +get)\n` +
          'user default on nopass ~* &* +@all\n',
      );
      const again = new CommandSession({ config });
      expect(again.call('ACL', 'LIST')).toEqual(s.call('ACL', 'LIST'));
      // A mistake changes nothing.
      writeFileSync(file, 'user new on\nuser wrong nosuch\n');
      expect(again.error('ACL', 'LOAD')).toMatch(/^ERR users\.acl:2: Syntax error\. WARNING: ACL errors detected/);
      expect(again.call('ACL', 'USERS')).toEqual(['ann', 'bob', 'default']);
      rmSync(file);
      expect(again.error('ACL', 'LOAD')).toBe(
        "ERR Error loading ACLs, opening file 'users.acl': No such file or directory",
      );
      rmSync(directory, { recursive: true });
      expect(again.error('ACL', 'SAVE')).toMatch(/^ERR There was an error trying to save the ACLs\./);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('makes the password of the configuration void', () => {
    const directory = mkdtempSync(join(tmpdir(), 'respd-acl-'));
    try {
      writeFileSync(join(directory, 'users.acl'), 'user ann on nopass\n');
      const s = new CommandSession({ config: { dir: directory, aclfile: 'users.acl', requirepass: 'x' } });
      expect(s.call('ACL', 'LIST')).toContain('user default on nopass ~* &* +@all');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
