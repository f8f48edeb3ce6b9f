/** The stack alone as a process of its own: takes the recorded answers, tells its ports. */
import { startStackAlone } from './stack-alone.ts';
import type { StackAloneJob } from './stack-alone.ts';

process.on('message', (job: StackAloneJob) => {
  startStackAlone(job).then(
    ({ apiPort, pciPort }) => process.send?.({ result: { apiPort, pciPort } }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
