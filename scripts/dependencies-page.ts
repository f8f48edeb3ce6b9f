import { createRequire } from 'node:module';
import { cruise, type IConfiguration, type ICruiseOptions } from 'dependency-cruiser';

/** A room is a folder below src/ or vault/, or a file that stands beside them. */
const rooms = '^(src|vault)/[^/]+';

/** `docs/dependencies.md`: who imports whom, drawn from the imports themselves. Types count: an arrow is knowledge, not only code. */
export const renderDependenciesPage = async (): Promise<string> => {
  const { options, forbidden = [] } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as IConfiguration;
  const cruiseOptions: ICruiseOptions = {
    ...options,
    includeOnly: '^(src|vault)/',
    outputType: 'mermaid',
    reporterOptions: { mermaid: { minify: false } },
  };
  const { output } = await cruise(['src', 'vault'], { ...cruiseOptions, collapse: rooms });
  if (typeof output !== 'string') throw new Error('dependency-cruiser drew nothing');
  const ruleRows = forbidden.map(({ name, comment }) => `| \`${name}\` | ${comment} |`);
  return `# Who imports whom

<!-- Made by \`npm run generate\` from the imports and from .dependency-cruiser.cjs. -->

An arrow means “imports from”, types included. \`npm run layers\` refuses every other one.

\`\`\`mermaid
${withSortedArrows(output)}
\`\`\`

## The rules

| rule | reason |
|---|---|
${ruleRows.join('\n')}
`;
};

/** The order in which files were visited is no part of the picture. */
const withSortedArrows = (drawing: string): string => {
  const lines = drawing.trim().split('\n');
  const isArrow = (line: string): boolean => line.includes('-->');
  return [...lines.filter((line) => !isArrow(line)), ...lines.filter(isArrow).sort()].join('\n');
};
