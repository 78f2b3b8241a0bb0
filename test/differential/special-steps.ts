/**
 * Commands that answer what they like, within bounds: both servers are asked, each answer is checked against the
 * data, and what was changed differently is made equal again.
 */
import type { Word } from '../support/resp-client.ts';
import { type ReplyTree, readReply, textsOf } from '../support/resp-reply.ts';
import type { Step } from './generator.ts';
import type { Peer } from './runner.ts';

const MAX_SCAN_ROUNDS = 100_000;

/** Executes the step on both servers; answers what disagrees, or null. */
export async function runSpecialStep(step: Step, a: Peer, b: Peer): Promise<string | null> {
  switch (step.kind) {
    case 'scan':
      return scan(step, a, b);
    case 'pop':
      return pop(step, a, b);
    case 'sample':
      return sample(step, a, b);
    case 'random-key':
      return randomKey(step, a, b);
    case 'plain':
      throw new Error('a plain step is compared by the runner');
  }
}

async function both(a: Peer, b: Peer, command: readonly Word[]): Promise<readonly [Buffer, Buffer]> {
  const [[x], [y]] = await Promise.all([a.send([command]), b.send([command])]);
  return [x, y];
}

/** Errors, nulls and empty answers leave no choice: they must be equal. */
function mustBeEqual(tree: ReplyTree): boolean {
  return tree.kind === '-' || (tree.text === null && (tree.elements?.length ?? 0) === 0);
}

function show(x: Buffer, y: Buffer): string {
  return `${JSON.stringify(x.toString('latin1', 0, 2000))}\n  ${JSON.stringify(y.toString('latin1', 0, 2000))}`;
}

/** Follows the cursor to the end on each server and compares what was found, each element once. */
async function scan(step: Step, a: Peer, b: Peer): Promise<string | null> {
  const [x, y] = await Promise.all([scanAll(step, a), scanAll(step, b)]);
  return x === y ? null : `the whole scan found\n  ${x.slice(0, 2000)}\n  ${y.slice(0, 2000)}`;
}

async function scanAll(step: Step, peer: Peer): Promise<string> {
  const pairs = step.name === 'hscan' || step.name === 'zscan';
  const cursorAt = step.name === 'scan' ? 1 : 2;
  const command = [...step.command];
  const found = new Set<string>();
  for (let round = 0; round < MAX_SCAN_ROUNDS; round++) {
    const [raw] = await peer.send([command]);
    const reply = readReply(raw);
    if (reply.elements === null) return raw.toString('latin1');
    const texts = textsOf(reply.elements[1]);
    const size = pairs ? 2 : 1;
    for (let i = 0; i < texts.length; i += size) found.add(JSON.stringify(texts.slice(i, i + size)));
    const cursor = reply.elements[0].text ?? '';
    if (cursor === '0') return [...found].sort().join(' ');
    command[cursorAt] = cursor;
  }
  return `no end after ${MAX_SCAN_ROUNDS} rounds`;
}

/** The servers pop different members, as many of them; afterwards the key goes from both. */
async function pop(step: Step, a: Peer, b: Peer): Promise<string | null> {
  const [x, y] = await both(a, b, step.command);
  const [treeA, treeB] = [readReply(x), readReply(y)];
  if (mustBeEqual(treeA) || mustBeEqual(treeB)) return x.equals(y) ? null : show(x, y);
  const key = step.command[1];
  const [cardA, cardB] = await both(a, b, ['SCARD', key]);
  const agree =
    treeA.kind === treeB.kind &&
    new Set(textsOf(treeA)).size === new Set(textsOf(treeB)).size &&
    textsOf(treeA).length === textsOf(treeB).length &&
    cardA.equals(cardB);
  await both(a, b, ['DEL', key]);
  return agree ? null : show(Buffer.concat([x, cardA]), Buffer.concat([y, cardB]));
}

const CONTENT: Readonly<Record<string, readonly Word[]>> = {
  srandmember: ['SMEMBERS', ''],
  hrandfield: ['HGETALL', ''],
  zrandmember: ['ZRANGE', '', '0', '-1', 'WITHSCORES'],
};

/** Random members must be members, as many on both sides, and distinct where the count is positive. */
async function sample(step: Step, a: Peer, b: Peer): Promise<string | null> {
  const [x, y] = await both(a, b, step.command);
  const trees = [readReply(x), readReply(y)];
  if (trees.some(mustBeEqual)) return x.equals(y) ? null : show(x, y);
  const content = [...CONTENT[step.name]];
  content[1] = step.command[1];
  const [all] = await a.send([content]);
  const members = new Set(textsOf(readReply(all)));
  const [textsA, textsB] = trees.map(textsOf);
  const agree =
    trees[0].kind === trees[1].kind &&
    textsA.length === textsB.length &&
    [...textsA, ...textsB].every((text) => members.has(text));
  if (!agree) return `${show(x, y)}\n  of ${JSON.stringify([...members]).slice(0, 2000)}`;
  // Without values, a positive count asks for distinct members.
  const distinct = step.command.length === 3 && Number(step.command[2]) > 0;
  return distinct && new Set(textsB).size !== textsB.length ? `not distinct: ${show(x, y)}` : null;
}

async function randomKey(step: Step, a: Peer, b: Peer): Promise<string | null> {
  const [x, y] = await both(a, b, step.command);
  const trees = [readReply(x), readReply(y)];
  if (trees.some(mustBeEqual)) return x.equals(y) ? null : show(x, y);
  for (const tree of trees) {
    const [existsA, existsB] = await both(a, b, ['EXISTS', Buffer.from(tree.text ?? '', 'latin1')]);
    if (existsA.toString() !== ':1\r\n' || !existsA.equals(existsB)) return `${show(x, y)}\n  one is no key`;
  }
  return null;
}
