/**
 * Where Lua 5.1 keeps what, in the WebAssembly module that {@link openLuaModule} loads: 32-bit pointers, doubles as
 * numbers (lobject.h, lstate.h). Host functions read arguments and tables straight from memory: a call into the module
 * for each value would cost more than everything else they do. The module is pinned by its digest, so these hold.
 *
 *     TValue     value (8 bytes: a double, a pointer, or a truth value) | type tag
 *     TString    header (6) | reserved | hash | length | bytes
 *     Table      header (6) | flags | log2 of nodes | metatable | array | nodes | last free | gclist | array size
 *     Node       value (TValue) | key (TValue, whose padding holds the next node)
 */

/** A thread, table, string, function or other object of Lua. */
export type LuaPointer = number;

export const T_NIL = 0;
export const T_BOOLEAN = 1;
export const T_LIGHT_USERDATA = 2;
export const T_NUMBER = 3;
export const T_STRING = 4;
export const T_TABLE = 5;
export const T_FUNCTION = 6;
export const T_THREAD = 8;

/** Bytes of a value on the stack or in an array. */
export const VALUE_BYTES = 16;
/** Where a value's type tag is. */
export const VALUE_TAG = 8;

/** Where the collector's marks of an object are, and the one of what it has looked at whole. */
export const OBJECT_MARKS = 5;
export const MARK_BLACK = 1 << 2;

export const STRING_LENGTH = 12;
export const STRING_BYTES = 16;

export const TABLE_LOG_NODES = 7;
export const TABLE_METATABLE = 8;
export const TABLE_ARRAY = 12;
export const TABLE_NODES = 16;
export const TABLE_ARRAY_SIZE = 28;
export const NODE_BYTES = 32;
/** Where in a node its key is. */
export const NODE_KEY = 16;

/** Of a function: whether it is C's, and which of the table of functions, or its prototype. */
export const CLOSURE_IS_C = 6;
export const CLOSURE_FUNCTION = 16;

export const PROTOTYPE_LINES = 20;
export const PROTOTYPE_LINE_COUNT = 48;

export const THREAD_TOP = 8;
export const THREAD_BASE = 12;
/** C calls that are nested in the thread, as 16 bits, and how many of them were when it was resumed. */
export const THREAD_C_CALLS = 52;
export const THREAD_BASE_C_CALLS = 54;

export const REGISTRY_INDEX = -10000;
export const GLOBALS_INDEX = -10002;
/** The first upvalue of the running C function. */
export const UPVALUE_INDEX = -10003;

/** Results of resuming and calling. */
export const STATUS_OK = 0;
export const STATUS_YIELD = 1;
export const STATUS_RUN_ERROR = 2;
export const STATUS_MEMORY = 4;

export const HOOK_MASK_LINE = 4;
export const HOOK_MASK_COUNT = 8;
/** The events of a hook, at the beginning of a debug record. */
export const HOOK_COUNT = 3;

export const GC_COLLECT = 2;
export const GC_COUNT = 3;
export const GC_STEP = 5;
