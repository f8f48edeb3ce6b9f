import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { exitCodes } from './mutant-hook.ts';
import { type Mutant, mutants } from './mutants.ts';

type Verdict = { readonly outcome: 'caught' | 'escaped' | 'rotten'; readonly said: string };

/** Two at a time: a mutant that is caught late should not hold up all others. */
const atOnce = 2;

/** Runs the simulation, in a process of its own, over the product with one bug in it. */
export const hunt = (mutant: Mutant, seeds: number, steps: number): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    const args = [
      join(import.meta.dirname, 'main.ts'),
      '--mutant',
      mutant.name,
      '--seeds',
      String(seeds),
      '--steps',
      String(steps),
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('close', (code) => {
      const isCaught = code === exitCodes.broken && said.startsWith('seed ');
      const outcome = isCaught ? 'caught' : code === 0 ? 'escaped' : 'rotten';
      resolve({
        outcome,
        said: said
          .trim()
          .split('\n')
          .slice(0, isCaught ? 1 : 12)
          .join('\n'),
      });
    });
  });

/** Hunts every mutant and tells of each. @returns how many were not caught */
export const catchMutants = async (seeds: number, steps: number, tell: (line: string) => void): Promise<number> => {
  const waiting = [...mutants];
  let escaped = 0;
  const huntOn = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { outcome, said } = await hunt(mutant, seeds, steps);
      if (outcome !== 'caught') escaped++;
      tell(`${outcome.padEnd(8)} ${mutant.name}: ${said.slice(0, 160)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, huntOn));
  tell(`${mutants.length - escaped} of ${mutants.length} mutants were caught within ${seeds} seeds of ${steps} steps.`);
  return escaped;
};
