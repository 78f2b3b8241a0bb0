/**
 * A lock that any number of processes may ask for, of which one has it.
 *
 * The lock is a key with a time to live, so that an owner that dies does not keep it; its value is known to the owner
 * alone. Only a script can compare the value and delete the key in one step: an owner whose time is over must not take
 * the lock away from the next one.
 *
 * What is done under the lock has to be done before it expires, or {@link Lock.extend} has to be called in time.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";
const EXTEND =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end";
const RETRY_MS = 10;

export class Lock {
  /** @param redis a connection of ioredis */
  constructor(redis, name, ttlMs) {
    this.redis = redis;
    this.key = `lock:${name}`;
    this.ttlMs = ttlMs;
    this.token = null;
  }

  /** True when the lock is now one's own. */
  async tryAcquire() {
    const token = randomUUID();
    if ((await this.redis.set(this.key, token, 'PX', this.ttlMs, 'NX')) === null) return false;
    this.token = token;
    return true;
  }

  async acquire() {
    while (!(await this.tryAcquire())) await sleep(RETRY_MS * (0.5 + Math.random()));
  }

  /** False when it was too late. */
  async extend() {
    return (await this.redis.eval(EXTEND, 1, this.key, this.token, this.ttlMs)) === 1;
  }

  /** False when it was not one's own any more. */
  async release() {
    return (await this.redis.eval(RELEASE, 1, this.key, this.token)) === 1;
  }
}
