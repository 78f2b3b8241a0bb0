import { describe, expect, it } from 'vitest';
import { Manifest } from '../../../src/persistence/aof/manifest.ts';

const TEXT =
  'file appendonly.aof.2.base.rdb seq 2 type b\n' +
  'file appendonly.aof.1.incr.aof seq 1 type h\n' +
  'file appendonly.aof.2.incr.aof seq 2 type i\n' +
  'file appendonly.aof.3.incr.aof seq 3 type i\n';

function faultOf(text: string): string {
  try {
    Manifest.parse(text);
  } catch (error) {
    return (error as { reason: string }).reason;
  }
  return '';
}

describe('Manifest', () => {
  it('prints what it has read', () => {
    const manifest = Manifest.parse(TEXT);
    expect(manifest.toString()).toBe(TEXT);
    expect(manifest.files.map(({ name }) => name)).toEqual([
      'appendonly.aof.2.base.rdb',
      'appendonly.aof.2.incr.aof',
      'appendonly.aof.3.incr.aof',
    ]);
    expect(manifest.tail?.sequence).toBe(3);
  });

  it('skips comments and pairs of other names, and takes keywords in any case', () => {
    const manifest = Manifest.parse('# note\nFILE a SEQ 7 Type b later value\n');
    expect(manifest.base).toEqual({ name: 'a', sequence: 7, type: 'b' });
  });

  it('quotes names with special bytes', () => {
    const name = 'a b\n"\xe4\\';
    const text = Manifest.EMPTY.withIncremental(name).toString();
    expect(text).toBe('file "a b\\n\\"\\xe4\\\\" seq 1 type i\n');
    // A name with a path separator is refused, so that this one can be read only without its backslash.
    expect(Manifest.parse(text.replace('\\\\', '')).tail?.name).toBe('a b\n"\xe4');
  });

  it.each([
    ['', 'Found an empty AOF manifest'],
    ['file a seq 1 type b', 'The AOF manifest file contains too long line'],
    [`file ${'a'.repeat(1024)} seq 1 type b\n`, 'The AOF manifest file contains too long line'],
    ['\n', 'Invalid AOF manifest file format'],
    ['file a seq 1\n', 'Invalid AOF manifest file format'],
    ['file a seq 1 type b odd\n', 'Invalid AOF manifest file format'],
    ['file a seq 0 type b\n', 'Invalid AOF manifest file format'],
    ['file "a seq 1 type b\n', 'Invalid AOF manifest file format'],
    ['file a/b seq 1 type b\n', "File can't be a path, just a filename"],
    ['file a seq 1 type x\n', 'Unknown AOF file type'],
    ['file a seq 1 type b\nfile b seq 2 type b\n', 'Found duplicate base file information'],
    ['file a seq 2 type i\nfile b seq 2 type i\n', 'Found a non-monotonic sequence number'],
  ])('refuses %j', (text, reason) => {
    expect(faultOf(text)).toBe(reason);
  });

  it('lists a new file, then a new base that stands for those before', () => {
    const before = Manifest.parse(TEXT).withoutHistory();
    const incremental = before.nextIncrementalName('appendonly.aof');
    expect(incremental).toBe('appendonly.aof.4.incr.aof');
    const base = before.nextBaseName('appendonly.aof', 'aof');
    expect(base).toBe('appendonly.aof.3.base.aof');
    const after = before.withIncremental(incremental).withBase(base, 1);
    expect(after.files.map(({ name }) => name)).toEqual([base, incremental]);
    expect(after.history.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'appendonly.aof.2.incr.aof h',
      'appendonly.aof.3.incr.aof h',
      'appendonly.aof.2.base.rdb h',
    ]);
    expect(after.withoutHistory().nextIncrementalName('x')).toBe('x.5.incr.aof');
  });
});
