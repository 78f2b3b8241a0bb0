/**
 * ACL: who the users are, what they may do, and what they were refused.
 */
import type { CommandSpec } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { cat } from './cat.ts';
import { dryrun } from './dryrun.ts';
import { load, save } from './file.ts';
import { genpass } from './genpass.ts';
import { getuser, list, users, whoami } from './getuser.ts';
import { log } from './log.ts';
import { deluser, setuser } from './setuser.ts';

const HELP: readonly string[] = [
  'CAT [<category>]',
  '    Show the categories of commands, or the commands of <category>.',
  'DELUSER <username> [<username> ...]',
  '    Take users away.',
  'DRYRUN <username> <command> [<arg> ...]',
  '    Tell whether the user may execute the command line.',
  'GETUSER <username>',
  '    Show what the user may do.',
  'GENPASS [<bits>]',
  '    Make a random password of 256 bits, or of <bits>.',
  'LIST',
  '    Show all users with their rules, as an ACL file has them.',
  'LOAD',
  '    Replace all users by those of the ACL file.',
  'LOG [<count> | RESET]',
  '    Show the newest <count> refusals (10 by default), or forget them all.',
  'SAVE',
  '    Write all users to the ACL file.',
  'SETUSER <username> <rule> [<rule> ...]',
  '    Make a user, or change what it may do.',
  'USERS',
  '    Show the names of all users.',
  'WHOAMI',
  '    Show the user that this connection is logged in as.',
];

const help = helpCommand({ since: '6.0.0', group: 'server', flags: ['loading', 'stale', 'sentinel'] }, HELP);

const acl = defineCommand({
  name: 'acl',
  summary: 'A container for commands about users and what they may do.',
  since: '6.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: ['sentinel'],
  subcommands: [cat, deluser, dryrun, genpass, getuser, help, list, load, log, save, setuser, users, whoami],
});

export const aclCommands: readonly CommandSpec[] = [acl];
