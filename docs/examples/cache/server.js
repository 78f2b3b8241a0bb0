/**
 * Products over HTTP: GET /products/1, and PUT /products/1 with a new price.
 *
 *     respd --appendonly yes
 *     DATABASE_URL=postgres://localhost/shop PORT=3000 node server.js
 *
 * With LOCAL_CACHE=yes entries are kept in this process, too, and respd says when they have changed (client-side
 * caching).
 */
import express from 'express';
import pg from 'pg';
import { BasicClientSideCache, createClient, createClientPool } from 'redis';
import { Products } from './products.js';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const clientSideCache = new BasicClientSideCache({ ttl: 0, maxEntries: 10_000 });
const cache = createClient(process.env.LOCAL_CACHE === 'yes' ? { url, RESP: 3, clientSideCache } : { url });
const connections = createClientPool({ url });
const database = new pg.Pool({ connectionString: process.env.DATABASE_URL });
for (const each of [cache, connections, database]) each.on('error', (error) => console.error(error.message));
await Promise.all([cache.connect(), connections.connect()]);

const products = new Products(database, cache, connections);
const app = express();
app.use(express.json());

app.get('/products/:id', async (request, response) => {
  const { product, from } = await products.read(Number(request.params.id));
  const { hitCount } = clientSideCache.stats();
  response.set('X-From', from).set('X-Local-Hits', String(hitCount));
  response.status(product === null ? 404 : 200).json(product);
});

app.put('/products/:id', async (request, response) => {
  await products.changePrice(Number(request.params.id), Number(request.body.price));
  response.status(204).end();
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
