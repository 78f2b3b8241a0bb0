/**
 * What loading and writing files have to say to the log.
 */
export type LoadLog = (level: 'debug' | 'notice' | 'warning', message: string) => void;
