/**
 * COMMAND DOCS: commands described for people, with the tree of their arguments for hints while typing.
 */
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import { writeStatuses } from './command-info.ts';
import type { Command } from './registry.ts';
import { type ArgumentNode, parseSyntax } from './syntax.ts';

/** Answers the map that describes a command, subcommands included. */
export function writeCommandDocs(reply: ReplyWriter, command: Command): void {
  const { spec } = command;
  const fields: (readonly [name: string, write: () => void])[] = [];
  const addText = (name: string, text: string | undefined): void => {
    if (text !== undefined) fields.push([name, () => reply.text(text)]);
  };
  addText('summary', spec.summary);
  addText('since', spec.since);
  addText('group', spec.group);
  addText('complexity', spec.complexity);
  const flags = [...(spec.deprecated === undefined ? [] : ['deprecated']), ...(spec.isSystem ? ['syscmd'] : [])];
  if (flags.length > 0) fields.push(['doc_flags', () => writeStatuses(reply, flags)]);
  addText('deprecated_since', spec.deprecated?.since);
  addText('replaced_by', spec.deprecated?.replacedBy);
  const { history } = spec;
  if (history !== undefined) fields.push(['history', () => writeHistory(reply, history)]);
  const args = parseSyntax(spec.syntax);
  // A container's own syntax stands for its subcommands, which are described one by one.
  if (args.length > 0 && spec.run !== undefined) fields.push(['arguments', () => writeArguments(reply, args)]);
  if (command.subcommands.size > 0) fields.push(['subcommands', () => writeSubcommands(reply, command)]);
  reply.map(fields.length);
  for (const [name, write] of fields) {
    reply.text(name);
    write();
  }
}

function writeHistory(reply: ReplyWriter, history: readonly (readonly [version: string, change: string])[]): void {
  reply.set(history.length);
  for (const [version, change] of history) {
    reply.array(2);
    reply.text(version);
    reply.text(change);
  }
}

function writeSubcommands(reply: ReplyWriter, command: Command): void {
  reply.map(command.subcommands.size);
  for (const subcommand of command.subcommands.values()) {
    reply.text(subcommand.fullName);
    writeCommandDocs(reply, subcommand);
  }
}

function writeArguments(reply: ReplyWriter, nodes: readonly ArgumentNode[]): void {
  reply.array(nodes.length);
  for (const node of nodes) writeArgument(reply, node);
}

function writeArgument(reply: ReplyWriter, node: ArgumentNode): void {
  const flags = [
    ...(node.optional ? ['optional'] : []),
    ...(node.multiple ? ['multiple'] : []),
    ...(node.multipleToken ? ['multiple_token'] : []),
  ];
  const isGroup = node.type === 'oneof' || node.type === 'block';
  const hasKeySpec = node.keySpecIndex !== null;
  const hasToken = node.token !== null;
  reply.map(2 + Number(hasKeySpec) + Number(hasToken) + Number(flags.length > 0) + Number(isGroup));
  reply.text('name');
  reply.text(node.name);
  reply.text('type');
  reply.text(node.type);
  if (node.keySpecIndex !== null) {
    reply.text('key_spec_index');
    reply.integer(node.keySpecIndex);
  }
  if (node.token !== null) {
    reply.text('token');
    // The notation's way of writing a token without letters.
    reply.text(node.token === '""' ? '' : node.token);
  }
  if (flags.length > 0) {
    reply.text('flags');
    writeStatuses(reply, flags);
  }
  if (isGroup) {
    reply.text('arguments');
    writeArguments(reply, node.arguments);
  }
}
