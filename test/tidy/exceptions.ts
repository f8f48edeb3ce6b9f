/** The only places where a rule does not hold. One that is no longer needed fails the test, so that the table stays short. */
export const exceptions: readonly { readonly rule: string; readonly path: string; readonly reason: string }[] = [
  { rule: 'no-clock', path: 'src/platform/system-clock.ts', reason: 'the Clock port, implemented' },
  { rule: 'no-timer', path: 'src/platform/system-scheduler.ts', reason: 'the Scheduler port, implemented' },
  { rule: 'no-timer', path: 'src/platform/system-timers.ts', reason: 'the Timers port, implemented' },
  {
    rule: 'no-timer',
    path: 'src/store/sqlite/writer-worker.ts',
    reason: 'a thread of its own has no ports; the order to close stops it',
  },
  { rule: 'no-environment', path: 'src/cli/settings-of.ts', reason: 'hands the real environment to loadConfig' },
  {
    rule: 'no-environment',
    path: 'src/cli/demo.ts',
    reason: 'NO_COLOR is a convention of terminals, no setting of ours',
  },
  {
    rule: 'card-secrets-in-the-vault',
    path: 'scripts/sandbox-page.ts',
    reason: 'prints the test cards, which are nobody’s',
  },
];
