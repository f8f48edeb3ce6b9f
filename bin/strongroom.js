#!/usr/bin/env -S node --max-semi-space-size=16 --heap-growing-percent=30
// V8 sizes its generations by the machine: on a large one it would keep three times what serves as fast. It must be told at the start.
// Plain enough for any Node since 10 to parse, so that an old one gets as far as the message.
var oldestMajor = 24;

if (Number(process.versions.node.split('.')[0]) < oldestMajor) {
  console.error(
    'strongroom needs Node ' +
      oldestMajor +
      ' or newer; this is ' +
      process.version +
      '. Install it from https://nodejs.org; in a checkout, "npm ci && npm start" brings it along.',
  );
  process.exit(1);
} else {
  // The published package holds JavaScript only; a checkout that was never built runs its TypeScript.
  import('../dist/src/cli/main.js').catch(function (error) {
    var notBuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /\/dist\/src\/cli\/main\.js$/.test(String(error.url));
    if (!notBuilt) throw error;
    return import('../src/cli/main.ts');
  });
}
