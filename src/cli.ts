#!/usr/bin/env node
/** The program `respd`. */
import { runProgram } from './program/program.ts';

await runProgram(process.argv.slice(2));
