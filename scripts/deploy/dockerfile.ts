import { validate } from 'dockerfile-utils';

/** One instruction with its continuation lines joined; `line` is where it begins. */
type Instruction = { readonly keyword: string; readonly text: string; readonly line: number };

/** Every instruction in order, without comments. */
const instructionsOf = (dockerfile: string): readonly Instruction[] => {
  const found: Instruction[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [index, raw] of dockerfile.split('\n').entries()) {
    if (/^\s*(#|$)/.test(raw)) continue;
    const text = raw.replace(/\\\s*$/, '').trim();
    open = open === undefined ? { line: index + 1, text } : { ...open, text: `${open.text} ${text}` };
    if (/\\\s*$/.test(raw)) continue;
    const [keyword = ''] = open.text.split(/\s/);
    found.push({ keyword: keyword.toUpperCase(), text: open.text.slice(keyword.length).trim(), line: open.line });
    open = undefined;
  }
  return found;
};

/** The image that a FROM names, with its arguments' defaults filled in. */
const imageOf = (from: Instruction, all: readonly Instruction[]): string => {
  const [name = ''] = from.text.replace(/--\S+\s+/g, '').split(/\s/);
  return name.replaceAll(/\$\{(\w+)\}/g, (_, argument: string) => {
    const declared = all.find(({ keyword, text }) => keyword === 'ARG' && text.startsWith(`${argument}=`));
    return declared?.text.slice(argument.length + 1) ?? '';
  });
};

const isPinned = (image: string): boolean => /@sha256:[0-9a-f]{64}$|:(?!latest$)[\w.-]+$/.test(image);
const namesSecret = /\b\w*(PASSWORD|SECRET|TOKEN|KEY)\w*=(?!\/)/i;

/** What is wrong with a Dockerfile: what the builder would refuse, and what would make the image less closed than promised. */
export const faultsOfDockerfile = (dockerfile: string): readonly string[] => {
  const faults = validate(dockerfile).map(
    ({ range, message }) => `line ${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
  );
  const all = instructionsOf(dockerfile);
  const stages = all.filter(({ keyword }) => keyword === 'FROM');
  const lastStage = all.slice(all.lastIndexOf(stages.at(-1) ?? { keyword: '', text: '', line: 0 }));
  const last = (keyword: string): string => lastStage.findLast((entry) => entry.keyword === keyword)?.text ?? '';

  for (const from of stages)
    if (!isPinned(imageOf(from, all))) faults.push(`line ${from.line}: the image has neither a version nor a digest`);
  for (const { keyword, text, line } of all) {
    if (keyword === 'ADD') faults.push(`line ${line}: COPY instead of ADD, which also fetches and unpacks`);
    if ((keyword === 'ENV' || keyword === 'ARG') && namesSecret.test(text))
      faults.push(`line ${line}: a secret would stay in the image`);
    if (keyword === 'COPY' && /^(--\S+\s+)*\.\/?\s/.test(text))
      faults.push(`line ${line}: the whole checkout is copied, with whatever lies in it`);
  }
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(last('USER')))
    faults.push('the last stage runs as no user with a number of its own');
  if (lastStage.some(({ keyword }) => keyword === 'RUN')) faults.push('the last stage runs a program: it has no shell');
  for (const keyword of ['ENTRYPOINT', 'CMD'])
    if (!last(keyword).startsWith('[')) faults.push(`${keyword} is not a list: it would want a shell`);
  if (last('HEALTHCHECK') === '') faults.push('there is no HEALTHCHECK');
  return faults;
};

/** The list behind the last ENTRYPOINT. */
export const entrypointOf = (dockerfile: string): readonly string[] => {
  const text = instructionsOf(dockerfile).findLast(({ keyword }) => keyword === 'ENTRYPOINT')?.text ?? '[]';
  return JSON.parse(text) as readonly string[];
};
