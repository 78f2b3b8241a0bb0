/** The files of an append-only log, as they lie in a server's directory, and the commands in them. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { RespClient } from '../support/resp-client.ts';

export const AOF_DIRECTORY = 'appendonlydir';
export const MANIFEST = 'appendonly.aof.manifest';

/** A part of a log that is loaded whole or not at all: a command, or a transaction. */
export interface LoggedUnit {
  readonly commands: readonly (readonly Buffer[])[];
  /** Where it ends in the file. */
  readonly end: number;
}

/** Cuts a log of whole commands into units. */
export function unitsIn(log: Buffer): LoggedUnit[] {
  const units: LoggedUnit[] = [];
  let commands: (readonly Buffer[])[] = [];
  let isOpen = false;
  for (let at = 0; at < log.length; ) {
    const line = (): string => {
      const end = log.indexOf('\r\n', at);
      const text = log.toString('latin1', at, end);
      at = end + 2;
      return text;
    };
    const head = line();
    if (head.startsWith('#')) continue;
    const words: Buffer[] = [];
    for (let left = Number(head.slice(1)); left > 0; left--) {
      const length = Number(line().slice(1));
      words.push(log.subarray(at, at + length));
      at += length + 2;
    }
    const name = words[0].toString('latin1').toUpperCase();
    if (name === 'MULTI') isOpen = true;
    else if (name === 'EXEC') isOpen = false;
    else commands.push(words);
    if (isOpen) continue;
    units.push({ commands, end: at });
    commands = [];
  }
  return units;
}

/** The names of the incremental files in a directory, oldest first. */
export async function incrementalFiles(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, AOF_DIRECTORY));
  return names.filter((name) => name.endsWith('.incr.aof')).sort();
}

export function readAofFile(directory: string, name: string): Promise<Buffer> {
  return readFile(join(directory, AOF_DIRECTORY, name));
}

/** Rewrites the log and waits until that is done. */
export async function rewriteAof(client: RespClient): Promise<void> {
  await client.call('BGREWRITEAOF');
  for (;;) {
    const info = String(await client.call('INFO', 'persistence'));
    if (/aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/.test(info)) {
      if (info.includes('aof_last_bgrewrite_status:ok')) return;
      throw new Error(`the rewrite has failed:\n${info}`);
    }
    await sleep(10);
  }
}

/** What redis-check-aof prints about a directory's log; throws when it finds fault with it. */
export async function checkAof(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)('redis-check-aof', [join(directory, AOF_DIRECTORY, MANIFEST)]);
  return stdout;
}
