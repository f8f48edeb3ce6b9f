// The program with its database's URL from a file: a URL holds a password, and `docker inspect` prints what stands in the environment.
import { readFileSync } from 'node:fs';

const { DATABASE_URL_FILE: file = '/run/strongroom/database-url', PROGRAM: program = '/app/bin/strongroom.js' } =
  process.env;
process.env['STRONGROOM_DATABASE_URL'] = readFileSync(file, 'utf8').trim();
await import(program);
