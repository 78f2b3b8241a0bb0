/** The process: its log, its supervision, its rights. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { flag } from '../kinds/flag.ts';
import { integer } from '../kinds/integer.ts';
import { scores } from '../kinds/number-list.ts';
import { text } from '../kinds/text.ts';
import { INT_MAX } from '../numbers.ts';

const PROTECTED_OPTIONS = ['no', 'yes', 'local'] as const;

export const general = section('General', [
  flag('daemonize', {
    default: false,
    immutable: true,
    summary: 'Run in the background. Leave it off under a service manager.',
  }),
  choice('supervised', {
    options: ['upstart', 'systemd', 'auto', 'no'],
    default: 'no',
    immutable: true,
    summary:
      'Tell the service manager when the server is ready and when it stops; "auto" finds out which one there is from the environment.',
  }),
  text('pidfile', {
    immutable: true,
    example: '/run/respd/respd.pid',
    form: 'a path',
    summary: 'A file that holds the process ID while the server runs.',
  }),
  choice('loglevel', {
    options: ['debug', 'verbose', 'notice', 'warning'],
    default: 'notice',
    summary: 'The least important messages that are still logged.',
  }),
  text('logfile', {
    default: '',
    immutable: true,
    form: 'a path, or "" for the standard output',
    summary: 'The file to append the log to.',
  }),
  choice('log-format', {
    options: ['legacy', 'json'],
    default: 'legacy',
    summary: 'One line of text per message, in the layout of Redis, or one JSON object per message.',
  }),
  flag('syslog-enabled', {
    default: false,
    immutable: true,
    summary: 'Log to the system log as well.',
    ignored: 'Node.js has no way to it; a service manager forwards the standard output',
  }),
  text('syslog-ident', {
    default: 'redis',
    immutable: true,
    summary: 'The name of the server in the system log.',
    ignored: 'see syslog-enabled',
  }),
  choice('syslog-facility', {
    options: ['user', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
    default: 'local0',
    immutable: true,
    summary: 'The facility of the messages in the system log.',
    ignored: 'see syslog-enabled',
  }),
  flag('crash-log-enabled', {
    default: true,
    summary: 'Log a report when the server stops because of an error of its own.',
  }),
  flag('crash-memcheck-enabled', {
    default: true,
    summary: 'Test the memory after a crash.',
    ignored: 'JavaScript cannot read arbitrary memory',
  }),
  integer('databases', {
    default: 16,
    min: 1,
    max: INT_MAX,
    immutable: true,
    summary: 'How many databases SELECT can choose from, numbered from 0.',
  }),
  flag('always-show-logo', {
    default: false,
    immutable: true,
    summary: 'Print the logo even where the output is not a terminal.',
    ignored: 'there is no logo',
  }),
  flag('set-proc-title', {
    default: true,
    immutable: true,
    summary: 'Show port and mode in the title of the process, as ps and top print it.',
  }),
  text('proc-title-template', {
    default: '{title} {listen-addr} {server-mode}',
    check: checkTitleTemplate,
    form: 'a text with {title}, {listen-addr}, {server-mode}, {port}, {tls-port}, {unixsocket} or {config-file}',
    summary: 'What the title of the process says.',
  }),
  choice('enable-protected-configs', {
    options: PROTECTED_OPTIONS,
    default: 'no',
    immutable: true,
    summary:
      'Whether CONFIG SET may change dir and dbfilename, which decide on files written: never, for every client, or for local ones.',
  }),
  choice('enable-debug-command', {
    options: PROTECTED_OPTIONS,
    default: 'no',
    immutable: true,
    summary: 'Whether DEBUG may be used: never, by every client, or by local ones.',
  }),
  choice('enable-module-command', {
    options: PROTECTED_OPTIONS,
    default: 'no',
    immutable: true,
    summary:
      'Whether MODULE LOAD and its like may be used: never, by every client, or by local ones. They load nothing, since modules of Redis can not be loaded.',
  }),
  choice('oom-score-adj', {
    options: ['no', 'yes', 'relative', 'absolute'],
    synonyms: { relative: 'yes' },
    default: 'no',
    summary:
      'Tell Linux in which order to kill processes when it runs out of memory: not at all, with the values below added to the score at start ("yes" or "relative"), or with the values as they are.',
  }),
  scores('oom-score-adj-values', {
    default: [0, 200, 800],
    summary: 'The values for a primary, for a replica and for background work.',
  }),
  flag('disable-thp', {
    default: true,
    immutable: true,
    summary: 'Turn transparent huge pages off for the process.',
    ignored: 'Node.js cannot, and snapshots do not fork, so that they do no harm',
  }),
  text('server_cpulist', {
    immutable: true,
    example: '0-7:2',
    form: 'a list of CPUs',
    summary: 'The CPUs for the main thread.',
    ignored: 'Node.js cannot bind threads to CPUs; taskset can bind the process',
  }),
  text('bio_cpulist', {
    immutable: true,
    example: '1,3',
    form: 'a list of CPUs',
    summary: 'The CPUs for background threads.',
    ignored: 'see server_cpulist',
  }),
  text('aof_rewrite_cpulist', {
    immutable: true,
    example: '8-11',
    form: 'a list of CPUs',
    summary: 'The CPUs for rewriting the append only file.',
    ignored: 'see server_cpulist',
  }),
  text('bgsave_cpulist', {
    immutable: true,
    example: '1,10-11',
    form: 'a list of CPUs',
    summary: 'The CPUs for writing snapshots.',
    ignored: 'see server_cpulist',
  }),
  text('ignore-warnings', {
    default: '',
    form: 'names of warnings, separated by spaces',
    summary: 'Faults of the system that the server should start in spite of.',
    ignored: 'no fault that Redis names here concerns this server',
  }),
  integer('watchdog-period', {
    default: 0,
    min: 0,
    max: INT_MAX,
    hidden: true,
    summary: 'Log a stack trace when the event loop stands still for so many milliseconds.',
    ignored: 'JavaScript cannot interrupt itself; the latency monitor reports slow turns',
  }),
  flag('use-exit-on-panic', {
    default: false,
    hidden: true,
    summary: 'Exit rather than abort after an internal error.',
    ignored: 'the server always exits',
  }),
]);

const VISIBLE_VARIABLES: ReadonlySet<string> = new Set([
  'listen-addr',
  'config-file',
  'port',
  'tls-port',
  'unixsocket',
]);
const BLANK_VARIABLES: ReadonlySet<string> = new Set(['title', 'server-mode']);

/** A template has to be well-formed and to show something even where title and mode are empty. */
function checkTitleTemplate(template: string): string | null {
  let shows = false;
  for (const [part, name] of template.matchAll(/\{\{|\{([^{}][^}]*)?\}|[^{]+|\{/g)) {
    if (part === '{' || (part.startsWith('{') && part !== '{{' && !isVariable(name ?? ''))) {
      return 'template format is invalid or contains unknown variables';
    }
    shows ||= part.startsWith('{') ? part === '{{' || VISIBLE_VARIABLES.has(name) : part.trim() !== '';
  }
  return shows ? null : 'template format is invalid or contains unknown variables';
}

function isVariable(name: string): boolean {
  return VISIBLE_VARIABLES.has(name) || BLANK_VARIABLES.has(name);
}
