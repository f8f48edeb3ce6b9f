/** The driver as a process of its own: takes jobs over the channel to its parent and answers each with its result. */
import { drive } from './drive.ts';
import type { DriveJob } from './drive.ts';

process.on('message', (job: DriveJob) => {
  drive(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) =>
      process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// A driver without its parent has nobody to drive for.
process.on('disconnect', () => process.exit(0));
