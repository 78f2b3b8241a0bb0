/**
 * MEMORY DOCTOR: what is unusual about the use of memory. Its first and last lines are those of Redis, and so are the
 * limits from which on it says something.
 */
import { type MemoryReport, ratio } from '../../dispatch/memory-monitor.ts';

const MIB = 1024 * 1024;
/** With less in use, nothing can be said. */
const MIN_USED_BYTES = 5 * MIB;
/** Less waste than this is not worth a word. */
const MIN_WASTE_BYTES = 10 * MIB;
const MAX_CLIENT_BYTES = 200 * 1024;

export function memoryAdvice(report: MemoryReport, clients: number): string {
  const { used, peak, allocated, active, reserved } = report;
  if (used < MIN_USED_BYTES) {
    return "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data.\n";
  }
  const issues: string[] = [];
  if (ratio(peak, used) > 1.5) {
    issues.push(
      'Peak memory: more than one and a half times as much memory was in use once. Segments that are empty are given back; those that still hold a few keys are used again as the data set grows.',
    );
  }
  if (ratio(active, allocated) > 1.1 && active - allocated > MIN_WASTE_BYTES) {
    issues.push(
      'High allocator fragmentation: slabs hold few blocks, as they do after many keys of one size were deleted. They are filled again by values of that size; activedefrag empties them.',
    );
  }
  if (ratio(reserved, active) > 1.1 && reserved - active > 2 * MIN_WASTE_BYTES + 32 * MIB) {
    issues.push(
      'High allocator reserve: segments are kept that hold no blocks. MEMORY PURGE frees what waits to be freed.',
    );
  }
  if (clients > 0 && report.normalClients / clients > MAX_CLIENT_BYTES) {
    issues.push(
      'Big client buffers: clients take more than 200K each. CLIENT LIST shows which; they may not read their replies fast enough, or send very large commands.',
    );
  }
  if (issues.length === 0) {
    return "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n";
  }
  const list = issues.map((issue) => ` * ${issue}\n\n`).join('');
  return `Sam, I detected a few issues in this Redis instance memory implants:\n\n${list}I'm here to keep you safe, Sam. I want to help you.\n`;
}
