/** docs/commands.md, made from the command specifications. */
import type { CommandGroup, CommandSpec } from '../../src/dispatch/command.ts';

const TITLES: Readonly<Record<CommandGroup, string>> = {
  generic: 'Keys',
  string: 'Strings',
  hash: 'Hashes',
  list: 'Lists',
  set: 'Sets',
  'sorted-set': 'Sorted sets',
  stream: 'Streams',
  bitmap: 'Bitmaps',
  hyperloglog: 'HyperLogLog',
  geo: 'Geospatial',
  pubsub: 'Publish and subscribe',
  transactions: 'Transactions',
  scripting: 'Scripting',
  connection: 'Connection',
  server: 'Server',
};

const HEAD = `# Commands

Every command of the server, with the Redis version that brought it. The text is made from the specifications in
\`src/commands/\`, where each command is one file; \`npm run docs\` writes it anew. \`COMMAND DOCS\` tells clients the same.
`;

/** The text of the page. */
export function renderCommands(families: readonly (readonly CommandSpec[])[]): string {
  const specs = families.flat();
  const count = specs.length;
  const subcommands = specs.reduce((sum, spec) => sum + (spec.subcommands?.length ?? 0), 0);
  const parts = [HEAD, `${count} commands and ${subcommands} subcommands.\n`];
  for (const [group, title] of Object.entries(TITLES)) {
    const rows = specs.filter((spec) => spec.group === group).flatMap((spec) => rowsOf(spec, ''));
    if (rows.length === 0) continue;
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    parts.push(
      [`## ${title}\n`, '| command | arguments | since | |', '| --- | --- | --- | --- |', ...rows.map(lineOf), ''].join(
        '\n',
      ),
    );
  }
  return parts.join('\n');
}

interface Row {
  readonly name: string;
  readonly spec: CommandSpec;
}

/** A command and its subcommands. */
function rowsOf(spec: CommandSpec, parent: string): Row[] {
  const name = `${parent}${spec.name.toUpperCase()}`;
  return [{ name, spec }, ...(spec.subcommands ?? []).flatMap((child) => rowsOf(child, `${name} `))];
}

function lineOf({ name, spec }: Row): string {
  const { syntax, since, summary, deprecated } = spec;
  // Types of arguments, as in `increment:double`, are for COMMAND DOCS.
  const shown = syntax === '' ? '' : `\`${syntax.replaceAll(/:[a-z-]+/g, '').replaceAll('|', '\\|')}\``;
  const note = deprecated === undefined ? '' : ` *Deprecated since ${deprecated.since}: use ${deprecated.replacedBy}.*`;
  return `| \`${name}\` | ${shown} | ${since} | ${summary.replaceAll('|', '\\|')}${note} |`;
}
