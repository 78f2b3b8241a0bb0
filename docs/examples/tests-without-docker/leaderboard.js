/** A leaderboard: a sorted set of players by their best result. */
const KEY = 'leaderboard';

export class Leaderboard {
  /** @param redis a connection of ioredis */
  constructor(redis) {
    this.redis = redis;
  }

  /** True where it is the player's best so far. */
  async report(player, points) {
    return (await this.redis.zadd(KEY, 'GT', 'CH', points, player)) === 1;
  }

  best(count) {
    return this.redis.zrange(KEY, 0, count - 1, 'REV');
  }

  /** 1 is the best; null for somebody who has not played. */
  async rank(player) {
    const rank = await this.redis.zrevrank(KEY, player);
    return rank === null ? null : rank + 1;
  }
}
