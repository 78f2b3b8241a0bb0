import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArgumentNode, parseSyntax } from '../../src/dispatch/syntax.ts';
import { type DocumentedSpec, documentedCommands } from '../support/docs-syntax.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { ServerProcess } from '../support/server-process.ts';

/** One line for a tree: `name:type`, token in front, `?` optional, `*` multiple, `**` with its token. */
function sketch(node: ArgumentNode): string {
  const token = node.token === null ? '' : `${node.token}=`;
  const marks = `${node.optional ? '?' : ''}${node.multiple ? '*' : ''}${node.multipleToken ? '*' : ''}`;
  const inner = node.arguments.length > 0 ? `(${node.arguments.map(sketch).join(' ')})` : '';
  return `${token}${node.name}:${node.type}${marks}${inner}`;
}

const sketches = (syntax: string): readonly string[] => parseSyntax(syntax).map(sketch);

describe('parseSyntax', () => {
  it('reads no arguments', () => {
    expect(sketches('')).toEqual([]);
  });

  it('infers types from names', () => {
    expect(sketches('key value seconds score member pattern unix-time-seconds timeout destination')).toEqual([
      'key:key',
      'value:string',
      'seconds:integer',
      'score:double',
      'member:string',
      'pattern:pattern',
      'unix-time-seconds:unix-time',
      'timeout:double',
      'destination:key',
    ]);
  });

  it('lets an annotation say the type, and keeps other colons', () => {
    expect(sketches('increment:double [ADDR ip:port]')).toEqual(['increment:double', 'ADDR=ip:port:string?']);
  });

  it('reads alternatives, tokens and options', () => {
    expect(sketches('key value [NX | XX] [GET] [EX seconds | PX milliseconds | KEEPTTL]')).toEqual([
      'key:key',
      'value:string',
      'condition:oneof?(NX=nx:pure-token XX=xx:pure-token)',
      'GET=get:pure-token?',
      'seconds_milliseconds_keepttl:oneof?(EX=seconds:integer PX=milliseconds:integer KEEPTTL=keepttl:pure-token)',
    ]);
  });

  it('reads repetitions of one argument and of several', () => {
    expect(sketches('key [key ...]')).toEqual(['key:key*']);
    expect(sketches('key field value [field value ...]')).toEqual([
      'key:key',
      'field_value:block*(field:string value:string)',
    ]);
    expect(sketches('numkeys [key [key ...]] [arg [arg ...]]')).toEqual([
      'numkeys:integer',
      'key:key?*',
      'arg:string?*',
    ]);
  });

  it('tells repeated tokens from tokens before repeated values', () => {
    expect(sketches('[WEIGHTS weight [weight ...]] [GET pattern [GET pattern ...]]')).toEqual([
      'WEIGHTS=weight:integer?*',
      'GET=pattern:pattern?**',
    ]);
  });

  it('joins a token with the pair behind it', () => {
    expect(sketches('[LIMIT offset count] STREAMS key [key ...] ID [ID ...]')).toEqual([
      'LIMIT=offset_count:block?(offset:integer count:integer)',
      'STREAMS=streams:block(key:key* ID:string*)',
    ]);
  });

  it('reads nested brackets', () => {
    expect(sketches('key [[IDLE min-idle-time:integer] start:string end:string count [consumer]]')).toEqual([
      'key:key',
      'filters:block?(IDLE=min-idle-time:integer? start:string end:string count:integer consumer:string?)',
    ]);
    expect(sketches('key [count [WITHVALUES]]')).toEqual([
      'key:key',
      'options:block?(count:integer WITHVALUES=withvalues:pure-token?)',
    ]);
  });

  it('reads a repeated choice in both spellings', () => {
    const operation = 'operation:oneof?*(GET=encoding_offset:block(encoding:string offset:integer) count:integer)';
    const inAngles = '[<GET encoding offset | count> [<GET encoding offset | count> ...]]';
    const plain = '[GET encoding offset | count [GET encoding offset | count ...]]';
    for (const syntax of [inAngles, plain]) {
      expect(sketches(syntax)).toEqual([operation.replace('operation', 'encoding_offset_count')]);
    }
  });

  it('names the two ends that LMOVE chooses', () => {
    expect(parseSyntax('source destination <LEFT | RIGHT> <LEFT | RIGHT>').map((node) => node.name)).toEqual([
      'source',
      'destination',
      'wherefrom',
      'whereto',
    ]);
  });

  it('tells the argument ID from the token ID', () => {
    expect(sketches('key <* | ID> ID [ID ...]')).toEqual([
      'key:key',
      'id_or_auto:oneof(*=auto_id:pure-token ID:string)',
      'ID:string*',
    ]);
    expect(sketches('[ID client-id [client-id ...]]')).toEqual(['ID=client-id:integer?*']);
  });

  it('numbers the key specifications', () => {
    expect(parseSyntax('destination numkeys key [key ...]').map((node) => node.keySpecIndex)).toEqual([0, null, 1]);
    const sort = parseSyntax('key [BY pattern] [GET pattern [GET pattern ...]] [STORE destination]');
    expect(sort.map((node) => node.keySpecIndex)).toEqual([0, 1, 1, 2]);
  });

  it.each(['[a', 'a]', '<a', 'a | b', '[a ...]', 'a [b ...]', 'a b [a ...]'])('refuses %j', (syntax) => {
    expect(() => parseSyntax(syntax)).toThrow();
  });
});

describe.skipIf(!hasReferenceRedis)('parseSyntax, against COMMAND DOCS of Redis', () => {
  let redis: ServerProcess;
  let commands: readonly DocumentedSpec[];

  beforeAll(async () => {
    redis = await startRedis();
    commands = await documentedCommands(await redis.connect());
  });
  afterAll(() => redis?.stop());

  /** What the notation can't say: blocks around one member or around everything, empty tokens, odd names. */
  const ambiguous = new Set([
    'client|kill',
    'client|list',
    'client|tracking',
    'cluster|failover',
    'cluster|setslot',
    'config|get',
    'failover',
    'migrate',
    'module|loadex',
    'psubscribe',
    'xtrim',
  ]);

  it('reads back every argument tree', () => {
    const differences: string[] = [];
    const visit = (specs: readonly DocumentedSpec[], parent: string): void => {
      for (const spec of specs) {
        const name = parent + spec.name;
        if (spec.subcommands !== undefined) visit(spec.subcommands, `${name}|`);
        if (ambiguous.has(name) || spec.group === ('sentinel' as string)) continue;
        const parsed = parseSyntax(spec.syntax).map(sketch).join(' ');
        const documented = spec.arguments.map(sketch).join(' ');
        if (parsed !== documented) differences.push(`${name}: ${spec.syntax}\n  ${parsed}\n  ${documented}`);
      }
    };
    visit(commands, '');
    expect(commands.length).toBeGreaterThan(200);
    expect(differences.join('\n')).toBe('');
  });

  it('numbers the key specifications as Redis does', () => {
    const indices = (nodes: readonly ArgumentNode[]): readonly (number | null)[] =>
      nodes.flatMap((node) => [node.keySpecIndex, ...indices(node.arguments)]);
    const differences = commands
      .filter((spec) => !ambiguous.has(spec.name))
      .filter((spec) => String(indices(parseSyntax(spec.syntax))) !== String(indices(spec.arguments)))
      .map((spec) => `${spec.name}: ${indices(parseSyntax(spec.syntax))}, Redis ${indices(spec.arguments)}`);
    expect(differences).toEqual([]);
  });
});
