import type { Keyspace } from './keyspace.ts';

export class ExpiryCycle {
  enabled = true;
  constructor(_keyspace: Keyspace) {}
  run(_nowMs: number, _budgetMs: number): boolean {
    return false;
  }
}
