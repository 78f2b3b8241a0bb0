/**
 * The rules of the house, as a test: which folder may import which, no import cycles, no long files, no exports
 * that nobody uses, no unfinished work, and documentation that names every command and every directive.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { CommandSpec } from '../src/dispatch/command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const MAX_LINES = 600;

/** What each part of src may import besides itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  memory: ['lib'],
  structures: ['memory', 'lib'],
  protocol: ['lib'],
  config: ['lib'],
  keyspace: ['structures', 'memory', 'config', 'lib'],
  persistence: ['keyspace', 'structures', 'memory', 'protocol', 'config', 'lib'],
  replication: ['keyspace', 'persistence/rdb', 'protocol', 'config', 'lib'],
  scripting: ['keyspace', 'persistence/rdb', 'protocol', 'config', 'lib'],
  pubsub: ['keyspace', 'persistence/rdb', 'protocol', 'config', 'lib'],
  dispatch: ['keyspace', 'protocol', 'config', 'lib'],
  commands: ['dispatch', 'keyspace', 'structures', 'protocol', 'lib'],
  net: ['dispatch/session.ts', 'dispatch/client-port.ts', 'dispatch/transport.ts', 'protocol', 'config', 'lib'],
  wiring: [
    'dispatch',
    'pubsub',
    'scripting',
    'replication',
    'persistence',
    'keyspace',
    'structures',
    'protocol',
    'config',
    'lib',
  ],
  'engine.ts': [
    'wiring',
    'commands',
    'dispatch',
    'pubsub',
    'scripting',
    'replication',
    'persistence',
    'keyspace',
    'structures',
    'memory',
    'protocol',
    'config',
    'lib',
  ],
  'server.ts': ['engine.ts', 'net', 'config', 'lib'],
  program: ['engine.ts', 'server.ts', 'persistence', 'config', 'lib'],
  'index.ts': ['engine.ts', 'server.ts', 'protocol', 'config', 'lib'],
  'cli.ts': ['program', 'config', 'lib'],
};

interface Import {
  /** The imported file, from the root, with `/`. */
  readonly file: string;
  /** Names as the other file exports them; null for all of them. */
  readonly names: readonly string[] | null;
  readonly typeOnly: boolean;
}

interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly exports: readonly string[];
}

function sourcesIn(folder: string): readonly string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort();
}

function readSource(file: string): SourceFile {
  const text = readFileSync(join(root, file), 'utf8');
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return { file, text, imports: importsOf(file, code), exports: exportsOf(code) };
}

function importsOf(file: string, code: string): readonly Import[] {
  const imports: Import[] = [];
  const add = (from: string, names: readonly string[] | null, typeOnly: boolean): void => {
    if (!from.startsWith('.')) return;
    const path = relative(root, resolve(root, dirname(file), from));
    imports.push({ file: path.split(sep).join('/'), names, typeOnly });
  };
  const statement = /^\s*(?:import|export)\s+(type\s+)?(?:([\w*\s,{}$]*?)\s*from\s*)?['"]([^'"]+)['"]/gm;
  for (const [, type, clause = '', from] of code.matchAll(statement)) {
    const braces = /\{([^}]*)\}/.exec(clause)?.[1];
    const words = (braces ?? '').split(',').map((word) => word.trim());
    const items = words.filter((word) => word !== '');
    const names = items.map((word) => word.replace(/^type\s+/, '').split(/\s+as\s+/)[0]);
    if (/^\s*[\w$]+/.test(clause)) names.push('default');
    const erased = type !== undefined || (items.length > 0 && items.every((word) => word.startsWith('type ')));
    add(from, clause.includes('*') ? null : names, erased);
  }
  for (const [, from] of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(from, null, false);
  for (const [, from] of code.matchAll(/new URL\(\s*['"]([^'"]+\.ts)['"]\s*,\s*import\.meta\.url/g)) {
    add(from, null, false);
  }
  return imports;
}

function exportsOf(code: string): readonly string[] {
  const names: string[] = [];
  const declaration =
    /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|type|interface)\s+([\w$]+)/gm;
  for (const [, name] of code.matchAll(declaration)) names.push(name);
  if (/^export\s+default\b/m.test(code)) names.push('default');
  for (const [, list] of code.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm)) {
    for (const item of list.split(',')) {
      const name = item
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/)
        .at(-1);
      if (name) names.push(name);
    }
  }
  return names;
}

