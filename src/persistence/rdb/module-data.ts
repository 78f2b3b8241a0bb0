/**
 * What modules of Redis put into files. Nobody but the module can read a value's meaning, but its parts say what they
 * are, so that it can be passed over.
 */
import { MODULE_DOUBLE, MODULE_EOF, MODULE_FLOAT, MODULE_SINT, MODULE_STRING, MODULE_UINT } from './format.ts';
import type { RdbReader } from './rdb-reader.ts';

const NAME_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const NAME_LENGTH = 9;
const LETTER_BITS = 6n;
/** The lowest bits are the version of the encoding. */
const VERSION_BITS = 10n;

/** The name of a module's type, of which its number consists. */
export function moduleTypeName(id: bigint): string {
  let name = '';
  let rest = id >> VERSION_BITS;
  for (let i = 0; i < NAME_LENGTH; i++) {
    name = NAME_LETTERS[Number(rest & 63n)] + name;
    rest >>= LETTER_BITS;
  }
  return name;
}

/** Passes over the parts of a value, and its end. */
export function skipModuleParts(reader: RdbReader): void {
  for (;;) {
    const { offset } = reader;
    const part = reader.length();
    switch (part) {
      case MODULE_EOF:
        return;
      case MODULE_SINT:
      case MODULE_UINT:
        reader.word();
        break;
      case MODULE_FLOAT:
        reader.skip(4);
        break;
      case MODULE_DOUBLE:
        reader.skip(8);
        break;
      case MODULE_STRING:
        reader.skipString();
        break;
      default:
        throw reader.damaged(`unknown part ${part} of a module's value`, offset);
    }
  }
}
