/**
 * CLIENT: what clients may ask and say about connections, their own and others'.
 */
import { defineCommand } from '../../dispatch/define-command.ts';
import { helpCommand } from '../../dispatch/help.ts';
import { getname, id, setinfo, setname } from './client-identity.ts';
import { kill } from './client-kill.ts';
import { info, list } from './client-list.ts';
import { noEvict, noTouch, reply } from './client-modes.ts';
import { pause, unpause } from './client-pause.ts';
import { caching, getredir, tracking, trackinginfo } from './client-tracking.ts';
import { unblock } from './client-unblock.ts';

const HELP: readonly string[] = [
  'CACHING (YES|NO)',
  '    Track the keys of the next command (OPTIN), or do not (OPTOUT).',
  'GETNAME',
  '    Answer the name of this connection.',
  'GETREDIR',
  '    Answer the ID of the connection that is sent the invalidations of this one.',
  'ID',
  '    Answer the ID of this connection.',
  'INFO',
  '    Describe this connection.',
  'KILL <ip:port>',
  '    Close the connection that was made from <ip:port>.',
  'KILL <option> <value> [<option> <value> [...]]',
  '    Close the connections to which all of these apply:',
  '    * ADDR (<ip:port>|<unixsocket>:0)',
  '      It was made from this address.',
  '    * ID <client-id>',
  '      It has this ID.',
  '    * LADDR (<ip:port>|<unixsocket>:0)',
  '      It was made to this address of the server.',
  '    * SKIPME (YES|NO)',
  '      Whether this connection is spared (default: yes).',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
  '      It is of this type.',
  '    * USER <username>',
  '      It is logged in as this user.',
  'LIST [options ...]',
  '    Describe all connections, or some:',
  '    * ID <client-id> [<client-id> ...]',
  '      Those with these IDs.',
  '    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)',
  '      Those of this type.',
  'NO-EVICT (ON|OFF)',
  '    Spare this connection when clients take too much memory.',
  'NO-TOUCH (ON|OFF)',
  '    Let reads of this connection leave no trace in the access times of keys.',
  'PAUSE <timeout> [WRITE|ALL]',
  '    Hold back all commands, or those that write, for <timeout> milliseconds.',
  'REPLY (ON|OFF|SKIP)',
  '    Send replies to this connection, or none, or not the next one.',
  'SETINFO <option> <value>',
  '    Tell about the library that made this connection:',
  '    * LIB-NAME',
  '      Its name.',
  '    * LIB-VER',
  '      Its version.',
  'SETNAME <name>',
  '    Give this connection a name.',
  'TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]',
  '         [OPTIN] [OPTOUT] [NOLOOP]',
  '    Tell this connection, or another, when keys change that it has read.',
  'TRACKINGINFO',
  '    Answer how the reads of this connection are tracked.',
  'UNBLOCK <clientid> [TIMEOUT|ERROR]',
  '    End the waiting of a blocked connection.',
  'UNPAUSE',
  '    Execute the commands that are held back, and hold back no more.',
];

const help = helpCommand({ since: '5.0.0', group: 'connection', flags: ['loading', 'stale', 'sentinel'] }, HELP);

export const client = defineCommand({
  name: 'client',
  summary: 'A container for commands about connections.',
  since: '2.4.0',
  group: 'connection',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: ['sentinel'],
  subcommands: [
    caching,
    getname,
    getredir,
    help,
    id,
    info,
    kill,
    list,
    noEvict,
    noTouch,
    pause,
    reply,
    setinfo,
    setname,
    tracking,
    trackinginfo,
    unblock,
    unpause,
  ],
});
