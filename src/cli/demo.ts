import type { Command } from 'commander';
import { runDemo } from './demo/run-demo.ts';
import { startThrowAwayServer } from './demo/throw-away-server.ts';
import { print } from './output.ts';

export const addDemoCommand = (program: Command): void => {
  program
    .command('demo')
    .description('Start a throw-away sandbox and walk the four steps of tokenisation on it.')
    .action(async () => {
      const entry = process.argv[1];
      if (entry === undefined) throw new Error('the entry file of this process is unknown');
      process.exitCode = await runDemo({
        startServer: () => startThrowAwayServer(entry),
        write: print,
        colours: process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined,
      });
    });
};
