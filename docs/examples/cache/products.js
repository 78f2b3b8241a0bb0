/**
 * Products in PostgreSQL, with a cache in front of them that never answers what has been changed.
 *
 * A reader that finds nothing in the cache reads the row and puts it there for an hour. A writer marks the entry before
 * it changes the row, and removes it afterwards. Between the two, readers see the mark, go to the database, and cache
 * nothing. A reader that has read the old row just before can't cache it either: it watches the entry, and the mark
 * makes its transaction fail.
 *
 * The mark is also what makes a crash harmless. Whenever the writer or respd dies after the row was changed, what is
 * left in the cache is the mark, not the old row, provided that respd remembers the mark (append-only file) or forgets
 * everything (no persistence). Snapshots alone would bring back what was cached when the last one was taken.
 */
import { WatchError } from 'redis';

const HOUR_SECONDS = 3600;
const CHANGING = 'changing';
/** Longer than any change takes. */
const CHANGE_SECONDS = 60;

export class Products {
  /**
   * @param database a pool of pg
   * @param cache a client of node-redis; with a cache of its own, respd tells it which entries have become invalid
   * @param connections a pool of node-redis, for transactions
   */
  constructor(database, cache, connections) {
    this.database = database;
    this.cache = cache;
    this.connections = connections;
  }

  /** The product, and where it was found. */
  async read(id) {
    const key = `product:${id}`;
    const cached = await this.cache.get(key);
    if (cached !== null && cached !== CHANGING) return { product: JSON.parse(cached), from: 'cache' };
    return {
      product: await this.connections.execute((connection) => this.load(id, key, connection)),
      from: 'database',
    };
  }

  async changePrice(id, price) {
    const key = `product:${id}`;
    await this.cache.set(key, CHANGING, { expiration: { type: 'EX', value: CHANGE_SECONDS } });
    await this.database.query('UPDATE products SET price = $2 WHERE id = $1', [id, price]);
    await this.cache.del(key);
  }

  async load(id, key, connection) {
    await connection.watch(key);
    const isChanging = (await connection.get(key)) === CHANGING;
    const { rows } = await this.database.query('SELECT id, name, price FROM products WHERE id = $1', [id]);
    const product = rows[0] ?? null;
    if (isChanging) {
      await connection.unwatch();
      return product;
    }
    try {
      const expiration = { type: 'EX', value: HOUR_SECONDS };
      await connection.multi().set(key, JSON.stringify(product), { expiration }).exec();
    } catch (error) {
      if (!(error instanceof WatchError)) throw error;
    }
    return product;
  }
}
