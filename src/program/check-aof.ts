/**
 * `respd --check-aof [--fix | --truncate-to-timestamp SECONDS] FILE|MANIFEST`: whether an append-only file is whole, as
 * redis-check-aof prints it; what cuts off what is not; and what goes back to an earlier moment.
 */
import { copyFileSync, truncateSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { systemErrorText } from '../lib/system-error.ts';
import { type AofCheck, checkAof, type FileCheck } from '../persistence/aof/aof-check.ts';
import { AofError } from '../persistence/aof/aof-error.ts';

const USAGE = 'Usage: respd --check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>';

interface CheckRequest {
  readonly path: string;
  readonly fixes: boolean;
  /** 0 where it is not asked for. */
  readonly untilSeconds: number;
}

/** The run ends here, unsuccessfully; what there was to say is said. */
class Aborted extends Error {}

/** Does what the arguments behind `--check-aof` ask for. Answers whether the file is whole now. */
export async function runAofCheck(args: readonly string[]): Promise<boolean> {
  const request = requestOf(args);
  if (request === null) {
    print(USAGE);
    return false;
  }
  try {
    const check = checkAof(request.path, request.untilSeconds);
    await report(check, request);
    return true;
  } catch (error) {
    if (error instanceof AofError) print(error.reason);
    else if (!(error instanceof Aborted)) throw error;
    return false;
  }
}

function requestOf(args: readonly string[]): CheckRequest | null {
  if (args.length === 1) return { path: args[0], fixes: false, untilSeconds: 0 };
  if (args.length === 2 && args[0] === '--fix') return { path: args[1], fixes: true, untilSeconds: 0 };
  if (args.length !== 3 || args[0] !== '--truncate-to-timestamp' || !/^[1-9]\d{0,14}$/.test(args[1])) return null;
  return { path: args[2], fixes: false, untilSeconds: Number(args[1]) };
}

async function report({ files, isManifest }: AofCheck, request: CheckRequest): Promise<void> {
  print(isManifest ? 'Start checking Multi Part AOF' : 'Start checking Old-Style AOF');
  let hasIncremental = false;
  for (const [index, file] of files.entries()) {
    const isBase = file.type === 'b';
    if (isManifest && isBase) print(`Start to check BASE AOF (${file.hasSnapshot ? 'RDB' : 'RESP'} format).`);
    else if (isManifest && !hasIncremental) print('Start to check INCR files.');
    hasIncremental ||= !isBase;
    const label = !isManifest ? 'AOF' : isBase ? 'BASE AOF' : 'INCR AOF';
    await reportFile(file, label, index === files.length - 1, request);
  }
  if (isManifest) print('All AOF files and manifest are valid');
}

async function reportFile(file: FileCheck, label: string, isLast: boolean, request: CheckRequest): Promise<void> {
  const { bytes, fault, hasSnapshot, isFixable, laterOffset, name, soundBytes } = file;
  if (bytes === 0) {
    print(`${label} ${name} is empty`);
    return;
  }
  if (fault !== null && !isFixable)
    print(`RDB preamble of AOF file is not sane at offset ${fault.offset}: ${fault.reason}`);
  else if (hasSnapshot) print('RDB preamble is OK, proceeding with AOF tail...');
  if (fault !== null && isFixable) print(`0x${fault.offset.toString(16).padStart(16, ' ')}: ${fault.reason}`);
  if (request.untilSeconds > 0) {
    truncateToMoment(file, isLast, request.untilSeconds);
    if (laterOffset >= 0) return;
  }
  print(`AOF analyzed: filename=${name}, size=${bytes}, ok_up_to=${soundBytes}, diff=${bytes - soundBytes}`);
  if (fault === null) {
    print(`${label} ${name} is valid`);
    return;
  }
  if (!request.fixes || !isFixable) {
    print(`AOF ${name} is not valid.${isFixable ? ' Use the --fix option to try fixing it.' : ''}`);
    throw new Aborted();
  }
  if (!isLast) {
    print(`Failed to truncate AOF ${name} because it is not the last file`);
    throw new Aborted();
  }
  print(
    `This will shrink the AOF ${name} from ${bytes} bytes, with ${bytes - soundBytes} bytes, to ${soundBytes} bytes`,
  );
  if (!(await confirms())) {
    print('Aborting...');
    throw new Aborted();
  }
  shorten(file, soundBytes);
  print(`Successfully truncated AOF ${name}`);
}

/** Cuts a file where later moments begin. */
function truncateToMoment(file: FileCheck, isLast: boolean, untilSeconds: number): void {
  const { laterOffset, name } = file;
  if (laterOffset < 0) {
    print(`Truncate nothing in AOF ${name} to timestamp ${untilSeconds}`);
    return;
  }
  if (laterOffset === 0) {
    print(`AOF ${name} has nothing before timestamp ${untilSeconds}, aborting...`);
    throw new Aborted();
  }
  if (!isLast) {
    print(
      `Failed to truncate AOF ${name} to timestamp ${untilSeconds} to offset ${laterOffset} because it is not the last file.`,
    );
    print(
      'If you insist, please delete all files after this file according to the manifest file and delete the corresponding records in manifest file manually. Then re-run respd --check-aof.',
    );
    throw new Aborted();
  }
  shorten(file, laterOffset);
  print(`Successfully truncated AOF ${name} to timestamp ${untilSeconds}`);
}

/** Cuts a file; the whole of it is kept under another name. */
function shorten({ name, path }: FileCheck, bytes: number): void {
  const aside = `${path}.before-fix.${Math.floor(Date.now() / 1000)}`;
  try {
    copyFileSync(path, aside);
    truncateSync(path, bytes);
  } catch (error) {
    print(`Failed to truncate AOF ${name}: ${systemErrorText(error)}`);
    throw new Aborted();
  }
  print(`The file as it was is kept in ${aside}`);
}

async function confirms(): Promise<boolean> {
  process.stdout.write('Continue? [y/N]: ');
  const lines = createInterface({ input: process.stdin });
  try {
    for await (const line of lines) return /^y/i.test(line);
    return false;
  } finally {
    lines.close();
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
