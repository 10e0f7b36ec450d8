// Who may do what, how often, and what goes wrong on command.

import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {createSign, generateKeyPairSync} from 'node:crypto';
import {after, before, beforeEach, test} from 'node:test';
import {promisify} from 'node:util';

import {Stage} from './support.mjs';

const HERE = '/repos/acme/pkgs';
const run = promisify(execFile);

let stage;
let pull;
before(async () => {
  stage = await Stage.start();
  pull = await stage.openPull('first');
});
after(() => stage.stop());

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function jwt(claims, {key = stage.app.pem, alg = 'RS256'} = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({alg, typ: 'JWT'})}.${part({iat: now - 60, exp: now + 540, iss: stage.app.id, ...claims})}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}

// Past the proxy: here it is the fake that has to refuse.
async function ask(method, path, {token, body, headers = {}} = {}) {
  const authorization = token ? {authorization: `Bearer ${token}`} : {};
  const answer = await fetch(`${stage.fake.url}${path}`, {method, headers: {...authorization, ...headers}, ...(body ? {body: JSON.stringify(body)} : {})});
  const text = await answer.text();
  return {status: answer.status, headers: answer.headers, json: text ? JSON.parse(text) : undefined};
}

async function tokenOf(wanted = {}, installation = stage.installation.id) {
  const {status, json} = await ask('POST', `/app/installations/${installation}/access_tokens`, {token: jwt(), body: wanted});
  assert.equal(status, 201, JSON.stringify(json));
  return json.token;
}

beforeEach(async () => {
  await stage.control('clock', {offset_seconds: 0});
  await stage.control('faults', {faults: []});
});

test('a JWT is held to what GitHub holds it to', async () => {
  const now = Math.floor(Date.now() / 1000);
  const {privateKey: other} = generateKeyPairSync('rsa', {modulusLength: 2048});
  const bad = {
    'too long': jwt({exp: now + 700}),
    expired: jwt({exp: now - 1}),
    'of the future': jwt({iat: now + 100}),
    'without iat': jwt({iat: undefined}),
    'of nobody': jwt({iss: 1}),
    'signed by another': jwt({}, {key: other}),
    'of another algorithm': jwt({}, {alg: 'none'}),
    garbled: 'a.b.c',
  };
  for (const [what, token] of Object.entries(bad)) assert.equal((await ask('GET', '/app', {token})).status, 401, what);
  assert.equal((await ask('GET', '/app', {token: jwt()})).status, 200);
  assert.equal((await ask('GET', '/app', {token: jwt({iss: stage.app.client_id})})).status, 200);
});

test('a token ends after an hour, and when it is told to', async () => {
  const token = await tokenOf();
  assert.equal((await ask('GET', HERE, {token})).status, 200);
  await stage.control('clock', {offset_seconds: 3601});
  assert.equal((await ask('GET', HERE, {token})).status, 401);
  await stage.control('clock', {offset_seconds: 0});
  await stage.control('expire-tokens', {});
  assert.equal((await ask('GET', HERE, {token})).status, 401);
});

test('a token is good for its permissions and its repositories', async () => {
  await stage.control('repositories', {owner: 'acme', name: 'secret', from: stage.local.folder, private: true});
  await stage.control('repositories', {owner: 'acme', name: 'open', from: stage.local.folder});
  const reader = await tokenOf({permissions: {checks: 'read'}});
  const body = {name: 'EkaCI', head_sha: pull.head_sha};
  const status = async (...words) => (await ask(...words)).status;
  assert.equal(await status('POST', `${HERE}/check-runs`, {token: reader, body}), 403);
  assert.equal(await status('GET', `${HERE}/commits/main/check-runs`, {token: reader}), 200);
  assert.equal(await status('GET', '/repos/acme/secret', {token: reader}), 404);
  assert.equal(await status('GET', '/repos/acme/open', {token: reader}), 200);
  assert.equal(await status('POST', '/repos/acme/open/check-runs', {token: await tokenOf(), body}), 403);
  assert.equal(await status('POST', `/app/installations/${stage.installation.id}/access_tokens`, {token: jwt(), body: {permissions: {administration: 'write'}}}), 422);
  assert.equal(await status('POST', `/app/installations/${stage.installation.id}/access_tokens`, {token: jwt(), body: {repositories: ['secret']}}), 422);
  assert.equal(await status('GET', HERE), 401);
});

test('permissions that were agreed to are those of new tokens', async () => {
  const {id, permissions} = stage.installation;
  const before = await tokenOf();
  await stage.control('accept-permissions', {installation: id, permissions: {...permissions, checks: 'read'}});
  const after = await tokenOf();
  const make = async (token) => (await ask('POST', `${HERE}/check-runs`, {token, body: {name: 'x', head_sha: pull.head_sha}})).status;
  assert.deepEqual([await make(before), await make(after)], [201, 403]);
  await stage.control('accept-permissions', {installation: id, permissions});
  assert.equal(await make(await tokenOf()), 201);
});

