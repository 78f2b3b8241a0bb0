/**
 * The processor time of the thread that asks, which is the one that serves clients.
 */
import { readFileSync } from 'node:fs';

/** The kernel's unit for processor time in /proc: USER_HZ, which is 100 on all of Linux that Node runs on. */
const TICK_US = 10_000;

/** In microseconds, to a hundredth of a second before Node 23.9; null where neither Node nor the kernel can tell. */
export function threadUsage(): NodeJS.CpuUsage | null {
  const node: NodeJS.Process & { threadCpuUsage?(): NodeJS.CpuUsage } = process;
  if (node.threadCpuUsage !== undefined) return node.threadCpuUsage();
  try {
    return parseStat(readFileSync('/proc/thread-self/stat', 'latin1'));
  } catch {
    return null;
  }
}

/** From proc(5): the 14th and 15th field. The second is a name, in parentheses, which may have spaces. */
function parseStat(stat: string): NodeJS.CpuUsage {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) * TICK_US, system: Number(fields[12]) * TICK_US };
}
