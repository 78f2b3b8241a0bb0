/**
 * The types of WebAssembly's JavaScript interface, as far as it is used: Node has it, but its types come with those of
 * browsers (https://webassembly.github.io/spec/js-api/).
 */
declare global {
  namespace WebAssembly {
    interface Module {
      readonly [Symbol.toStringTag]: string;
    }
    interface ImportDescriptor {
      readonly module: string;
      readonly name: string;
      readonly kind: string;
    }
    interface Memory {
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    interface Table {
      readonly length: number;
      get(index: number): unknown;
      set(index: number, value: unknown): void;
      grow(elements: number): number;
    }
    type Imports = Readonly<Record<string, object>>;

    const Module: {
      new (bytes: Uint8Array): Module;
      imports(module: Module): readonly ImportDescriptor[];
    };
    const Instance: {
      new (module: Module, imports: Imports): { readonly exports: Readonly<Record<string, unknown>> };
    };
    const RuntimeError: { new (message?: string): Error };
  }
}

export {};
