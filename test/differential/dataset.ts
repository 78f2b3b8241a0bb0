/**
 * The whole data set of a server as text, a line per key in a canonical order: the comparison of last resort, which
 * says which key differs where a digest only says that one does.
 */
import type { Word } from '../support/resp-client.ts';
import { readReply, spell, textsOf } from '../support/resp-reply.ts';
import type { Peer } from './runner.ts';

const DATABASES = 16;

const READERS: Readonly<Record<string, readonly Word[]>> = {
  string: ['GET', ''],
  list: ['LRANGE', '', '0', '-1'],
  set: ['SMEMBERS', ''],
  zset: ['ZRANGE', '', '0', '-1', 'WITHSCORES'],
  hash: ['HGETALL', ''],
  stream: ['XRANGE', '', '-', '+'],
};

/** Database and key in front of type, whether it expires, and content. Leaves database 0 selected. */
export async function readDataset(peer: Peer): Promise<ReadonlyMap<string, string>> {
  const content = new Map<string, string>();
  for (let database = 0; database < DATABASES; database++) {
    const [, keysReply] = await peer.send([
      ['SELECT', database],
      ['KEYS', '*'],
    ]);
    for (const name of [...textsOf(readReply(keysReply))].sort()) {
      const key = Buffer.from(name, 'latin1');
      const [typeReply, ttlReply] = await peer.send([
        ['TYPE', key],
        ['PTTL', key],
      ]);
      const type = readReply(typeReply).text ?? '';
      const read = [...(READERS[type] ?? ['TYPE', ''])];
      read[1] = key;
      const [reply] = await peer.send([read]);
      const expires = readReply(ttlReply).text === '-1' ? 'stays' : 'expires';
      content.set(`${database}:${JSON.stringify(name)}`, `${type} ${expires} ${spellContent(type, reply)}`);
    }
  }
  await peer.send([['SELECT', 0]]);
  return content;
}

function spellContent(type: string, raw: Buffer): string {
  const tree = readReply(raw);
  if (tree.elements === null || (type !== 'set' && type !== 'hash')) return spell(tree);
  const size = type === 'hash' ? 2 : 1;
  const parts: string[] = [];
  for (let i = 0; i < tree.elements.length; i += size) {
    parts.push(
      tree.elements
        .slice(i, i + size)
        .map(spell)
        .join('='),
    );
  }
  return parts.sort().join(' ');
}

/** Up to ten differences of two data sets, a line each. */
export function datasetDifferences(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly string[] {
  const differences: string[] = [];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key), b.get(key)];
    if (x !== y) differences.push(`${key}:\n  ${x?.slice(0, 500) ?? 'missing'}\n  ${y?.slice(0, 500) ?? 'missing'}`);
    if (differences.length === 10) break;
  }
  return differences;
}
