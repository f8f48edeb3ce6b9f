import { join } from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

/** One object for Kubernetes, as far as every kind has it. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
};

/** The objects in what Helm printed; in its YAML `0440` is octal, as in Kubernetes. */
export const parseManifests = (text: string): readonly Manifest[] =>
  parseAllDocuments(text, { version: '1.1' }).flatMap((document) => {
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });

const modelOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;

/** What the JSON schemas of Kubernetes' own OpenAPI document refuse. They let unknown fields pass. */
const schemaFaults = async (manifest: Manifest): Promise<readonly string[]> => {
  type Model = new (data: Manifest) => { validate(): void };
  const module = (await import(modelOf(manifest))) as Readonly<Record<string, Model | undefined>>;
  const model = module[manifest.kind];
  if (model === undefined) return [`${manifest.kind} is no kind of ${manifest.apiVersion}`];
  try {
    new model(manifest).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${error instanceof Error ? error.message : 'refused'}`];
  }
};

const root = join(import.meta.dirname, '../..');

/** What the types made of the same document refuse: the compiler knows every field, so one that is misspelt is found too. */
const fieldFaults = (manifests: readonly Manifest[]): readonly string[] => {
  const path = join(root, 'rendered-manifests.ts');
  const source = manifests
    .map((manifest, index) => {
      const { kind } = manifest;
      return `import type { I${kind} as K${index} } from '${modelOf(manifest)}';\nconst m${index}: K${index} = ${JSON.stringify(manifest)};\nvoid m${index};`;
    })
    .join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => file === path || fileExists.call(host, file);
  host.readFile = (file) => (file === path ? source : readFile.call(host, file));
  host.getSourceFile = (file, version, ...rest) =>
    file === path ? ts.createSourceFile(file, source, version) : getSourceFile.call(host, file, version, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start = 0 }) => {
    const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
    const manifest = manifests[Math.floor(line / 3)];
    return `${manifest?.kind} ${manifest?.metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
};

/** What Kubernetes would refuse or ignore. */
export const faultsOfManifests = async (manifests: readonly Manifest[]): Promise<readonly string[]> => [
  ...(await Promise.all(manifests.map(schemaFaults))).flat(),
  ...fieldFaults(manifests),
];

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string } };
  }[];
  readonly args?: readonly string[];
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  };
  readonly resources?: {
    readonly limits?: { readonly memory?: string };
    readonly requests?: { readonly cpu?: string };
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe?: {
    readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string };
  };
  readonly readinessProbe?: {
    readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string };
  };
};

export type Pod = {
  readonly component: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: {
    readonly automountServiceAccountToken?: boolean;
    readonly hostNetwork?: boolean;
    readonly securityContext?: {
      readonly runAsNonRoot?: boolean;
      readonly runAsUser?: number;
      readonly seccompProfile?: { readonly type: string };
    };
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly secret?: { readonly secretName: string; readonly defaultMode?: number };
      readonly emptyDir?: { readonly medium?: string };
      readonly hostPath?: unknown;
    }[];
  };
};

/** The pods that Deployments and Jobs make. */
export const podsOf = (manifests: readonly Manifest[]): readonly Pod[] =>
  manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map(({ spec }) => {
      const { template } = spec as {
        template: { metadata: { labels: Readonly<Record<string, string>> }; spec: Pod['spec'] };
      };
      const { labels } = template.metadata;
      return { component: labels['app.kubernetes.io/component'] ?? '', labels, spec: template.spec };
    });
