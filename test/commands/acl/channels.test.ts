/**
 * Channels: which of them users may use, beside Redis.
 */
import { describe, it } from 'vitest';
import { besideRedis, replies } from '../connection/beside-redis.ts';

describe('a user', () => {
  const both = besideRedis();

  it('publishes and subscribes where its rules allow it', async () => {
    await both.same(async (open) => {
      const admin = await open();
      const ann = await open();
      const all = await replies(admin, 'ACL SETUSER ann on nopass +@pubsub +multi +exec +discard &foo:1 &bar:*');
      all.push(
        ...(await replies(
          ann,
          'AUTH ann x',
          'PUBLISH foo:1 a',
          'PUBLISH bar:2 a',
          'PUBLISH zap a',
          'SPUBLISH bar:2 a',
          'SPUBLISH zap a',
          'SUBSCRIBE zap',
          'SUBSCRIBE foo:1 zap',
          'PSUBSCRIBE bar:x',
          'PSUBSCRIBE bar:?',
          'SSUBSCRIBE zap',
          'PUBSUB CHANNELS',
          'MULTI',
          'PUBLISH zap a',
          'EXEC',
          'MULTI',
          'SUBSCRIBE zap',
          'DISCARD',
          'UNSUBSCRIBE zap',
          'PUNSUBSCRIBE zap*',
          'SUNSUBSCRIBE zap',
          'SUBSCRIBE foo:1',
          'PSUBSCRIBE bar:*',
          'SSUBSCRIBE bar:9',
        )),
      );
      all.push(...(await replies(admin, 'ACL DELUSER ann')));
      await ann.closed();
      return all;
    });
  });

  for (const [subscription, before, after, stays] of [
    ['SUBSCRIBE foo:1', '&foo:1', 'resetchannels', false],
    ['SSUBSCRIBE foo:1', '&foo:1', 'resetchannels', false],
    ['PSUBSCRIBE bar:*', '&bar:*', 'resetchannels', false],
    ['PSUBSCRIBE foo', 'allchannels', 'resetchannels', false],
    ['PSUBSCRIBE foo', 'allchannels', 'resetchannels &f*', false],
    ['SUBSCRIBE foo', 'allchannels', 'resetchannels &f*', true],
    ['PSUBSCRIBE bar:*', '&bar:* &x', 'resetchannels &bar:* &y', true],
    ['SUBSCRIBE foo:1', '&foo:1', 'allchannels', true],
    ['SUBSCRIBE foo:1', '&foo:1', 'resetchannels (&foo:1)', true],
  ] as const) {
    it(`subscribed by ${subscription} ${stays ? 'stays' : 'is disconnected'}: ${before}, then ${after}`, async () => {
      await both.same(async (open) => {
        const admin = await open();
        const ann = await open();
        const all = await replies(admin, `ACL SETUSER ann reset on nopass +@all ${before}`);
        all.push(...(await replies(ann, 'AUTH ann x', subscription)));
        all.push(...(await replies(admin, `ACL SETUSER ann ${after}`)));
        if (stays) all.push(...(await replies(ann, 'PING')));
        else await ann.closed();
        all.push(...(await replies(admin, 'ACL DELUSER ann')));
        return all;
      });
    });
  }
});
