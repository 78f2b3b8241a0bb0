/**
 * An Express application that keeps its sessions in respd, where they outlive the application and are shared by as many
 * instances of it as there are. A session is a key with a time to live, which every request renews.
 *
 *     respd --appendonly yes
 *     PORT=3000 node server.js
 */
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' });
// While respd restarts, the client connects again by itself, and requests wait.
client.on('error', (error) => console.error(`respd: ${error.message}`));
await client.connect();

const app = express();
app.use(express.json());
app.use(
  session({
    store: new RedisStore({ client, prefix: 'session:' }),
    secret: process.env.SESSION_SECRET ?? 'only for trying it out',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 30 * 60 * 1000 },
  }),
);

app.post('/login', (request, response, next) => {
  // A new session for a new user, so that nobody can plant one.
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.user = request.body.user;
    request.session.visits = 0;
    response.json({ user: request.session.user });
  });
});

app.get('/me', (request, response) => {
  if (request.session.user === undefined) return response.status(401).json({ error: 'not logged in' });
  request.session.visits++;
  response.json({ user: request.session.user, visits: request.session.visits });
});

app.post('/logout', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.status(204).end()));
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
