/**
 * A server for this file alone, on a port that was free: nothing is shared with the other files, which run at the same
 * time, and nothing needs to be installed or running.
 */
import { Redis } from 'ioredis';
import { createServer } from 'respd';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Cart } from './cart.js';

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

it('adds up', async () => {
  const cart = new Cart(redis, 'ada');
  await cart.add('tea');
  await cart.add('tea', 2);
  await cart.add('sugar');
  await cart.remove('sugar');
  expect(await cart.content()).toEqual({ tea: 3 });
});

it('belongs to its user', async () => {
  await new Cart(redis, 'ada').add('tea');
  expect(await new Cart(redis, 'grace').content()).toEqual({});
});

it('is forgotten after a day', async () => {
  await new Cart(redis, 'ada').add('tea');
  expect(await server.execute('TTL', 'cart:ada')).toBe(86_400);
});
