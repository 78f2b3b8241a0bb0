/**
 * Real Redis's commands as command declarations: COMMAND DOCS' argument trees written back in the `syntax`
 * notation. It lets the notation's parser and the differential harness be checked against Redis alone.
 */
import type { CommandSpec } from '../../src/dispatch/command.ts';
import type { ArgumentNode, ArgumentType } from '../../src/dispatch/syntax.ts';
import type { RespClient } from './resp-client.ts';

/** What the generator of random commands needs of a declaration. */
export type GeneratorSpec = Pick<CommandSpec, 'name' | 'since' | 'group' | 'syntax' | 'arity' | 'flags'> & {
  readonly subcommands?: readonly GeneratorSpec[];
};

export interface DocumentedSpec extends GeneratorSpec {
  readonly arguments: readonly ArgumentNode[];
  readonly subcommands?: readonly DocumentedSpec[];
}

/** All commands of a server, with their arguments as COMMAND DOCS gives them. */
export async function documentedCommands(client: RespClient): Promise<readonly DocumentedSpec[]> {
  const docs = (await client.call('COMMAND', 'DOCS')) as readonly unknown[];
  const info = (await client.call('COMMAND')) as readonly (readonly unknown[])[];
  const infoByName = new Map<string, readonly unknown[]>();
  const remember = (entry: readonly unknown[]): void => {
    infoByName.set(String(entry[0]), entry);
    for (const subcommand of entry[9] as readonly (readonly unknown[])[]) remember(subcommand);
  };
  info.forEach(remember);
  return specsIn(docs, infoByName);
}

function specsIn(docs: readonly unknown[], info: ReadonlyMap<string, readonly unknown[]>): DocumentedSpec[] {
  return pairs(docs).map(([fullName, value]) => {
    const fields = new Map(pairs(value as readonly unknown[]));
    const args = ((fields.get('arguments') ?? []) as readonly (readonly unknown[])[]).map(argumentOf);
    const entry = info.get(fullName) ?? [fullName, -1, []];
    const subcommands = fields.get('subcommands') as readonly unknown[] | undefined;
    return {
      name: fullName.split('|').at(-1) ?? fullName,
      since: String(fields.get('since')),
      group: fields.get('group') as CommandSpec['group'],
      syntax: args.map(writeSyntax).join(' '),
      arity: Number(entry[1]),
      flags: entry[2] as CommandSpec['flags'],
      arguments: args,
      ...(subcommands === undefined ? {} : { subcommands: specsIn(subcommands, info) }),
    };
  });
}

function pairs(list: readonly unknown[]): readonly (readonly [string, unknown])[] {
  const result: [string, unknown][] = [];
  for (let i = 0; i < list.length; i += 2) result.push([String(list[i]), list[i + 1]]);
  return result;
}

function argumentOf(docs: readonly unknown[]): ArgumentNode {
  const fields = new Map(pairs(docs));
  const flags = (fields.get('flags') ?? []) as readonly string[];
  return {
    name: String(fields.get('name')),
    type: fields.get('type') as ArgumentType,
    token: fields.has('token') ? String(fields.get('token')) : null,
    optional: flags.includes('optional'),
    multiple: flags.includes('multiple'),
    multipleToken: flags.includes('multiple_token'),
    keySpecIndex: fields.has('key_spec_index') ? Number(fields.get('key_spec_index')) : null,
    arguments: ((fields.get('arguments') ?? []) as readonly (readonly unknown[])[]).map(argumentOf),
  };
}

/** An argument in the notation, with its type annotated. */
export function writeSyntax(node: ArgumentNode): string {
  const token = node.token === '' ? '""' : node.token;
  if (node.type === 'pure-token') return node.optional ? `[${token}]` : `${token}`;
  let value: string;
  switch (node.type) {
    case 'oneof':
      value = `<${node.arguments.map(writeSyntax).join(' | ')}>`;
      break;
    case 'block':
      value = node.arguments.map(writeSyntax).join(' ');
      break;
    default:
      value = `${node.name}:${node.type}`;
  }
  const withToken = token === null ? value : `${token} ${value}`;
  let text = withToken;
  if (node.multiple) text = `${withToken} [${node.multipleToken ? withToken : value} ...]`;
  return node.optional ? `[${text}]` : text;
}
