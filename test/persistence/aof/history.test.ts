/** What a rewrite has replaced: kept while `aof-disable-auto-gc` says so, removed otherwise. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RespClient } from '../../support/resp-client.ts';
import { startRespd } from '../../support/respd-server.ts';

async function rewrite(client: RespClient): Promise<void> {
  await client.call('BGREWRITEAOF');
  while (String(await client.call('INFO', 'persistence')).includes('aof_rewrite_in_progress:1')) await sleep(5);
}

it('is listed as history, the last first, and goes when the configuration changes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'respd-history-'));
  try {
    await using server = await startRespd({
      directory: folder,
      config: { appendonly: 'yes', 'aof-disable-auto-gc': 'yes' },
    });
    const client = await server.connect();
    await client.call('SET', 'k', 'v');
    const directory = join(folder, 'appendonlydir');
    const manifest = (): readonly string[] =>
      readFileSync(join(directory, 'appendonly.aof.manifest'), 'latin1')
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^file appendonly\.aof\.(\S+) seq \d+ type (.)$/, '$1 $2'));
    await rewrite(client);
    await rewrite(client);
    expect(manifest()).toEqual([
      '3.base.rdb b',
      '2.incr.aof h',
      '2.base.rdb h',
      '1.incr.aof h',
      '1.base.rdb h',
      '3.incr.aof i',
    ]);
    expect(await client.call('CONFIG', 'SET', 'aof-disable-auto-gc', 'no')).toBe('OK');
    expect(manifest()).toEqual(['3.base.rdb b', '3.incr.aof i']);
    expect(existsSync(join(directory, 'appendonly.aof.1.base.rdb'))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
