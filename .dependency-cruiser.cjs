'use strict';
// The arrows that docs/dependencies.md draws, one rule each; `comment` is its reason and is printed with a violation.

/** A room may import only from the rooms named, as far as our own code goes. */
const room = (folder, allowed, comment) => ({
  name: `${folder.replace('/', '-')}-imports`,
  comment,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: '^(src|vault|bin|packages|bench|test|scripts)/', pathNot: allowed.map((path) => `^${path}`) },
});

/** A package or built-in module that only one place may know, so that it can be replaced there. */
const onlyIn = (name, module, places, comment) => ({
  name: `only-${name}`,
  comment,
  severity: 'error',
  from: { path: '^(src|vault)/', pathNot: places },
  to: { path: module },
});

module.exports = {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment:
        'The rules of money and cards are decided by pure, synchronous code: it imports nothing but itself, so that a whole state table can be tested in a millisecond.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'ports-are-interfaces',
      comment:
        'A port says what the inside needs in the words of the domain; knowing an adapter would turn the arrow round.',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/(ports|domain)/' },
    },
    room(
      'src/problems',
      ['src/(problems|domain)/'],
      'Problems are a table; whoever refuses names a code and nothing more.',
    ),
    room(
      'src/use-cases',
      ['src/(use-cases|domain|ports|problems)/'],
      'A use case runs on any store, any card processor and without HTTP.',
    ),
    room(
      'src/http',
      ['src/(http|use-cases|domain|problems|ports)/'],
      'HTTP translates. It reaches durable state only through a use case, where the rules are.',
    ),
    room('src/store', ['src/(store|ports|domain)/'], 'The store keeps what it is given and decides nothing.'),
    room(
      'src/workers',
      ['src/(workers|use-cases|domain|ports|problems)/'],
      'Workers are callers of use cases, like HTTP.',
    ),
    room(
      'src/webhooks',
      ['src/(webhooks|use-cases|domain|ports|problems)/'],
      'Delivery sees events, never the tables or the vault.',
    ),
    room(
      'src/link',
      ['src/(link|domain|ports)/'],
      'The link carries ports from one process to another; what they mean is decided at its ends.',
    ),
    room('src/platform', ['src/(platform|ports)/'], 'The adapters of time, timers and randomness stand alone.'),
    room('src/logging', ['src/(logging|ports)/'], 'The log is handed its scrubber; it does not know the vault.'),
    room('src/config', ['src/(config|domain|ports)/'], 'Settings are read before anything else exists.'),
    {
      name: 'vault-knows-no-platform',
      comment:
        'What an auditor has to read is vault/ and nothing else. It may use the vocabulary of the domain and the port that it implements; its listener also the types of the HTTP room.',
      severity: 'error',
      from: { path: '^vault/' },
      to: { path: '^(src|packages|bench|test|scripts)/', pathNot: ['^src/(domain|ports|problems)/', '^src/http/'] },
    },
    {
      name: 'vault-takes-types-only-from-ports',
      comment:
        'The vault implements the ports of the platform and words its refusals as the platform does, and never runs their code.',
      severity: 'error',
      from: { path: '^vault/' },
      to: { path: '^src/(ports|problems)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-intake-and-link-know-http',
      comment:
        'Card numbers arrive in one place, and the other parts of a split server knock at one other. The rest of the vault must not be able to answer a request.',
      severity: 'error',
      from: { path: '^vault/', pathNot: '^vault/(intake|link)/' },
      to: { path: ['^src/http/', '^node_modules/@?fastify'] },
    },
    {
      name: 'vault-takes-types-only-from-http',
      comment:
        'The PCI listener and the private one are handed what they need; code of the API listener does not run where card numbers are.',
      severity: 'error',
      from: { path: '^vault/(intake|link)/' },
      to: { path: '^src/http/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'vault-has-one-door',
      comment:
        'Only vault/index.ts may be imported: whatever is not exported there can change without a look at the platform.',
      severity: 'error',
      from: { pathNot: '^vault/' },
      to: { path: '^vault/', pathNot: '^vault/index\\.ts$' },
    },
    {
      name: 'vault-and-store-only-in-the-composition-root',
      comment: 'Everything else gets the ports. A second importer would be a second way to cards or rows.',
      severity: 'error',
      from: { path: '^(src|bin)/', pathNot: ['^src/main\\.ts$', '^src/composition/', '^src/cli/', '^src/store/'] },
      to: { path: ['^vault/', '^src/store/'] },
    },
    {
      name: 'nobody-imports-the-composition-root',
      comment: 'main.ts, composition/ and cli/ are where arrows begin.',
      severity: 'error',
      from: { path: '^(src|vault)/', pathNot: ['^src/main\\.ts$', '^src/composition/', '^src/cli/'] },
      to: { path: ['^src/main\\.ts$', '^src/composition/', '^src/cli/'] },
    },
    onlyIn(
      'logging-knows-pino',
      '^node_modules/pino',
      ['^src/logging/'],
      'Every line must pass the scrubber: use the Logger port.',
    ),
    onlyIn(
      'http-knows-fastify',
      '^node_modules/(@fastify|fastify)/',
      ['^src/http/', '^vault/(intake|link)/', '^src/composition/'],
      'A use case that knows requests cannot be called from a worker.',
    ),
    onlyIn(
      'adapters-know-sqlite',
      '^(node:)?sqlite$',
      ['^src/store/sqlite/', '^vault/acquirers/simulator/'],
      'One engine opens the database, with its durability settings asserted. The simulator’s ledger is the acquirer’s own.',
    ),
    onlyIn(
      'adapter-knows-pg',
      '^node_modules/(@types/)?pg/',
      ['^src/store/postgres/'],
      'One engine talks to the server, with its time-outs and types set.',
    ),
    onlyIn('cli-knows-commander', '^node_modules/commander/', ['^src/cli/'], 'Arguments are parsed in one place.'),
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or hide a third. Types alone may refer both ways.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphan',
      comment: 'A file that nothing imports and that imports nothing is dead.',
      severity: 'error',
      from: { orphan: true },
      to: {},
    },
    {
      name: 'no-dead-file',
      comment:
        'Everything under src/ and vault/ is reached from the command line; what only tests use is a fixture or belongs to test/. Worker threads are loaded by URL, and the schema text is for scripts/.',
      severity: 'error',
      from: { path: '^src/cli/main\\.ts$' },
      to: {
        path: '^(src|vault)/',
        pathNot: ['^src/cli/main\\.ts$', '-worker\\.ts$', '/(sqlite|postgres)-schema-text\\.ts$'],
        reachable: false,
      },
    },
    {
      name: 'no-dev-dependency',
      comment: 'The published package is installed without devDependencies.',
      severity: 'error',
      from: { path: '^(src|vault|bin)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-dependency',
      comment: 'A package that only happens to be installed is gone with the next update.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-bundled'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import fails when it is reached. bin/ tries the built program first and is excepted.',
      severity: 'error',
      from: { pathNot: '^bin/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['\\.(test|fixture)\\.ts$', '^dist/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