test('a suspended installation may nothing', async () => {
  const token = await tokenOf();
  await stage.control('suspend', {installation: stage.installation.id});
  assert.equal((await ask('GET', HERE, {token})).status, 403);
  await stage.control('suspend', {installation: stage.installation.id, suspended: false});
  assert.equal((await ask('GET', HERE, {token})).status, 200);
});

test('limits of check runs hold behind the proxy too', async () => {
  const token = await tokenOf();
  const made = await ask('POST', `${HERE}/check-runs`, {token, body: {name: 'EkaCI', head_sha: pull.head_sha}});
  const update = async (body) => (await ask('PATCH', `${HERE}/check-runs/${made.json.id}`, {token, body})).status;
  assert.equal(await update({output: {title: 'T', summary: 'x'.repeat(65_536)}}), 422);
  assert.equal(await update({actions: Array(4).fill({label: 'a', description: 'b', identifier: 'c'})}), 422);
  assert.equal(await update({conclusion: 'stale'}), 422);
  await stage.control('clock', {offset_seconds: 15 * 24 * 3600});
  const later = await tokenOfLater();
  assert.equal((await ask('GET', `${HERE}/check-runs/${made.json.id}`, {token: later})).json.conclusion, 'stale');
});
async function tokenOfLater() {
  const now = Math.floor(Date.now() / 1000) + 15 * 24 * 3600;
  return (await ask('POST', `/app/installations/${stage.installation.id}/access_tokens`, {token: jwt({iat: now - 60, exp: now + 500})})).json.token;
}

test('of a thousand runs of one name the oldest go', async () => {
  const token = await tokenOf();
  const {id} = (await ask('POST', `${HERE}/check-runs`, {token, body: {name: 'many', head_sha: pull.head_sha}})).json;
  const {runs} = stage.fake.github.world.repository('acme/pkgs');
  const first = runs.get(id);
  for (let number = 1; number < 1000; number += 1) runs.set(-number, {...first, id: -number});
  assert.equal((await ask('GET', `${HERE}/check-runs/${id}`, {token})).status, 200);
  await ask('POST', `${HERE}/check-runs`, {token, body: {name: 'many', head_sha: pull.head_sha}});
  assert.equal((await ask('GET', `${HERE}/check-runs/${id}`, {token})).status, 404);
  for (let number = 1; number < 1000; number += 1) runs.delete(-number);
});

test('secondary limits say how long to wait', async () => {
  const token = await tokenOf();
  await stage.control('limits', {content_per_minute: 0, retry_after: 7});
  const refused = await ask('POST', `${HERE}/issues/${pull.number}/comments`, {token, body: {body: 'hello'}});
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('retry-after'), '7');
  assert.match(refused.json.message, /secondary rate limit/);
  assert.equal((await ask('GET', HERE, {token})).status, 200);
  await stage.control('limits', {content_per_minute: 80});
  assert.equal((await ask('POST', `${HERE}/issues/${pull.number}/comments`, {token, body: {body: 'hello'}})).status, 201);
});

test('the primary limit is over when its hour is', async () => {
  const token = await tokenOf();
  await stage.control('limits', {installation: stage.installation.id, limit: 10, used: 10, reset_in_seconds: 100});
  const refused = await ask('GET', HERE, {token});
  assert.deepEqual([refused.status, refused.headers.get('x-ratelimit-remaining')], [403, '0']);
  await stage.control('clock', {offset_seconds: 101});
  assert.equal((await ask('GET', HERE, {token})).status, 200);
  await stage.control('limits', {installation: stage.installation.id, limit: 5000});
});

test('faults befall what they are meant for, as often as they are told', async () => {
  const token = await tokenOf();
  await stage.control('faults', {faults: [{match: `^GET ${HERE}$`, status: 502, times: 2, headers: {'retry-after': '1'}}]});
  const first = await ask('GET', HERE, {token});
  assert.deepEqual([first.status, first.headers.get('retry-after')], [502, '1']);
  assert.equal((await ask('GET', `${HERE}/branches`, {token})).status, 200);
  assert.equal((await ask('GET', HERE, {token})).status, 502);
  assert.equal((await ask('GET', HERE, {token})).status, 200);
  await stage.control('faults', {faults: [{match: '.', delay_ms: 50}]});
  assert.equal((await ask('GET', HERE, {token})).status, 200);
  await assert.rejects(stage.control('faults', {faults: [{match: '.', drops: true}]}), /a fault has to have/);
});

