import type { ComposeFile } from '../../scripts/deploy/compose-file.ts';
import type { Container, Pod } from '../../scripts/deploy/manifests.ts';

/** What a process of `deploy/` is started as: its command, and the variables that it sees. */
export type StartedAs = {
  readonly name: string;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Only `postgres://` decides how the server reads the value of a Secret that is not here. */
const someDatabase = 'postgres://node:secret@db.example/strongroom';

/** The services of compose.yaml that run the program. */
export const composeEnvironments = ({ services }: ComposeFile): readonly StartedAs[] =>
  Object.entries(services)
    .filter(([, { environment = {} }]) => 'STRONGROOM_ROLE' in environment)
    .map(([name, { environment = {}, command: [command = ''] = [] }]) => ({
      name,
      command,
      // By deploy/compose/start.ts, from a file.
      env: { STRONGROOM_DATA_DIR: '/var/lib/strongroom', STRONGROOM_DATABASE_URL: someDatabase, ...environment },
    }));

const valueOf = ({ value, valueFrom }: NonNullable<Container['env']>[number], podAddress: string): string =>
  valueFrom?.secretKeyRef !== undefined ? someDatabase : (value?.replace('$(POD_IP)', podAddress) ?? podAddress);

/** The pods of the chart that run the program. */
export const podEnvironments = (pods: readonly Pod[]): readonly StartedAs[] =>
  pods.flatMap(({ component, spec }) =>
    spec.containers.map(({ args: [command = ''] = [], env = [] }) => ({
      name: component,
      command,
      env: Object.fromEntries(env.map((entry) => [entry.name, valueOf(entry, '10.1.2.3')])),
    })),
  );