const source = sourcesIn('src').map(readSource);
const others = ['test', 'bench'].flatMap(sourcesIn).map(readSource);
const all = [...source, ...others];

/** `memory` of `src/memory/heap.ts`, `engine.ts` of `src/engine.ts`. */
function layerOf(file: string): string {
  return file.split('/')[1];
}

function layerViolations(files: readonly SourceFile[]): readonly string[] {
  const violations: string[] = [];
  for (const { file, imports } of files) {
    const layer = layerOf(file);
    const allowed = LAYERS[layer];
    if (allowed === undefined) {
      violations.push(`${file} is in no known layer`);
      continue;
    }
    for (const { file: imported } of imports) {
      const path = imported.slice('src/'.length);
      const fits =
        imported.startsWith('src/') &&
        (layerOf(imported) === layer || allowed.some((entry) => path === entry || path.startsWith(`${entry}/`)));
      if (!fits) violations.push(`${file} imports ${imported}`);
    }
  }
  return violations;
}

/** Cycles among imports that exist at run time; each is named once. */
function importCycles(files: readonly SourceFile[]): readonly string[] {
  const byName = new Map(files.map((entry) => [entry.file, entry]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done' || !byName.has(file)) return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const { file: next, typeOnly } of byName.get(file)?.imports ?? []) {
      if (!typeOnly) visit(next, [...path, file]);
    }
    state.set(file, 'done');
  };
  for (const { file } of files) visit(file, []);
  return cycles;
}

function unusedExports(): readonly string[] {
  const used = new Map<string, Set<string> | null>();
  for (const { file: importer, imports } of all) {
    for (const { file, names } of imports) {
      if (file === importer) continue;
      const known = used.get(file);
      if (names === null || known === null) used.set(file, null);
      else used.set(file, new Set([...(known ?? []), ...names]));
    }
  }
  const unused: string[] = [];
  for (const { file, text, exports } of source) {
    if (file === 'src/index.ts' || file === 'src/cli.ts') continue;
    const names = used.get(file);
    if (names === null) continue;
    for (const name of exports) {
      if (!names?.has(name) && !namesOwnSignature(text, name)) unused.push(`${file}: ${name}`);
    }
  }
  return unused;
}

/** A type that the file's other declarations mention is exported with them. */
function namesOwnSignature(text: string, name: string): boolean {
  const isType = new RegExp(`^export (type|interface) ${literally(name)}\\b`, 'm').test(text);
  return isType && (text.match(new RegExp(`\\b${literally(name)}\\b`, 'g'))?.length ?? 0) > 1;
}

// Spelled in two parts, so that this file holds none of them.
const MARKS = ['TO' + 'DO', 'FIX' + 'ME', '.on' + 'ly(', 'as' + ' any', '@ts-' + 'ignore', '@ts-' + 'nocheck'];

/** Line numbers and marks of unfinished work. */
function marksIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line, i) => {
    // Prose may well say "as any other".
    const isComment = /^\s*(\/\/|\/?\*)/.test(line);
    const found = MARKS.filter((mark) => {
      const end = /\w$/.test(mark) ? '(?!\\w)' : '';
      return new RegExp(`(^|\\b|\\W)${literally(mark)}${end}`).test(line);
    });
    return found.filter((mark) => !(isComment && mark.startsWith('as'))).map((mark) => `${i + 1}: ${mark}`);
  });
}

