/** What the functions of `cjson` can be told to do. */
export interface JsonSettings {
  readonly encode: {
    sparseConvert: boolean;
    sparseRatio: number;
    sparseSafe: number;
    maxDepth: number;
    invalidNumbers: 'off' | 'on' | 'null';
    precision: number;
    keepBuffer: boolean;
  };
  readonly decode: { maxDepth: number; invalidNumbers: boolean };
}

export function defaultJsonSettings(): JsonSettings {
  return {
    encode: {
      sparseConvert: false,
      sparseRatio: 2,
      sparseSafe: 10,
      maxDepth: 1000,
      invalidNumbers: 'off',
      precision: 14,
      keepBuffer: true,
    },
    decode: { maxDepth: 1000, invalidNumbers: true },
  };
}
