// What the element's attributes say, in every spelling.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePlace, languageOf, placeOfFrame, startOf, themeOf, wantsNoFrame } from '../../app/scripts/attributes.js';

const KNOWN = ['ja', 'ja-easy', 'en', 'vi', 'zh'];

/** An element with these attributes. */
const element = (attributes) => ({ getAttribute: (name) => attributes[name] ?? null });

test('a language is meant whatever a content management system makes of it', () => {
  for (const [attribute, expected] of [
    ['JA', 'ja'],
    ['en_US', 'en'],
    ['EN', 'en'],
    ['ja_JP', 'ja'],
    ['vi-VN', 'vi'],
    ['zh-Hans-CN', 'zh'],
    ['zh_CN', 'zh'],
    ['zh_TW', 'zh'],
    [' en ', 'en'],
    ['ja-easy', 'ja-easy'],
    ['JA_EASY', 'ja-easy'],
    ['ja-Jpan-JP', 'ja'],
  ]) {
    assert.equal(languageOf([attribute, 'vi'], KNOWN), expected, attribute);
  }
});

test('a language without words gives way to the address, the browser, and English', () => {
  assert.equal(languageOf(['xx', null, 'vi-VN', 'ja'], KNOWN), 'vi');
  assert.equal(languageOf([null, 'zh', 'vi'], KNOWN), 'zh');
  assert.equal(languageOf(['', undefined, 'pt-BR', 'ne'], KNOWN), 'en');
  // Names of what every object has are no languages.
  assert.equal(languageOf(['constructor', '__proto__', 'ja'], KNOWN), 'ja');
});

test('beginning, colours and isolation are read without regard to case and space', () => {
  assert.equal(startOf(element({ start: ' Check' })), 'check');
  assert.equal(startOf(element({ only: 'CHECK' })), 'check');
  assert.equal(startOf(element({ start: 'receipt', only: 'check' })), 'receipt');
  assert.equal(startOf(element({ start: 'toString' })), '');
  assert.equal(themeOf(element({ theme: 'DARK ' })), 'dark');
  assert.equal(themeOf(element({ theme: 'auto' })), '');
  assert.equal(wantsNoFrame(element({ isolation: 'None' })), true);
  assert.equal(wantsNoFrame(element({})), false);
});

test('each element of a page has a place of its own, the first one the nameless', () => {
  assert.equal(freePlace([]), '');
  assert.equal(freePlace(['']), '2');
  assert.equal(freePlace(['2']), '');
  assert.equal(freePlace(['', '3', '2']), '4');
  assert.equal(placeOfFrame('precheck-2'), '2');
  for (const name of ['', 'top', 'precheck-', 'precheck-0', 'precheck-x', 'precheck-2x']) assert.equal(placeOfFrame(name), '', name);
});
