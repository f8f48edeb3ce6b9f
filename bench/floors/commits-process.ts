/** The commit floor as a process of its own, so that it starts as cold as a server does. */
import { runCommits } from './commits.ts';
import type { CommitJob } from './commits.ts';

process.on('message', (job: CommitJob) => {
  try {
    process.send?.({ result: runCommits(job) });
  } catch (error) {
    process.send?.({ failure: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
