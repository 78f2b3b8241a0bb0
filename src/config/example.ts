/**
 * `redis.conf.example`, made from the table of directives. The file in the repository is kept equal by
 * test/config/example.test.ts, which also writes it: `npx vitest run -u test/config/example.test.ts`.
 */

import type { AnyDirective } from './directive.ts';
import { sections, statements } from './directives/index.ts';

const WIDTH = 78;

const HEAD = [
  'An example configuration of respd, with every directive and its default.',
  '',
  'Give the path of such a file as the first argument of the server. Values can also be given on the command line, as in "respd respd.conf --port 6380", and most can be changed by CONFIG SET while the server runs; CONFIG REWRITE then brings the file up to date. The format is that of redis.conf: a name and its values, words with blanks in quotes. Sizes have units: 1k is 1000 bytes, 1kb 1024, and so on with m, mb, g and gb, in upper or lower case.',
  '',
  'Directives that are known but have no effect here are listed at the end of their section. They are accepted, so that a configuration made for Redis can be used as it is.',
];

/** The text of the file. */
export function renderExample(): string {
  const parts = [HEAD.flatMap(comment).join('\n')];
  parts.push(heading('Other files, users and commands'), statements.map(renderStatement).join('\n\n'));
  for (const { title, directives } of sections) {
    const shown = directives.filter((directive: AnyDirective) => !directive.facts.hidden);
    const active = shown.filter((directive: AnyDirective) => directive.effect === 'active');
    const ignored = shown.filter((directive: AnyDirective) => directive.effect === 'ignored');
    parts.push(heading(title), ...active.map(renderActive));
    if (ignored.length > 0) parts.push(['# Without effect:', ...ignored.flatMap(renderIgnored)].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

function renderStatement({ form, summary }: (typeof statements)[number]): string {
  return [...comment(summary), '#', `# ${form.replaceAll('…', ' ...')}`].join('\n');
}

function renderActive(directive: AnyDirective): string {
  return [...comment(directive.facts.summary), ...comment(facts(directive)), settingLines(directive)].flat().join('\n');
}

function renderIgnored(directive: AnyDirective): string[] {
  const { summary, ignored } = directive.facts;
  return [
    '#',
    ...comment(summary),
    ...comment(`No effect: ${ignored}.`),
    ...settingLines(directive).map((line) => (line.startsWith('#') ? line : `# ${line}`)),
  ];
}

/** What may be given, when, and under which other name. */
function facts(directive: AnyDirective): string {
  const { alias, immutable, protected: isProtected } = directive.facts;
  const domain = directive.domain();
  const parts = [`${domain[0].toUpperCase()}${domain.slice(1)}.`];
  if (immutable) parts.push('Read at start only.');
  if (isProtected) parts.push('CONFIG SET needs enable-protected-configs.');
  if (alias !== undefined) parts.push(`Also called ${alias}.`);
  return parts.join(' ');
}

/** The default as lines of the file; an example in a comment where it is empty. */
function settingLines(directive: AnyDirective): string[] {
  const {
    name,
    facts: { example },
  } = directive;
  if (example !== undefined) return [`# ${name} ${example}`];
  if (name === 'dir') return ['dir ./'];
  const stored = directive.initial();
  const lines = directive.lines(stored).map(({ text }) => `${name} ${text}`);
  if (lines.length > 0) return lines.map((line) => line.replace(/"([^" ]+)"$/, '$1'));
  return [`${name} ${directive.print(stored)}`];
}

function heading(title: string): string {
  return `# ---- ${title} ${'-'.repeat(WIDTH - title.length - 8)}`;
}

/** Wraps a text into comment lines. */
function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line !== '#') {
      lines.push(line);
      line = '#';
    }
    if (word !== '') line += ` ${word}`;
  }
  return [...lines, line];
}
