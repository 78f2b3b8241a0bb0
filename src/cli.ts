#!/usr/bin/env node
import { readCommandLine } from './config/command-line.ts';
import { loadConfig } from './config/load.ts';
import { Server } from './server.ts';

const line = readCommandLine(process.argv.slice(2));
const loaded = loadConfig({ ...(line.file === null ? {} : { file: line.file }), directives: line.directives });
const server = new Server({ config: loaded.config, log: (level, message) => console.log(level, message) });
await server.start();
console.log('Ready to accept connections');
