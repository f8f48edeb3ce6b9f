import { resolve } from 'node:path';
import type { Command } from 'commander';
import { dnsNames, wholeNumber } from '../config/setting-parsers.ts';
import { refuse } from '../domain/result.ts';
import { systemClock } from '../platform/system-clock.ts';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import { writeCertificates } from './certs/write-certificates.ts';
import { fail, print } from './output.ts';

const namesByDefault = 'strongroom-api,strongroom-worker,strongroom-vault';
/** An authority lives for ten years, and nothing outlives who signed it. */
const daysMax = 3650;

export const addCertsCommand = (program: Command): void => {
  program
    .command('certs')
    .description('Make a private authority, and certificates that the parts of a split server know each other by.')
    .requiredOption('--out <folder>', 'where the files go; an authority that is there already signs again')
    .option('--names <names>', 'the parts, separated by commas: one certificate each', namesByDefault)
    .option('--days <days>', 'how long the certificates are good', '365')
    .action(({ out, names, days }: { out: string; names: string; days: string }) => {
      const parsedNames = dnsNames(names);
      if (!parsedNames.ok) return fail(`--names ${parsedNames.error}: give DNS names, separated by commas.`);
      const parsedDays = wholeNumber(1, daysMax)(days);
      if (!parsedDays.ok) return fail(`--days ${parsedDays.error}: give a whole number from 1 to ${daysMax}.`);
      const order = { folder: resolve(out), names: parsedNames.value, days: parsedDays.value };
      const written = inReach(() => writeCertificates(order, { clock: systemClock, random: openSystemRandomness() }));
      if (!written.ok) return fail(written.error);
      for (const { file, meaning } of written.value) print(`${file}\n  ${meaning}`);
      print(
        '\nGood to start with. Where it matters, bring certificates of your own authority and renew them by its rules.',
      );
    });
};

/** A folder that cannot be written and a key that cannot be read are said in words. */
const inReach = (write: () => ReturnType<typeof writeCertificates>): ReturnType<typeof writeCertificates> => {
  try {
    return write();
  } catch (error) {
    return refuse(`The certificates cannot be made: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};
