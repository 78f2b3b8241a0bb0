/** What the tests use of redlock 4, which has no types of its own. */
declare module 'redlock' {
  interface Lock {
    readonly expiration: number;
    unlock(): Promise<void>;
    extend(ttlMs: number): Promise<Lock>;
  }

  export default class Redlock {
    constructor(clients: readonly unknown[], options?: { readonly retryCount?: number; readonly retryDelay?: number });
    lock(resource: string, ttlMs: number): Promise<Lock>;
  }
}
