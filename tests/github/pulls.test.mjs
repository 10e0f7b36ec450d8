// Pull requests: where they come from, and what it takes to merge them.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Stage} from './support.mjs';

const HERE = {owner: 'acme', repo: 'pkgs'};
let stage;
let client;
before(async () => {
  stage = await Stage.start();
  client = stage.client();
});
after(() => stage.stop());

const merge = (pull, more = {}) => client.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {...HERE, pull_number: pull.number, sha: pull.head_sha, ...more});
const read = async (pull) => (await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {...HERE, pull_number: pull.number})).data;
const parents = async (sha) => (await client.request('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {...HERE, commit_sha: sha})).data.parents.map((parent) => parent.sha);
const tip = async () => (await client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {...HERE, ref: 'heads/main'})).data.object.sha;

test('a pull request from a fork has its head there, and a ref here', async () => {
  const pull = await stage.openPull('forked', {author: 'zoe', fork: true});
  assert.deepEqual([pull.head.repo.full_name, pull.base.repo.full_name, pull.head.label], ['zoe/pkgs', 'acme/pkgs', 'zoe:forked']);
  const {repositories} = await stage.control('state');
  assert.equal(repositories['acme/pkgs'].refs[`refs/pull/${pull.number}/head`], pull.head_sha);
  assert.equal(repositories['acme/pkgs'].refs['refs/heads/forked'], undefined);
  assert.equal(repositories['zoe/pkgs'].refs['refs/heads/forked'], pull.head_sha);
});

test('a pull request may be of what another has in a fork', async () => {
  const pull = await stage.openPull('of-another', {author: 'maya', fork: 'zoe'});
  assert.deepEqual([pull.user.login, pull.head.repo.owner.login, pull.head.user.login], ['maya', 'zoe', 'zoe']);
});

test('nobody opens one from a branch of a repository that they may not push to', async () => {
  await assert.rejects(stage.openPull('intruder', {author: 'eve', fork: false}), /eve may not push/);
});

test('who the author is to the repository is said', async () => {
  const of = async (author, more) => (await stage.openPull(`by-${author}`, {author, ...more})).author_association;
  assert.equal(await of('acme'), 'OWNER');
  assert.equal(await of('maya'), 'COLLABORATOR');
  assert.equal(await of('newcomer'), 'FIRST_TIME_CONTRIBUTOR');
  assert.equal(await of('member', {author_association: 'MEMBER'}), 'MEMBER');
});

test('each method makes its commit', async () => {
  for (const [method, count] of [['merge', 2], ['squash', 1], ['rebase', 1]]) {
    const before = await tip();
    const pull = await stage.openPull(`by-${method}`);
    const {data} = await merge(pull, {merge_method: method});
    const all = await parents(data.sha);
    assert.deepEqual([all.length, all[0], await tip()], [count, before, data.sha], method);
  }
});

test('the base that has moved is merged with, not gone back to', async () => {
  const one = await stage.openPull('one', {files: {'one.nix': '1\n'}});
  const other = await stage.openPull('other', {files: {'other.nix': '2\n'}});
  const {data: first} = await merge(one);
  const {data: second} = await merge(other);
  assert.deepEqual((await parents(second.sha))[0], first.sha);
});

test('what conflicts, is a draft, closed, or not allowed is not merged', async () => {
  const left = await stage.openPull('left', {files: {'same.nix': 'left\n'}});
  const right = await stage.openPull('right', {files: {'same.nix': 'right\n'}});
  await merge(left);
  await read(right);
  assert.equal((await read(right)).mergeable, false);
  await assert.rejects(merge(right), {status: 405});
  const draft = await stage.openPull('draft', {draft: true});
  await assert.rejects(merge(draft), {status: 405});
  const closed = await stage.openPull('closed');
  await stage.control('state', {repository: 'acme/pkgs', number: closed.number, state: 'closed'});
  await assert.rejects(merge(closed), {status: 405});
  await stage.control('rules', {repository: 'acme/pkgs', merge_methods: ['squash']});
  const plain = await stage.openPull('plain');
  await assert.rejects(merge(plain, {merge_method: 'merge'}), {status: 405});
  await merge(plain, {merge_method: 'squash'});
});

test('a required check has to be satisfied by the very commit', async () => {
  await stage.control('rules', {repository: 'acme/pkgs', required_checks: ['EkaCI'], merge_methods: ['merge']});
  const pull = await stage.openPull('checked');
  const conclude = (conclusion) => client.request('POST /repos/{owner}/{repo}/check-runs', {...HERE, name: 'EkaCI', head_sha: pull.head_sha, conclusion});
  await assert.rejects(merge(pull), {status: 405});
  await conclude('failure');
  await assert.rejects(merge(pull), {status: 405});
  // GitHub takes these for success: an answer that is not known must never be one of them.
  await conclude('neutral');
  await merge(pull);
  await stage.control('rules', {repository: 'acme/pkgs', required_checks: []});
});

test('what touches workflows is merged only by who may write them', async () => {
  const pull = await stage.openPull('workflow', {files: {'.github/workflows/ci.yml': 'on: push\n'}});
  const wanted = {installation_id: stage.installation.id, permissions: {contents: 'write', pull_requests: 'write'}};
  const {token} = (await stage.client({asApp: true}).request('POST /app/installations/{installation_id}/access_tokens', wanted)).data;
  const merging = {...HERE, pull_number: pull.number, sha: pull.head_sha, headers: {authorization: `token ${token}`}};
  await assert.rejects(stage.anybody().request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', merging), {status: 403});
  await merge(pull);
});

test('a force push is one, and moves the pull request', async () => {
  const pull = await stage.openPull('forced', {fork: false, author: 'maya'});
  stage.local.branch('forced', 'main');
  const sha = stage.local.commit('again', {'pkgs/again.nix': '1\n'});
  await stage.control('push', {repository: 'acme/pkgs', number: pull.number, from: stage.local.folder, ref: 'forced', sender: 'maya'});
  assert.equal((await read(pull)).head.sha, sha);
  assert.equal((await stage.hooks('push')).at(-1).payload.forced, true);
  // Back to a commit that no branch has any more.
  await stage.control('push', {repository: 'acme/pkgs', number: pull.number, from: stage.local.folder, ref: pull.head_sha, sender: 'maya'});
  assert.equal((await read(pull)).head.sha, pull.head_sha);
});

test('the proxy has nothing to say', () => {
  const {requests, answers} = stage.proxy.record;
  assert.deepEqual([requests, answers], [[], []]);
});
