/** A shopping cart: a hash per user, of article and quantity, which is forgotten after a day. */
const DAY_SECONDS = 24 * 60 * 60;

export class Cart {
  /** @param redis a connection of ioredis */
  constructor(redis, user) {
    this.redis = redis;
    this.key = `cart:${user}`;
  }

  async add(article, quantity = 1) {
    await this.redis.multi().hincrby(this.key, article, quantity).expire(this.key, DAY_SECONDS).exec();
  }

  remove(article) {
    return this.redis.hdel(this.key, article);
  }

  async content() {
    const entries = Object.entries(await this.redis.hgetall(this.key));
    return Object.fromEntries(entries.map(([article, quantity]) => [article, Number(quantity)]));
  }
}
