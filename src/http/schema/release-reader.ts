import type { Static, TObject, TSchema } from 'typebox';
import type { Result } from '../../domain/result.ts';
import { type ApiVersion, apiVersions } from '../../domain/versions.ts';
import type { FieldErrors } from '../../problems/problems.ts';
import { type VersionTraits, versionTraits } from '../versions/version-traits.ts';
import { type BodyReader, bodyReader } from './reader.ts';

/** How a release differs from the union of all. */
type Differences = {
  /** Fields of other releases: an unknown field is ignored, so these are too, whatever they hold. */
  readonly ignored: readonly string[];
  /** Fields that hold less than in the union. */
  readonly narrower?: Readonly<Record<string, TSchema>>;
  /** Beside those that the union demands. */
  readonly required?: readonly string[];
};

/** The part of a schema that one release has. */
export const inRelease = <Schema extends TObject>(
  union: Schema,
  { ignored, narrower = {}, required = [] }: Differences,
): Schema => {
  // Where no field is required, the list is absent.
  const { required: inAll = [] }: { readonly required?: readonly string[] } = union;
  const fields = Object.entries({ ...union.properties, ...narrower }).filter(([name]) => !ignored.includes(name));
  return { ...union, properties: Object.fromEntries(fields), required: [...inAll, ...required] };
};

/** Reads bodies in the words of their callers' releases; compiles a schema for each, once. */
export const releaseReader = <Schema extends TObject>(
  schemaIn: (traits: VersionTraits) => Schema,
): ((body: unknown, version: ApiVersion) => Result<Static<Schema>, FieldErrors>) => {
  const readers = Object.fromEntries(
    apiVersions.map((version) => [version, bodyReader(schemaIn(versionTraits[version]))]),
  ) as Readonly<Record<ApiVersion, BodyReader<Schema>>>;
  return (body, version) => readers[version](body);
};
