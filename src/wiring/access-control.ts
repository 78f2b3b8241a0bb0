/** Users and their rights, put together from what else the server has. */
import { Acl } from '../dispatch/acl/acl.ts';
import { AclLog } from '../dispatch/acl/acl-log.ts';
import { CommandIndex } from '../dispatch/acl/command-index.ts';
import { Users } from '../dispatch/acl/users.ts';
import { Authenticator } from '../dispatch/authenticator.ts';
import { describeClient } from '../dispatch/client-info.ts';
import type { LogLevel, ServerServices } from '../dispatch/server-services.ts';

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
  return new Acl({ index, users, log, authenticator, config, subscriptions: pubsub, tell });
}
