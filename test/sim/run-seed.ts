import { chooseStep, temperOf } from './choose-step.ts';
import { seededRandom } from './seeded-random.ts';
import { openSimulation, type Tally, type Violation } from './simulation.ts';
import type { Step } from './step.ts';

export type Run = { readonly violation: Violation | undefined; readonly steps: readonly Step[] };

/** Runs one seed for so many steps, then lets everything come to rest. The same seed gives the same run. */
export const runSeed = async (seed: number, stepCount: number, tally: Tally): Promise<Run> => {
  const random = seededRandom(seed ^ 0x5bd1e995);
  const temper = temperOf(random);
  const simulation = await openSimulation(seed, temper.layout, tally);
  const steps: Step[] = [];
  try {
    for (let id = 1; id <= stepCount && simulation.violation() === undefined; id++) {
      const step = chooseStep(simulation, random, temper, id);
      steps.push(step);
      await simulation.perform(step);
    }
    if (simulation.violation() === undefined) await simulation.drain();
    return { violation: simulation.violation(), steps };
  } finally {
    simulation.close();
  }
};

/** Runs given steps, leaving out those that mean nothing where they stand. `tell` is given what each did. */
export const runSteps = async (
  seed: number,
  steps: readonly Step[],
  tell: (step: Step, done: string) => void = () => undefined,
): Promise<Violation | undefined> => {
  const { layout } = temperOf(seededRandom(seed ^ 0x5bd1e995));
  const simulation = await openSimulation(seed, layout, new Map());
  try {
    for (const step of steps) {
      if (await simulation.perform(step)) tell(step, simulation.lastDone());
      if (simulation.violation() !== undefined) return simulation.violation();
    }
    await simulation.drain();
    return simulation.violation();
  } finally {
    simulation.close();
  }
};
