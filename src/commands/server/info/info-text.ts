/**
 * The text of INFO: sections of `field:value` lines.
 */
import type { ServerServices } from '../../../dispatch/server-services.ts';
import { formatBytes } from '../../../lib/memory-size.ts';

/** One section of INFO. */
export interface InfoSection {
  /** What INFO is asked with, in lower case. */
  readonly names: readonly string[];
  readonly title: string;
  /** When it is shown: in a plain INFO too, in `INFO all` too, or only when it is asked for by name. */
  readonly shown: 'by-default' | 'with-all' | 'by-name';
  readonly write: (server: ServerServices, text: InfoText) => void;
}

export class InfoText {
  private text = '';

  get value(): string {
    return this.text;
  }

  section(title: string): void {
    this.text += `${this.text === '' ? '' : '\r\n'}# ${title}\r\n`;
  }

  field(name: string, value: string | number): void {
    this.text += `${name}:${typeof value === 'number' ? Math.trunc(value) : value}\r\n`;
  }

  /** A number with `digits` digits after the point. */
  decimal(name: string, value: number, digits: number, unit = ''): void {
    this.text += `${name}:${value.toFixed(digits)}${unit}\r\n`;
  }

  /** The field in bytes, and again with `_human` behind its name. */
  bytes(name: string, value: number): void {
    this.field(name, value);
    this.field(`${name}_human`, formatBytes(Math.trunc(value)));
  }
}
