import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const pages = globSync('**/*.md', {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist|strongroom-data)(\/|$)/.test(path),
});

/** As GitHub names the places of a page. */
const placeOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
const placesOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => placeOf(heading));

/** Links to files of the repository, and to places in them. */
const linksIn = (text: string): readonly string[] =>
  [...text.replaceAll(/```[^]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

const isBroken = (page: URL, link: string): boolean => {
  const [path = '', place] = link.split('#');
  const target = path === '' ? page : new URL(path, page);
  if (!existsSync(target)) return true;
  return place !== undefined && !placesOf(readFileSync(target, 'utf8')).includes(place);
};

test('every link of a page to another one leads there', () => {
  assert.ok(pages.length > 5, pages.join());
  const broken = pages.flatMap((path) => {
    const page = new URL(path, root);
    return linksIn(readFileSync(page, 'utf8'))
      .filter((link) => isBroken(page, link))
      .map((link) => `${path}: ${link}`);
  });
  assert.deepEqual(broken, []);
});

test('a link to a missing page or place would be found', () => {
  const readme = new URL('README.md', root);
  for (const link of ['docs/missing.md', 'docs/operating.md#missing', '#missing'])
    assert.ok(isBroken(readme, link), link);
  assert.ok(!isBroken(readme, 'docs/operating.md#what-is-in-pci-scope'));
  assert.deepEqual(linksIn('[a](b.md) [c](https://d) ```[e](f)``` [g](#h)'), ['b.md', '#h']);
});
