// What the scripts decide without looking at the page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterpart, hasKept, isWasm, keptAt } from '../../app/scripts/decide.js';

test('only the very type is compiled while it arrives', () => {
  for (const type of ['application/wasm', ' Application/WASM ']) assert.equal(isWasm(type), true, type);
  for (const type of [null, '', 'application/octet-stream', 'application/wasm; charset=utf-8', 'text/plain'])
    assert.equal(isWasm(type), false, type);
});

test('a field of the form has its counterpart in the widget', () => {
  assert.equal(counterpart('person-name'), 'f-person-name');
  assert.equal(counterpart('f-eligibility-need'), 'f-eligibility-need');
});

test('each place on a page keeps under a name of its own', () => {
  assert.equal(keptAt(''), 'precheck-v1');
  assert.equal(keptAt('2'), 'precheck-v1-2');
});

const plain = (of) => JSON.stringify({ language: '', shared_device: false, plain: { eligibility: ['', '', '', ''], ...of } });

test('a tab that has answered something, or reads another language, goes on with that', () => {
  for (const kept of [
    plain({ eligibility: ['', 'no', '', ''] }),
    plain({ agreed: [false, true] }),
    plain({ acknowledged: [true, false] }),
    plain({ own_device: false }),
    JSON.stringify({ shared_device: true }),
    JSON.stringify({ language: 'en' }),
  ]) {
    assert.equal(hasKept(kept, 'ja'), true, kept);
  }
});

test('a tab that has answered nothing begins with the first step that is there', () => {
  for (const kept of [
    null,
    '',
    '{',
    'null',
    '7',
    plain({}),
    plain({ own_device: null }),
    // Found out by the program itself.
    plain({ checks: ['passed'], details: ['chrome'] }),
    JSON.stringify({ language: 'ja' }),
  ]) {
    assert.equal(hasKept(kept, 'ja'), false, kept);
  }
});
