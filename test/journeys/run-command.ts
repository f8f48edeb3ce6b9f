import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileCache } from './start-strongroom.ts';

export type CommandOutcome = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

const entry = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** A command that refuses to start must say so and end; one that serves instead is ended here, and fails its test. */
const timeoutMs = 20_000;

/** Runs `strongroom <arguments>` to its end. The machine's own environment never reaches it. */
export const runCommand = (
  parameters: readonly string[],
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> =>
  new Promise((resolve) => {
    const options = { env: { ...compileCache, STRONGROOM_DATA_DIR: dataDir, ...env }, timeout: timeoutMs };
    const child = execFile(process.execPath, [entry, ...parameters], options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
    });
  });
