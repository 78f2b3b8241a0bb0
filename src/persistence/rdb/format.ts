/**
 * The RDB file format: what stands in a file besides the data (`rdb.h` and `rdb.c` of Redis 7.0.15).
 *
 * ```text
 * file      | "REDIS" | version, 4 digits | aux field … | function library … | database … | EOF | CRC-64, 8 |
 * aux       | AUX | string name | string value |
 * database  | SELECTDB | length number | RESIZEDB | length keys | length expiring keys | pair … |
 * pair      | EXPIRETIME_MS, 8 bytes |? | IDLE, length |? | FREQ, byte |? | type | string key | value |
 *
 * length    00xxxxxx                    6 bits
 *           01xxxxxx xxxxxxxx           14 bits, the upper ones first
 *           10000000 4 bytes            32 bits, big-endian
 *           10000001 8 bytes            64 bits, big-endian
 *           11eeeeee                    no length: a string in the special encoding e
 * string    | length | bytes |
 *           | 11, INT8/16/32 | that many bits, little-endian, signed |     the digits of an integer
 *           | 11, LZF | length compressed | length | compressed bytes |
 * ```
 *
 * Times and binary doubles are little-endian. The checksum covers all that is before it; 0 says that there is none. A
 * DUMP payload is `| type | value | version, 2 | CRC-64, 8 |`, both little-endian.
 */

/** What files begin with; four decimal digits of the version follow. */
export const MAGIC = 'REDIS';
/** Bytes of the magic and the version. */
export const FILE_HEADER_BYTES = 9;

/** The version that is written: that of Redis 7.0, which everything newer reads. */
export const WRITTEN_VERSION = 10;
/** The versions that are read: Redis's, … */
export const OLDEST_VERSION = 1;
export const NEWEST_VERSION = 12;
/** … and Valkey's. */
export const VALKEY_VERSION = 80;
/** From this version on a file ends with a checksum. */
export const CHECKSUM_SINCE_VERSION = 5;

export const CHECKSUM_BYTES = 8;
/** Bytes of a DUMP payload behind the value: version and checksum. */
export const DUMP_FOOTER_BYTES = 10;

// Lengths

/** The upper two bits of a length's first byte. */
export const LENGTH_6_BITS = 0x00;
export const LENGTH_14_BITS = 0x40;
export const LENGTH_ENCODED = 0xc0;
export const LENGTH_KIND_MASK = 0xc0;
/** First bytes of the longer lengths. */
export const LENGTH_32_BITS = 0x80;
export const LENGTH_64_BITS = 0x81;

// Special encodings of strings: the lower six bits after LENGTH_ENCODED

export const ENCODED_INT8 = 0;
export const ENCODED_INT16 = 1;
export const ENCODED_INT32 = 2;
export const ENCODED_LZF = 3;

// Opcodes

/** Valkey's slot information, a hint: slot, keys, expiring keys. Since version 12 of Redis too. */
export const OPCODE_SLOT_INFO = 244;
export const OPCODE_FUNCTION2 = 245;
/** The form of function libraries in release candidates of 7.0. */
export const OPCODE_FUNCTION_PRE_GA = 246;
export const OPCODE_MODULE_AUX = 247;
export const OPCODE_IDLE = 248;
export const OPCODE_FREQ = 249;
export const OPCODE_AUX = 250;
export const OPCODE_RESIZEDB = 251;
export const OPCODE_EXPIRETIME_MS = 252;
/** The deadline in seconds, 4 bytes: before version 3. */
export const OPCODE_EXPIRETIME = 253;
export const OPCODE_SELECTDB = 254;
export const OPCODE_EOF = 255;

// Parts of modules' values

export const MODULE_EOF = 0;
export const MODULE_SINT = 1;
export const MODULE_UINT = 2;
export const MODULE_FLOAT = 3;
export const MODULE_DOUBLE = 4;
export const MODULE_STRING = 5;

// Types of values

export const RDB_STRING = 0;
/** A count and as many strings. */
export const RDB_LIST = 1;
export const RDB_SET = 2;
/** Members with scores as texts: a length byte, or 253 NaN, 254 infinity, 255 minus infinity. */
export const RDB_ZSET = 3;
export const RDB_HASH = 4;
/** Members with scores as doubles. */
export const RDB_ZSET_2 = 5;
/** A module's value that only the module can read. */
export const RDB_MODULE = 6;
/** A module's value in parts that say what they are. */
export const RDB_MODULE_2 = 7;
export const RDB_HASH_ZIPMAP = 9;
export const RDB_LIST_ZIPLIST = 10;
export const RDB_SET_INTSET = 11;
export const RDB_ZSET_ZIPLIST = 12;
export const RDB_HASH_ZIPLIST = 13;
/** A count and as many ziplists. */
export const RDB_LIST_QUICKLIST = 14;
export const RDB_STREAM_LISTPACKS = 15;
export const RDB_HASH_LISTPACK = 16;
export const RDB_ZSET_LISTPACK = 17;
/** A count and as many nodes: a length that is one of the containers below, and a string. */
export const RDB_LIST_QUICKLIST_2 = 18;
export const RDB_STREAM_LISTPACKS_2 = 19;
/** Since version 11. */
export const RDB_SET_LISTPACK = 20;
export const RDB_STREAM_LISTPACKS_3 = 21;
/** What is above is an opcode, or unknown. */
export const LAST_TYPE = RDB_STREAM_LISTPACKS_3;

/** A quicklist node that is one long element. */
export const CONTAINER_PLAIN = 1;
/** A quicklist node that is a listpack. */
export const CONTAINER_PACKED = 2;

// Scores as texts: values of the length byte

export const SCORE_NAN = 253;
export const SCORE_INFINITY = 254;
export const SCORE_MINUS_INFINITY = 255;

// Names of aux fields

export const AUX_VERSION = 'redis-ver';
export const AUX_BITS = 'redis-bits';
/** When the file was begun, in Unix seconds. */
export const AUX_CREATED = 'ctime';
export const AUX_USED_MEMORY = 'used-mem';
export const AUX_REPLICATION_DATABASE = 'repl-stream-db';
export const AUX_REPLICATION_ID = 'repl-id';
export const AUX_REPLICATION_OFFSET = 'repl-offset';
/** 1 in the base file of an append-only file. */
export const AUX_AOF_BASE = 'aof-base';

/** Strings shorter than this are not compressed: it would gain nothing. */
export const MIN_COMPRESSED_BYTES = 21;
/** Longer strings are no integers: what is encoded as one has a sign and ten digits at most. */
export const MAX_INTEGER_BYTES = 11;
