/** The bare server as a process of its own: takes the recorded answers, tells its ports. */
import { startBareHttp } from './bare-http.ts';
import type { RecordedAnswer } from './bare-http.ts';

process.on('message', (answers: readonly RecordedAnswer[]) => {
  startBareHttp(answers).then(
    ({ apiPort, pciPort }) => process.send?.({ result: { apiPort, pciPort } }),
    (error: unknown) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