describe('the source', () => {
  it('imports only what the layers allow', () => {
    expect(layerViolations(source)).toEqual([]);
  });

  it('has no import cycles', () => {
    expect(importCycles(source)).toEqual([]);
  });

  it(`has no file longer than ${MAX_LINES} lines`, () => {
    const long = all
      .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('exports nothing that no other file imports', () => {
    expect(unusedExports()).toEqual([]);
  });

  it('holds no unfinished work and nothing that switches off checks', () => {
    const found = all.flatMap(({ file, text }) => marksIn(text).map((mark) => `${file}:${mark}`));
    expect(found).toEqual([]);
  });
});

describe('the tests', () => {
  it('replace no module, which would do nothing', () => {
    // Spelled in two parts, like the marks.
    const call = `vi.${'mock'}(`;
    expect(others.filter(({ text }) => text.includes(call)).map(({ file }) => file)).toEqual([]);
  });
});

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe('the checks of the source', () => {
  const make = (file: string, code: string): SourceFile => {
    return { file, text: code, imports: importsOf(file, code), exports: exportsOf(code) };
  };

  it('see imports of every form', () => {
    const { imports } = make(
      'src/net/a.ts',
      `import { b, type C as D } from './b.ts';\nimport type { E } from '../lib/e.ts';\nimport * as f from './f.ts';\n` +
        `import {\n  g,\n  h,\n} from './g.ts';\nexport { i } from './i.ts';\nimport './j.ts';\nimport net from 'node:net';\n`,
    );
    expect(imports).toEqual([
      { file: 'src/net/b.ts', names: ['b', 'C'], typeOnly: false },
      { file: 'src/lib/e.ts', names: ['E'], typeOnly: true },
      { file: 'src/net/f.ts', names: null, typeOnly: false },
      { file: 'src/net/g.ts', names: ['g', 'h'], typeOnly: false },
      { file: 'src/net/i.ts', names: ['i'], typeOnly: false },
      { file: 'src/net/j.ts', names: [], typeOnly: false },
    ]);
  });

  it('see layers that are crossed, by types too', () => {
    const bad = make('src/lib/a.ts', `import type { Heap } from '../memory/heap.ts';\n`);
    const good = make('src/memory/heap.ts', `import { invariant } from '../lib/invariant.ts';\n`);
    expect(layerViolations([bad, good])).toEqual(['src/lib/a.ts imports src/memory/heap.ts']);
  });

  it('see unfinished work', () => {
    for (const mark of MARKS)
      expect(
        marksIn(`first line\nit${mark.startsWith('.') ? '' : ' '}${mark}${mark.endsWith('(') ? 'name' : ' = 1'}`),
      ).toEqual([`2: ${mark}`]);
    expect(marksIn('// the same as' + ' any other')).toEqual([]);
    expect(marksIn('const mastodon = 1;')).toEqual([]);
  });

  it('see cycles', () => {
    const a = make('src/lib/a.ts', `import { b } from './b.ts';\n`);
    const b = make('src/lib/b.ts', `import { a } from './a.ts';\n`);
    expect(importCycles([a, b])).toEqual(['src/lib/a.ts -> src/lib/b.ts -> src/lib/a.ts']);
  });
});

/** A document's text, or nothing where it is missing, so that everything counts as missing in it. */
function documentText(file: string): string {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function commandNames(specs: readonly CommandSpec[], parent = ''): readonly string[] {
  return specs.flatMap((spec) => {
    const name = parent + spec.name.toUpperCase();
    return [name, ...commandNames(spec.subcommands ?? [], `${name} `)];
  });
}

describe('the documentation', () => {
  it('lists every command', async () => {
    const file = join(root, 'src/commands/index.ts');
    const { families } = (await import(file)) as { readonly families: readonly (readonly CommandSpec[])[] };
    const text = documentText('docs/commands.md');
    const missing = commandNames(families.flat()).filter((name) => !text.includes(`\`${name}\``));
    expect(missing, 'commands that docs/commands.md does not name as `COMMAND`').toEqual([]);
  });

  it('lists every directive', async () => {
    const { directives } = await import('../src/config/directives/index.ts');
    const text = documentText('docs/configuration.md');
    const names = Object.values(directives).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    const missing = names.filter((name) => !text.includes(`\`${name}\``));
    expect(missing, 'directives that docs/configuration.md does not name as `directive`').toEqual([]);
  });
});
