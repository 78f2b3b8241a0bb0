/**
 * A queue of tasks that loses none, whichever worker dies and whenever.
 *
 * Tasks wait in the list `tasks`. A worker takes one by moving it into a list of its own, in one step, and takes it out
 * of there only when its result is stored, in one step too. So a task is always in exactly one list. While a worker
 * lives, it renews a key that expires; when the key is gone, whoever notices puts the worker's tasks back.
 *
 * A worker that was only slow may find that another has done its task as well: storing a result twice must be harmless.
 * Here it is, since results are stored under the task's identifier.
 */
const TASKS = 'tasks';
const RESULTS = 'results';
const WORKERS = 'workers';
const ALIVE_SECONDS = 2;
const TAKE_SECONDS = 1;

const ownList = (worker) => `tasks:${worker}`;
const aliveKey = (worker) => `alive:${worker}`;

export class Queue {
  /** @param redis a connection of ioredis that may block */
  constructor(redis) {
    this.redis = redis;
  }

  /** Adds tasks, which have an `id`. */
  add(...tasks) {
    return this.redis.lpush(TASKS, ...tasks.map((task) => JSON.stringify(task)));
  }

  /** Says that the worker lives; to be called before anything else, and at least once a second. */
  async beat(worker) {
    await this.redis.multi().set(aliveKey(worker), '', 'EX', ALIVE_SECONDS).sadd(WORKERS, worker).exec();
  }

  /** The text of the oldest task, which is now the worker's; null where there was none for a while. */
  take(worker) {
    return this.redis.blmove(TASKS, ownList(worker), 'RIGHT', 'LEFT', TAKE_SECONDS);
  }

  /** Stores the result of a task that the worker has taken. */
  async finish(worker, task, result) {
    const { id } = JSON.parse(task);
    await this.redis.multi().hset(RESULTS, id, JSON.stringify(result)).lrem(ownList(worker), 1, task).exec();
  }

  /** Puts back the tasks of workers that have died. Any number of workers may do it at the same time. */
  async recover() {
    for (const worker of await this.redis.smembers(WORKERS)) {
      if ((await this.redis.exists(aliveKey(worker))) === 1) continue;
      while ((await this.redis.lmove(ownList(worker), TASKS, 'LEFT', 'RIGHT')) !== null);
      await this.redis.srem(WORKERS, worker);
    }
  }
}
