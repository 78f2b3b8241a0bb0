/** `respd --check-rdb FILE`: what a snapshot holds, and whether it is whole, as redis-check-rdb prints it. */
import { basename } from 'node:path';
import { quoteBytes } from '../lib/quoting.ts';
import { checkRdb, type RdbReport } from '../persistence/rdb/rdb-check.ts';

/** Reads a file and prints what is found. Answers whether it is whole and right. */
export function printRdbCheck(path: string): boolean {
  const report = checkRdb(path);
  for (const line of linesOf(path, report)) process.stdout.write(`${line}\n`);
  return report.fault === null;
}

function linesOf(path: string, report: RdbReport): string[] {
  const { emptyKeys, expiredKeys, expiringKeys, facts, fault, functions, keys, offset, types } = report;
  const lines = [`[offset 0] Checking RDB file ${basename(path)}`];
  for (const [name, value] of facts) lines.push(`[info] AUX FIELD ${quoted(name)} = ${quoted(value)}`);
  lines.push(...report.notes.map((note) => `[info] ${note}`));
  if (fault === null) {
    lines.push(`[offset ${offset}] \\o/ RDB looks OK! \\o/`);
  } else {
    lines.push('--- RDB ERROR DETECTED ---', `[offset ${fault.offset}] ${fault.reason}`);
    if (report.lastKey !== null) lines.push(`[additional info] The last key that could be read is ${report.lastKey}`);
  }
  lines.push(`[info] ${keys} keys read`, `[info] ${expiringKeys} expires`, `[info] ${expiredKeys} already expired`);
  if (emptyKeys > 0) lines.push(`[info] ${emptyKeys} keys without elements`);
  if (functions > 0) lines.push(`[info] ${functions} function libraries`);
  const rows = [...types].sort((a, b) => b.fileBytes - a.fileBytes);
  if (rows.length === 0) return lines;
  lines.push(row('type', 'keys', 'expires', 'bytes', 'largest key'));
  for (const { expiring, fileBytes, keys: count, largestBytes, largestKey, name } of rows) {
    lines.push(row(name, String(count), String(expiring), String(fileBytes), `${largestKey} (${largestBytes})`));
  }
  return lines;
}

/** A text of the file, one character a byte, as it can be shown on a terminal. */
function quoted(text: string): string {
  return quoteBytes(Buffer.from(text, 'latin1'));
}

function row(name: string, keys: string, expires: string, bytes: string, largest: string): string {
  return `[types] ${name.padEnd(20)} ${keys.padStart(10)} ${expires.padStart(10)} ${bytes.padStart(14)}  ${largest}`;
}
