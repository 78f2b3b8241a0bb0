import { describe, expect, it } from 'vitest';
import { ChunkPool, LARGE_CHUNK_BYTES, SMALL_CHUNK_BYTES } from '../../src/protocol/chunk-pool.ts';

describe('ChunkPool', () => {
  it('hands out what it was given, each size apart', () => {
    const pool = new ChunkPool();
    const small = pool.takeSmall();
    const large = pool.takeLarge();
    expect([small.length, large.length]).toEqual([SMALL_CHUNK_BYTES, LARGE_CHUNK_BYTES]);
    pool.give(small);
    pool.give(large);
    expect(pool.freeBytes).toBe(SMALL_CHUNK_BYTES + LARGE_CHUNK_BYTES);
    expect(pool.takeLarge()).toBe(large);
    expect(pool.takeSmall()).toBe(small);
    expect(pool.takeSmall()).not.toBe(small);
    expect(pool.freeBytes).toBe(0);
  });

  it('keeps no more than it may', () => {
    const pool = new ChunkPool(LARGE_CHUNK_BYTES);
    const chunks = [pool.takeLarge(), pool.takeLarge(), pool.takeSmall()];
    for (const chunk of chunks) pool.give(chunk);
    expect(pool.freeBytes).toBe(LARGE_CHUNK_BYTES);
    expect(pool.takeLarge()).toBe(chunks[0]);
  });
});
