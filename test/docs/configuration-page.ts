/** docs/configuration.md, made from the table of directives. */
import type { AnyDirective } from '../../src/config/directive.ts';
import { sections, statements } from '../../src/config/directives/index.ts';

const HEAD = `# Configuration

The server reads a configuration file in the format of redis.conf, then the standard input, then the command line; the
later one wins:

    respd /etc/respd.conf --port 6380 --maxmemory 2gb

\`CONFIG GET\` and \`CONFIG SET\` read and change values while the server runs, \`CONFIG REWRITE\` brings the file up to
date. In an embedded server, directives are the \`config\` option of \`createServer\`. \`redis.conf.example\` has every
directive with its default.

A directive marked *start* is read at start only. One marked *no effect* is known, accepted, kept and shown, so that a
configuration made for Redis can be used as it is, but does nothing here, for the reason given; the server's log lists
those that were given.

This page is made from the table in \`src/config/directives/\`; \`npm run docs\` writes it anew.
`;

/** The text of the page. */
export function renderConfiguration(): string {
  const parts = [HEAD];
  for (const { title, directives } of sections) {
    const lines = directives.map((directive: AnyDirective) => lineOf(directive));
    parts.push([`## ${title}\n`, '| directive | default | |', '| --- | --- | --- |', ...lines, ''].join('\n'));
  }
  const lines = statements.map(({ form, summary }) => `- \`${form}\`: ${summary}`);
  parts.push(['## Lines that are no settings\n', ...lines, ''].join('\n'));
  return parts.join('\n');
}

function lineOf(directive: AnyDirective): string {
  const { summary, alias, immutable, ignored } = directive.facts;
  const domain = directive.domain();
  const notes = [
    summary,
    `${domain[0].toUpperCase()}${domain.slice(1)}.`,
    ...(alias === undefined ? [] : [`Also called \`${alias}\`.`]),
    ...(immutable === true ? ['*Start.*'] : []),
    ...(ignored === undefined ? [] : [`*No effect: ${ignored}.*`]),
  ];
  return `| \`${directive.name}\` | ${defaultOf(directive)} | ${notes.join(' ').replaceAll('|', '\\|')} |`;
}

function defaultOf(directive: AnyDirective): string {
  // The directory that the server is started in, which is none of the table's business.
  if (directive.name === 'dir') return '`./`';
  const text = directive.print(directive.initial());
  return text === '' ? '' : `\`${text}\``;
}
