/** Users and passwords. */

import { section } from '../directive.ts';
import { choice } from '../kinds/choice.ts';
import { integer } from '../kinds/integer.ts';
import { secret, text } from '../kinds/text.ts';
import { INT64_MAX } from '../numbers.ts';

export const security = section('Security', [
  secret('requirepass', {
    sensitive: true,
    example: 'secret',
    form: 'a password',
    summary: 'The password of the default user. Passwords can be tried very fast: take a long one.',
  }),
  text('aclfile', {
    default: '',
    immutable: true,
    form: 'a path, or "" for none',
    summary: 'A file with the users, which ACL LOAD reads and ACL SAVE writes. Without it they are "user" lines here.',
  }),
  integer('acllog-max-len', {
    default: 128,
    min: 0,
    max: INT64_MAX,
    summary: 'How many refusals ACL LOG remembers.',
  }),
  choice('acl-pubsub-default', {
    options: ['allchannels', 'resetchannels'],
    default: 'resetchannels',
    summary: 'Which channels a new user may use: all or none.',
  }),
]);