test('an answer is lost with what was asked done, or not done', async () => {
  const token = await tokenOf();
  const count = async () => (await ask('GET', `${HERE}/issues/${pull.number}/comments?per_page=100`, {token})).json.length;
  const before = await count();
  for (const carriedOut of [false, true]) {
    await stage.control('faults', {faults: [{match: 'POST .*/comments', drop: true, carried_out: carriedOut}]});
    await assert.rejects(ask('POST', `${HERE}/issues/${pull.number}/comments`, {token, body: {body: 'hello'}}));
    assert.equal(await count(), before + (carriedOut ? 1 : 0));
  }
});

test('what has moved is asked for again elsewhere, and what writes not blindly', async () => {
  const token = await tokenOf();
  await stage.control('move', {repository: 'acme/pkgs', name: 'packages'});
  const answer = await fetch(`${stage.fake.url}${HERE}`, {headers: {authorization: `Bearer ${token}`}, redirect: 'manual'});
  assert.deepEqual([answer.status, answer.headers.get('location')], [301, `${stage.proxy.url}/repos/acme/packages`]);
  const post = await fetch(`${stage.fake.url}${HERE}/check-runs`, {method: 'POST', headers: {authorization: `Bearer ${token}`}, body: '{}', redirect: 'manual'});
  assert.equal(post.status, 307);
  await stage.control('move', {repository: 'acme/packages', name: 'pkgs'});
});

test('a command that is misspelt does nothing', async () => {
  await assert.rejects(stage.control('label', {repository: 'acme/pkgs', number: pull.number, labels: 'big'}), /missing: \[label\], unknown: \[labels\]/);
  await assert.rejects(stage.control('labels', {}), /there is no command POST labels/);
});

test('what was asked is remembered', async () => {
  const token = await tokenOf();
  await ask('GET', HERE, {token});
  const {method, path, operation, caller, status} = (await stage.control('requests')).at(-1);
  assert.deepEqual({method, path, operation, caller, status}, {method: 'GET', path: HERE, operation: 'GET /repos/{owner}/{repo}', caller: `installation ID ${stage.installation.id}`, status: 200});
});

const git = (...words) => run('git', words, {cwd: stage.folder, env: {PATH: process.env.PATH, HOME: '/nonexistent', GIT_TERMINAL_PROMPT: '0'}});
const withToken = (token) => stage.fake.url.replace('http://', `http://x-access-token:${token}@`);

test('git fetches pull requests, commits by name, and private repositories with a token', async () => {
  const folder = `${stage.folder}/mirror.git`;
  await git('init', '--quiet', '--bare', folder);
  const heads = async () => (await git('-C', folder, 'for-each-ref', '--format=%(objectname)', 'refs/pull')).stdout.trim();
  await git('-C', folder, 'fetch', '--quiet', `${stage.fake.url}/acme/pkgs.git`, '+refs/pull/*/head:refs/pull/*');
  assert.equal(await heads(), pull.head_sha);
  await git('-C', folder, 'fetch', '--quiet', '--filter=blob:none', `${stage.fake.url}/acme/pkgs.git`, pull.base_sha);
  await stage.control('rules', {repository: 'acme/pkgs', private: true});
  const other = await tokenOf({permissions: {checks: 'write'}});
  await assert.rejects(git('ls-remote', `${stage.fake.url}/acme/pkgs.git`), /could not read Username|Authentication failed/);
  await assert.rejects(git('ls-remote', `${withToken('ghs_wrong')}/acme/pkgs.git`), /Authentication failed/);
  await assert.rejects(git('ls-remote', `${withToken(other)}/acme/pkgs.git`), /403/);
  const {stdout} = await git('ls-remote', `${withToken(await tokenOf())}/acme/pkgs.git`, 'refs/heads/main');
  assert.ok(stdout.startsWith(pull.base_sha));
  await stage.control('rules', {repository: 'acme/pkgs', private: false});
});

test('faults befall git as well', async () => {
  await stage.control('faults', {faults: [{match: 'GET .*/info/refs', status: 503}, {match: 'GET .*/info/refs', drop: true}]});
  const list = () => git('ls-remote', `${stage.fake.url}/acme/pkgs.git`, 'refs/heads/main');
  await assert.rejects(list(), /503/);
  await assert.rejects(list(), /Empty reply|unable to access/);
  await list();
  assert.deepEqual((await stage.control('requests')).slice(-4).map(({method, status}) => `${method} ${status}`), ['GET 503', 'GET dropped', 'GET 200', 'POST 200']);
});

test('git pushes nothing', async () => {
  await assert.rejects(git('-C', stage.local.folder, 'push', `${withToken(await tokenOf())}/acme/pkgs.git`, 'main:refs/heads/mine'), /403/);
});
