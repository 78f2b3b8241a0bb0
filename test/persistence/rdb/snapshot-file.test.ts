import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SnapshotFile, SnapshotFileError } from '../../../src/persistence/rdb/snapshot-file.ts';
import { SnapshotControl } from '../../../src/persistence/rdb/snapshot-task.ts';

const MIB = 2 ** 20;
let directory: string;

const WATCHED = ['openSync', 'writeSync', 'fdatasyncSync', 'fsyncSync', 'closeSync', 'renameSync'] as const;

beforeEach(() => {
  for (const name of WATCHED) vi.spyOn(fs, name);
  // For those who import the functions by name.
  syncBuiltinESMExports();
  directory = mkdtempSync(join(tmpdir(), 'respd-snapshot-file-'));
});

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  rmSync(directory, { recursive: true, force: true });
});

function newFile(incrementalFsync = true): SnapshotFile {
  return new SnapshotFile({ directory, temporaryName: 'temp-1.rdb', name: 'dump.rdb' }, incrementalFsync);
}

describe('a file being written', () => {
  it('gets its name when it and its directory are synced', () => {
    writeFileSync(join(directory, 'dump.rdb'), 'old');
    const file = newFile();
    file.open();
    file.write(Buffer.from('(new)'), 1, 4);
    expect(readFileSync(join(directory, 'dump.rdb'), 'utf8')).toBe('old');
    file.finish();
    expect(fs.fsyncSync).toHaveBeenCalledTimes(1);
    expect(readFileSync(join(directory, 'dump.rdb'), 'utf8')).toBe('old');
    file.rename();
    expect(fs.fsyncSync).toHaveBeenCalledTimes(2);
    expect(readdirSync(directory)).toEqual(['dump.rdb']);
    expect(readFileSync(join(directory, 'dump.rdb'), 'utf8')).toBe('new');
    expect(file.writtenBytes).toBe(3);
  });

  it.each([
    [true, 3],
    [false, 0],
  ])('is synced every four megabytes, if so configured (%s)', (incrementalFsync, syncs) => {
    const file = newFile(incrementalFsync);
    file.open();
    for (let i = 0; i < 13; i++) file.write(new Uint8Array(MIB), 0, MIB);
    expect(fs.fdatasyncSync).toHaveBeenCalledTimes(syncs);
    file.finish();
    file.discard();
  });

  it('goes on where the system took only a part', () => {
    vi.mocked(fs.writeSync).mockImplementationOnce(() => 2);
    const file = newFile();
    file.open();
    file.write(Buffer.from('abcdef'), 0, 6);
    file.finish();
    // What the system is said to have taken is not there.
    expect(readFileSync(join(directory, 'temp-1.rdb'), 'utf8')).toBe('cdef');
  });

  it('vanishes when it is discarded', () => {
    const file = newFile();
    file.open();
    file.write(Buffer.from('abc'), 0, 3);
    file.discard();
    expect(readdirSync(directory)).toEqual([]);
    file.discard();
  });
});

describe('a step that fails', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });

  it.each([
    ['open', 'openSync', (file: SnapshotFile) => file.open()],
    ['write', 'writeSync', (file: SnapshotFile) => file.write(new Uint8Array(10), 0, 10)],
    ['write', 'fdatasyncSync', (file: SnapshotFile) => file.write(new Uint8Array(4 * MIB), 0, 4 * MIB)],
    ['fsync', 'fsyncSync', (file: SnapshotFile) => file.finish()],
    ['close', 'closeSync', (file: SnapshotFile) => file.finish()],
    ['rename', 'renameSync', (file: SnapshotFile) => file.rename()],
    ['fsync of the directory', 'fsyncSync', (file: SnapshotFile) => file.rename()],
  ] as const)('is named, with the reason: %s (%s)', (stage, name, step) => {
    const file = newFile();
    if (stage !== 'open') file.open();
    if (stage === 'rename' || stage === 'fsync of the directory') file.finish();
    vi.mocked<(...words: never[]) => unknown>(fs[name]).mockImplementationOnce(() => {
      throw full;
    });
    let error: unknown;
    try {
      step(file);
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(SnapshotFileError);
    expect(error).toMatchObject({
      code: 'ENOSPC',
      failure: { kind: 'failed', stage, reason: 'No space left on device' },
    });
    file.discard();
    expect(readdirSync(directory)).toEqual(stage === 'fsync of the directory' ? ['dump.rdb'] : []);
  });

  it('is none where a file system can not sync directories', () => {
    const file = newFile();
    file.open();
    file.finish();
    vi.mocked(fs.fsyncSync).mockImplementationOnce(() => {
      throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' });
    });
    file.rename();
    expect(readdirSync(directory)).toEqual(['dump.rdb']);
  });
});

describe('the permission to replace the file', () => {
  it('is granted or revoked, whichever comes first, on both sides of the shared memory', () => {
    const granted = new SnapshotControl();
    const other = new SnapshotControl(granted.memory);
    expect(other.isGranted || other.isRevoked).toBe(false);
    expect(granted.grant()).toBe(true);
    expect(granted.revoke()).toBe(false);
    expect(other.isGranted).toBe(true);
    expect(other.isRevoked).toBe(false);

    const revoked = new SnapshotControl();
    expect(revoked.revoke()).toBe(true);
    expect(revoked.grant()).toBe(false);
    expect(new SnapshotControl(revoked.memory).isRevoked).toBe(true);
    expect(new SnapshotControl(revoked.memory).isGranted).toBe(false);
  });
});
