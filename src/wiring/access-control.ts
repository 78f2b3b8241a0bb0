/** Users and their rights, put together from what else the server has. */
import { Acl } from '../dispatch/acl/acl.ts';
import { AclLog } from '../dispatch/acl/acl-log.ts';
import { CommandIndex } from '../dispatch/acl/command-index.ts';
import type { Subscriptions } from '../dispatch/acl/subscriptions.ts';
import { Users } from '../dispatch/acl/users.ts';
import { Authenticator } from '../dispatch/authenticator.ts';
import { describeClient } from '../dispatch/client-info.ts';
import type { PubSubService } from '../dispatch/pubsub-service.ts';
import type { LogLevel, ServerServices } from '../dispatch/server-services.ts';
import { Slice } from '../lib/slice.ts';

export function createAcl(
  services: Pick<ServerServices, 'clock' | 'config' | 'log' | 'pubsub' | 'registry' | 'stats' | 'watches'>,
): Acl {
  const { clock, config, pubsub, registry, stats, watches } = services;
  const tell = (level: LogLevel, message: string): void => services.log(level, message);
  const log = new AclLog(clock, stats, (session) => describeClient(session, clock.nowMs(), watches));
  const index = new CommandIndex(registry);
  const users = new Users({
    commands: index,
    get allChannels() {
      return config.get('acl-pubsub-default') === 'allchannels';
    },
    deprecated: (rule) =>
      tell(
        'warning',
        `Deprecation warning: Allowing a first arg of an otherwise blocked command is a misuse of ACL and may get disabled in the future (offender: ${rule})`,
      ),
  });
  const authenticator = new Authenticator(users, log);
  return new Acl({ index, users, log, authenticator, config, subscriptions: subscriptionsOf(pubsub), tell });
}

function subscriptionsOf(pubsub: PubSubService): Subscriptions {
  const slices = (names: Iterable<string>): Slice[] =>
    Array.from(names, (name) => Slice.from(Buffer.from(name, 'latin1')));
  return {
    channelsOf: (session) => [
      ...slices(pubsub.subscriptions(session, 'channel')),
      ...slices(pubsub.subscriptions(session, 'shard')),
    ],
    patternsOf: (session) => slices(pubsub.subscriptions(session, 'pattern')),
  };
}
