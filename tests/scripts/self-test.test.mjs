// What the self-test decides (app/scripts/self-test/judge.js).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  asText,
  filled,
  findingIn,
  gradeOf,
  inOrder,
  isAbout,
  isSwallowing,
  lackedIn,
  verdictOn,
} from '../../app/scripts/self-test/judge.js';

const WORDS = {
  lang: 'en',
  bad: 'In the way: {count}.',
  good: 'Nothing.',
  title: 'Self-test',
  why: 'Why: {text}',
  cure: 'Do: {text}',
  grades: { bad: 'Bad', caution: 'Note', good: 'Good', unknown: '?' },
  findings: {
    camera: { good: 'Yes.', bad: 'No.', unknown: 'Who knows.', why: 'Else none.', cure: 'Write {header}.', elsewhere: 'Try another.' },
  },
};

test('what an office writes between the tags is no rest of a page', () => {
  assert.equal(isSwallowing({ tags: [], letters: 0 }), false);
  assert.equal(isSwallowing({ tags: ['p', 'a', 'br'], letters: 120 }), false);
  assert.equal(isSwallowing({ tags: ['noscript', 'p', 'ul', 'li', 'li', 'h2', 'img'], letters: 600 }), false);
});

test('a tag that closes itself swallows the rest of the page, whatever that is', () => {
  for (const tag of [
    'footer',
    'header',
    'main',
    'nav',
    'aside',
    'section',
    'h1',
    'form',
    'script',
    'iframe',
    'online-counselling-precheck',
  ]) {
    assert.equal(isSwallowing({ tags: ['p', tag], letters: 10 }), true, tag);
    assert.equal(isSwallowing({ tags: [tag.toUpperCase()], letters: 0 }), true, tag);
  }
  assert.equal(isSwallowing({ tags: ['div'], letters: 5000 }), true, 'many words');
  assert.equal(isSwallowing({ tags: Array(60).fill('div'), letters: 50 }), true, 'many elements');
});

test('of a sandbox is told what the widget lacks in it, saving and printing too', () => {
  const all = ['allow-scripts', 'allow-same-origin', 'allow-forms', 'allow-popups', 'allow-downloads', 'allow-modals'];
  assert.deepEqual(lackedIn(null), []);
  assert.deepEqual(lackedIn(all), []);
  assert.deepEqual(lackedIn(all.map((it) => it.toUpperCase())), []);
  assert.deepEqual(lackedIn(['allow-popups', 'allow-scripts', 'allow-same-origin', 'allow-forms']), ['allow-downloads', 'allow-modals']);
  assert.deepEqual(lackedIn(['']), all);
});

test('a browser that does not tell is not taken for one that forbids', () => {
  assert.deepEqual([true, false, null, undefined].map(gradeOf), ['good', 'bad', 'unknown', 'unknown']);
});

test('a finding says why and what to do unless all is well', () => {
  const good = findingIn(WORDS, 'camera', 'good', {});
  assert.deepEqual([good.what, good.why, good.cure], ['Yes.', undefined, undefined]);
  const bad = findingIn(WORDS, 'camera', 'bad', { header: 'camera=(self)' });
  assert.deepEqual([bad.what, bad.why, bad.cure], ['No.', 'Else none.', 'Write camera=(self).']);
  assert.equal(findingIn(WORDS, 'camera', 'unknown', {}).cure, 'Try another.');
});

test('values stand as they are, dollar signs too, and a gap without one stays', () => {
  assert.equal(filled('{a} and {b} and {a}', { a: '$&', b: 0 }), '$& and 0 and $&');
  assert.equal(filled('{c}', {}), '{c}');
});

test('what is to be mended comes first and is counted', () => {
  const of = (...grades) => grades.map((it) => findingIn(WORDS, 'camera', it, {}));
  const sorted = inOrder(of('good', 'unknown', 'bad', 'good', 'bad'));
  assert.deepEqual(
    sorted.map((it) => it.grade),
    ['bad', 'bad', 'unknown', 'good', 'good'],
  );
  assert.deepEqual(verdictOn(WORDS, sorted), { isBad: true, told: 'In the way: 2.' });
  assert.deepEqual(verdictOn(WORDS, of('good', 'unknown')), { isBad: false, told: 'Nothing.' });
});

test('the text to be copied holds page, browser, verdict and every finding', () => {
  const found = [findingIn(WORDS, 'camera', 'bad', { header: 'x' }), findingIn(WORDS, 'camera', 'good', {})];
  const text = asText(WORDS, 'In the way: 1.', found, { page: 'https://www.example.jp/', browser: 'B/1' });
  assert.equal(text, 'Self-test\nhttps://www.example.jp/\nB/1\n\nIn the way: 1.\n[Bad] No.\nWhy: Else none.\nDo: Write x.\n[Good] Yes.');
});

test('a violation is ours when the browser names our address or, of a frame, our origin', () => {
  const ours = 'https://precheck.example.jp/embed/frame-test';
  const of = (directive, blocked) => isAbout({ directive, blocked }, 'frame-src', ours);
  assert.equal(of('frame-src', 'https://precheck.example.jp'), true);
  assert.equal(of('frame-src', ours), true);
  assert.equal(of('connect-src', ours), false);
  assert.equal(of('frame-src', 'https://elsewhere.example.jp'), false);
});

test('every matter that is found has its words, and no others have', () => {
  const page = ['self-test.js', 'self-test/page.js'].map((it) => readFileSync(new URL(`../../app/scripts/${it}`, import.meta.url), 'utf8'));
  const used = new Set(page.join('\n').match(/(?<=finding\(')[a-z]+(?=')/g));
  for (const language of ['ja', 'en']) {
    const words = readFileSync(new URL(`../../shared/texts/self-test/${language}.txt`, import.meta.url), 'utf8');
    const written = new Set(words.match(/(?<=^self-test\.findings\.)[a-z]+/gm));
    assert.deepEqual([...used].sort(), [...written].sort(), language);
  }
});
