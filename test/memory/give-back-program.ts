/** Fills a heap, empties it, and prints the process's resident bytes before, between and after, as JSON. */
import { Heap } from '../../src/memory/heap.ts';
import { collectGarbage } from '../../src/memory/segment-pool.ts';

const TOTAL_BYTES = 600 * 1024 * 1024;

function fill(heap: Heap): void {
  const blocks = [];
  while (heap.usedBytes < TOTAL_BYTES) {
    const block = heap.allocate(21_824);
    const at = heap.byteOffset(block) + 8;
    heap.bytesOf(block).fill(blocks.length, at, at + 21_816);
    blocks.push(block);
  }
  full = process.memoryUsage.rss();
  for (const block of blocks) heap.free(block);
}

let full = 0;
const before = process.memoryUsage.rss();
const heap = new Heap();
fill(heap);
collectGarbage();
// The collector gives the memory of array buffers back on a thread of its own.
let after = process.memoryUsage.rss();
for (let turn = 0; turn < 50 && after - before > (full - before) / 4; turn++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  after = process.memoryUsage.rss();
}
process.stdout.write(JSON.stringify({ before, full, after, reserved: heap.reservedBytes }));
