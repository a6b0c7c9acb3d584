// Page and frame understand each other, also across a release.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, written } from '../../app/scripts/protocol.js';

const MESSAGES = [
  { kind: 'hello' },
  { kind: 'theme', theme: 'dark' },
  { kind: 'height', height: 1234 },
  { kind: 'focus', top: -20 },
  { kind: 'event', name: 'step', value: 'consent' },
];

test('what is written is read', () => {
  for (const message of MESSAGES) assert.deepEqual(read(JSON.parse(JSON.stringify(written(message)))), message);
});

test('a frame is understood by the loader of the release before', () => {
  assert.equal(written({ kind: 'height', height: 900 }).precheckHeight, 900);
  assert.equal(written({ kind: 'focus', top: 12 }).precheckFocus, 12);
  const told = written({ kind: 'event', name: 'ready', value: 'ja' });
  assert.deepEqual([told.precheckTold, told.value], ['ready', 'ja']);
});

test('a frame understands the loader of the release before', () => {
  assert.deepEqual(read('precheck:height'), { kind: 'hello' });
  assert.deepEqual(read({ precheckTheme: 'light' }), { kind: 'theme', theme: 'light' });
});

test('what is of somebody else, of another version or of another shape says nothing', () => {
  for (const data of [
    undefined,
    null,
    'hello',
    7,
    [],
    {},
    { kind: 'height', height: 900 },
    { precheck: 2, kind: 'hello' },
    { precheck: 1, kind: 'other' },
    { precheck: 1, kind: 'height', height: '900' },
    { precheck: 1, kind: 'height', height: Number.NaN },
    { precheck: 1, kind: 'height', height: Number.POSITIVE_INFINITY },
    { precheck: 1, kind: 'event' },
    { precheck: 1, kind: 'theme', theme: null },
  ]) {
    assert.equal(read(data), undefined, JSON.stringify(data));
  }
});
