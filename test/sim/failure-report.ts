import { runSteps, type Run } from './run-seed.ts';
import { shrink } from './shrink.ts';
import type { Step } from './step.ts';

/** Some tens of seconds at most. */
const runsMax = 1_500;

const told = (step: Step): string => {
  switch (step.do) {
    case 'call':
      return `node ${step.node} gets ${JSON.stringify(step.order)}`;
    case 'repeat':
      return `node ${step.node} gets the request of step ${step.of} again`;
    case 'clash':
      return `node ${step.node} gets another request under the key of step ${step.of}`;
    case 'turn': {
      const { fate } = step;
      if (fate.type === 'ok') return '';
      return fate.type === 'message' ? `[${fate.journey}, code ${fate.responseCode}] ` : `[${fate.type}] `;
    }
    case 'pass':
      return `${step.ms} ms pass`;
    case 'crash':
      return `node ${step.node} dies and starts again`;
  }
};

/** A call with all its turns, or a worker with all its rounds. */
const ownerOf = (step: Step): string | undefined => {
  if (step.do === 'turn') return step.label.split('.')[0];
  return step.do === 'call' || step.do === 'repeat' || step.do === 'clash' ? `c${step.id}` : undefined;
};

/** What broke, and the shortest way found that leads there, step by step. */
export const reportFailure = async (seed: number, { violation, steps }: Run): Promise<string> => {
  if (violation === undefined) return '';
  const isSame = async (shorter: readonly Step[]): Promise<boolean> =>
    (await runSteps(seed, shorter))?.code === violation.code;
  const needed = await shrink(steps, isSame, runsMax, ownerOf);
  const lines: string[] = [];
  const again = await runSteps(seed, needed, (step, done) => lines.push(`  ${step.id}: ${told(step)}${done}`));
  return [
    `seed ${seed}, step ${violation.step}: ${violation.code}`,
    `  ${violation.text}`,
    `${needed.length} of ${steps.length} steps are enough:`,
    ...lines,
    `  then: ${again?.text ?? 'nothing'}`,
  ].join('\n');
};
