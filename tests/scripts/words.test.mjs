// The words that scripts carry, and what their types say of them.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The keys of a catalogue below its name, as far as the first part goes. */
const keysOf = (catalogue, language) => {
  const lines = read(`shared/texts/${catalogue}/${language}.txt`).split('\n');
  const keys = lines.filter((it) => it && !it.startsWith('#')).map((it) => it.split(' = ')[0].slice(catalogue.length + 1));
  return new Set(keys.map((it) => it.split('.')[0]));
};

for (const [catalogue, type] of [
  ['element', 'ElementWords'],
  ['self-test', 'SelfTestWords'],
]) {
  test(`${type} has the keys of shared/texts/${catalogue} in every language`, () => {
    const body = read('app/scripts/bundle.d.ts').split(`export interface ${type} {`)[1].split('\n}')[0];
    const typed = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map((it) => it[1]).filter((it) => it !== 'lang');
    for (const file of readdirSync(new URL(`../../shared/texts/${catalogue}`, import.meta.url))) {
      const written = keysOf(catalogue, file.replace('.txt', ''));
      assert.deepEqual([...written].sort(), [...typed].sort(), file);
    }
  });
}
