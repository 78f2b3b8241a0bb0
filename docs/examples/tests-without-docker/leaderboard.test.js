import { Redis } from 'ioredis';
import { createServer } from 'respd';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Leaderboard } from './leaderboard.js';

let server;
let redis;

beforeAll(async () => {
  server = await createServer();
  redis = new Redis(server.url);
});
beforeEach(() => server.execute('FLUSHALL'));
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

it('begins empty: other files have servers of their own', async () => {
  expect(await server.execute('DBSIZE')).toBe(0);
});

it('ranks players by their best result', async () => {
  const board = new Leaderboard(redis);
  expect(await board.report('ada', 10)).toBe(true);
  expect(await board.report('grace', 30)).toBe(true);
  expect(await board.report('ada', 20)).toBe(true);
  expect(await board.report('grace', 5)).toBe(false);
  expect(await board.best(10)).toEqual(['grace', 'ada']);
  expect([await board.rank('ada'), await board.rank('alan')]).toEqual([2, null]);
});
