// The committed description is what trimming makes of the pinned package, and the fake answers what it describes.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';

import {Contract} from './contract.mjs';
import {ROUTES} from './fake/api.mjs';
import {readList} from './operations.mjs';
import {readWholeDescription, renderDescription, trim} from './trim.mjs';

test("description.json is what trim.mjs makes of GitHub's description", () => {
  const made = renderDescription(trim(readWholeDescription(), readList('operations.txt')));
  assert.ok(readFileSync(new URL('description.json', import.meta.url), 'utf8') === made, 'run node tests/github/trim.mjs, and read what it changed');
});

test('every operation that may be called is answered by the fake, and no other', () => {
  assert.deepEqual(Object.keys(ROUTES).sort(), new Contract().operations().sort());
});

test('what need not be called can be', () => {
  const operations = readList('operations.txt');
  assert.deepEqual(readList('uncalled.txt').filter((operation) => !operations.includes(operation)), []);
});

test('an operation that GitHub does not have is not taken for one', () => {
  assert.throws(() => trim(readWholeDescription(), ['GET /no/such/path']), /has no GET \/no\/such\/path/);
});

test('the lock file names no host', () => {
  assert.doesNotMatch(readFileSync(new URL('package-lock.json', import.meta.url), 'utf8'), /"resolved"/);
});
