import { renderApiPage } from './api-page.ts';
import { renderConfigurationPage } from './configuration-page.ts';
import { renderDependenciesPage } from './dependencies-page.ts';
import { renderSandboxPage } from './sandbox-page.ts';

/** A file that is committed and made by a program: CI makes it again, and a difference is red. */
export type GeneratedFile = {
  /** From the root of the repository. */
  readonly path: string;
  /** The whole text; the same for the same sources, on any machine. */
  readonly render: () => Promise<string>;
};

export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'docs/api.md', render: renderApiPage },
  { path: 'docs/configuration.md', render: renderConfigurationPage },
  { path: 'docs/dependencies.md', render: renderDependenciesPage },
  { path: 'docs/sandbox.md', render: renderSandboxPage },
];
