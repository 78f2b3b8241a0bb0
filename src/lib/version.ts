/** The version of Redis whose commands and replies the server offers; clients decide by it what they may use. */
export const REDIS_VERSION = '7.2.4';

/** The server's own version, that of package.json. */
export const RESPD_VERSION = '0.1.0';
