// A story in which every operation is called once at least: the fake answers each as GitHub's description says.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Stage} from './support.mjs';

const HERE = {owner: 'acme', repo: 'pkgs'};
let stage;
let client;
let app;
let pull;

before(async () => {
  stage = await Stage.start();
  client = stage.client();
  app = stage.client({asApp: true});
  pull = await stage.openPull('feature', {fork: false, author: 'maya', labels: ['new package']});
});
after(() => stage.stop());

const ask = async (operation, parameters = {}, who = client) => (await who.request(operation, {...HERE, ...parameters})).data;
/** The client sends owner and repo as query or body where the path has neither. */
const askAlone = async (operation, parameters = {}, who = app) => (await who.request(operation, parameters)).data;

test('the App and its installations', async () => {
  assert.equal((await askAlone('GET /app')).slug, 'ekaci');
  const [installation] = await askAlone('GET /app/installations');
  assert.equal(installation.account.login, 'acme');
  assert.equal((await askAlone('GET /app/installations/{installation_id}', {installation_id: installation.id})).id, installation.id);
  assert.equal((await ask('GET /repos/{owner}/{repo}/installation', {}, app)).id, installation.id);
  const token = await askAlone('POST /app/installations/{installation_id}/access_tokens', {installation_id: installation.id, repositories: ['pkgs'], permissions: {checks: 'write'}});
  assert.deepEqual(token.permissions, {metadata: 'read', checks: 'write'});
  assert.equal(token.repositories[0].full_name, 'acme/pkgs');
  const asToken = {headers: {authorization: `token ${token.token}`}};
  await askAlone('GET /rate_limit', asToken, stage.anybody());
  await askAlone('DELETE /installation/token', asToken, stage.anybody());
  await assert.rejects(askAlone('GET /installation/repositories', asToken, stage.anybody()), {status: 401});
  assert.equal((await askAlone('GET /installation/repositories', {}, client)).total_count, 1);
});

test("the App's webhook and its deliveries", async () => {
  assert.equal((await askAlone('GET /app/hook/config')).url, stage.receiver.url);
  // As `data`, since the client takes a parameter called `url` for the address of the request.
  await askAlone('PATCH /app/hook/config', {data: {url: stage.receiver.url, content_type: 'json', secret: 'between us'}});
  await stage.hooks();
  const deliveries = await askAlone('GET /app/hook/deliveries');
  const opened = deliveries.find(({event, action}) => event === 'pull_request' && action === 'opened');
  const delivery = await askAlone('GET /app/hook/deliveries/{delivery_id}', {delivery_id: opened.id});
  assert.equal(delivery.request.payload.number, pull.number);
  assert.equal(delivery.response.payload, 'taken');
  await askAlone('POST /app/hook/deliveries/{delivery_id}/attempts', {delivery_id: opened.id});
  const twice = (await stage.hooks('pull_request')).filter((hook) => hook.delivery === opened.guid);
  assert.equal(twice.length, 2);
});

const manifest = (more = {}) => ({
  name: 'Mine',
  url: 'https://ekaci.example',
  redirect_url: 'https://ekaci.example/setup',
  hook_attributes: {url: stage.receiver.url},
  default_permissions: {checks: 'write', contents: 'read'},
  default_events: ['push', 'check_run'],
  ...more,
});
const register = (wanted, owner = '') => fetch(`${stage.fake.url}${owner}/settings/apps/new?state=abc`, {method: 'POST', body: new URLSearchParams({manifest: JSON.stringify(wanted)}), redirect: 'manual'});

test('a manifest is exchanged for an App, once', async () => {
  const back = new URL((await register(manifest())).headers.get('location'));
  assert.equal(back.searchParams.get('state'), 'abc');
  const code = back.searchParams.get('code');
  const made = await askAlone('POST /app-manifests/{code}/conversions', {code}, stage.anybody());
  assert.match(made.pem, /^-----BEGIN RSA PRIVATE KEY-----/);
  assert.equal(made.permissions.checks, 'write');
  await assert.rejects(askAlone('POST /app-manifests/{code}/conversions', {code}, stage.anybody()), {status: 404});
});

test('an App of a manifest belongs to whoever registered it', async () => {
  for (const [owner, login, type] of [['', 'operator', 'User'], ['/organizations/lab', 'lab', 'Organization']]) {
    const code = new URL((await register(manifest(), owner)).headers.get('location')).searchParams.get('code');
    const made = await askAlone('POST /app-manifests/{code}/conversions', {code}, stage.anybody());
    assert.deepEqual([made.owner.login, made.owner.type], [login, type]);
  }
});

test('the code of a manifest is good for an hour', async () => {
  const code = new URL((await register(manifest())).headers.get('location')).searchParams.get('code');
  await stage.control('clock', {offset_seconds: 3600});
  try {
    await assert.rejects(askAlone('POST /app-manifests/{code}/conversions', {code}, stage.anybody()), {status: 404});
  } finally {
    await stage.control('clock', {offset_seconds: 0});
  }
});

test('a manifest that GitHub would not take is not taken', async () => {
  const bad = [
    {default_event: []},
    {url: 'ekaci'},
    {name: 'x'.repeat(35)},
    {hook_attributes: {}},
    {redirect_url: undefined},
    {default_permissions: {check: 'write'}},
    {default_permissions: {checks: 'admin'}},
    {default_events: ['merge_group']},
    {default_events: ['installation']},
  ];
  for (const more of bad) assert.equal((await register(manifest(more))).status, 422, JSON.stringify(more));
});

test('the repository, its branches, and who may do what', async () => {
  const repository = await ask('GET /repos/{owner}/{repo}');
  assert.equal(repository.default_branch, 'main');
  assert.deepEqual((await ask('GET /repos/{owner}/{repo}/branches')).map(({name}) => name), ['feature', 'main']);
  assert.equal((await ask('GET /repos/{owner}/{repo}/branches/{branch}', {branch: 'main'})).commit.sha, pull.base_sha);
  assert.equal((await ask('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {username: 'maya'})).permission, 'write');
  await assert.rejects(ask('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {username: 'nobody-at-all'}), {status: 404});
});

test('commits, comparisons, files', async () => {
  const commit = await ask('GET /repos/{owner}/{repo}/commits/{ref}', {ref: 'feature'});
  assert.equal(commit.sha, pull.head_sha);
  const plain = await ask('GET /repos/{owner}/{repo}/git/commits/{commit_sha}', {commit_sha: pull.head_sha});
  assert.equal(plain.tree.sha, commit.commit.tree.sha);
  const comparison = await ask('GET /repos/{owner}/{repo}/compare/{basehead}', {basehead: 'main...feature'});
  assert.deepEqual([comparison.status, comparison.ahead_by, comparison.files[0].filename], ['ahead', 1, 'pkgs/feature.nix']);
  const folder = await ask('GET /repos/{owner}/{repo}/contents/{path}', {path: 'pkgs'});
  assert.deepEqual(folder.map(({path, type}) => [path, type]), [['pkgs/a.nix', 'file']]);
  const file = await ask('GET /repos/{owner}/{repo}/contents/{path}', {path: 'pkgs/feature.nix', ref: 'feature'});
  assert.equal(Buffer.from(file.content, 'base64').toString(), 'feature\n');
  await assert.rejects(ask('GET /repos/{owner}/{repo}/contents/{path}', {path: 'no/such'}), {status: 404});
  const [found] = await ask('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {commit_sha: pull.head_sha});
  assert.equal(found.number, pull.number);
});

test('refs are read, made, moved and removed', async () => {
  assert.equal((await ask('GET /repos/{owner}/{repo}/git/ref/{ref}', {ref: `pull/${pull.number}/head`})).object.sha, pull.head_sha);
  assert.deepEqual((await ask('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {ref: 'pull/'})).map(({ref}) => ref), [`refs/pull/${pull.number}/head`]);
  await ask('POST /repos/{owner}/{repo}/git/refs', {ref: 'refs/heads/ours', sha: pull.base_sha});
  await assert.rejects(ask('POST /repos/{owner}/{repo}/git/refs', {ref: 'refs/heads/ours', sha: pull.base_sha}), {status: 422});
  await ask('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {ref: 'heads/ours', sha: pull.head_sha});
  await assert.rejects(ask('PATCH /repos/{owner}/{repo}/git/refs/{ref}', {ref: 'heads/ours', sha: pull.base_sha}), {status: 422});
  await ask('DELETE /repos/{owner}/{repo}/git/refs/{ref}', {ref: 'heads/ours'});
  await assert.rejects(ask('GET /repos/{owner}/{repo}/git/ref/{ref}', {ref: 'heads/ours'}), {status: 404});
});

test('a ref is found by its whole name, refs by how they begin', async () => {
  const matching = async (ref) => (await ask('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', {ref})).map((found) => found.ref);
  for (const ref of ['refs/heads/queue/main/one', 'refs/heads/queue/main/two', 'refs/heads/queue-of-mine']) {
    await ask('POST /repos/{owner}/{repo}/git/refs', {ref, sha: pull.base_sha});
  }
  assert.deepEqual(await matching('heads/queue/'), ['refs/heads/queue/main/one', 'refs/heads/queue/main/two']);
  assert.equal((await matching('heads/queue')).length, 3);
  assert.deepEqual(await matching('heads/no/such/'), []);
  await assert.rejects(ask('GET /repos/{owner}/{repo}/git/ref/{ref}', {ref: 'heads/queue'}), {status: 404});
  for (const operation of ['GET /repos/{owner}/{repo}/git/ref/{ref}', 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}']) {
    const asked = {...HERE, ref: 'heads/queue/main/one'};
    const {headers} = await client.request(operation, asked);
    await assert.rejects(client.request(operation, {...asked, headers: {'if-none-match': headers.etag}}), {status: 304});
  }
  for (const name of ['queue/main/one', 'queue/main/two', 'queue-of-mine']) await ask('DELETE /repos/{owner}/{repo}/git/refs/{ref}', {ref: `heads/${name}`});
});

test('a repository without a commit has no refs to be asked for', async () => {
  await stage.control('repositories', {owner: 'acme', name: 'empty', from: stage.local.folder, branches: []});
  await stage.control('installation-repositories', {installation: stage.installation.id, add: ['acme/empty']});
  const empty = {repo: 'empty', ref: 'heads/main'};
  await assert.rejects(ask('GET /repos/{owner}/{repo}/git/ref/{ref}', empty), {status: 409});
  await assert.rejects(ask('GET /repos/{owner}/{repo}/git/matching-refs/{ref}', empty), {status: 409});
  await stage.control('installation-repositories', {installation: stage.installation.id, remove: ['acme/empty']});
});

test('check runs and suites', async () => {
  const run = await ask('POST /repos/{owner}/{repo}/check-runs', {name: 'EkaCI', head_sha: pull.head_sha});
  const id = {check_run_id: run.id};
  assert.equal(run.pull_requests[0].number, pull.number);
  const annotation = {path: 'default.nix', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'no'};
  for (const summary of ['one', 'two']) await ask('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {...id, conclusion: 'failure', output: {title: 'T', summary, annotations: [annotation]}});
  const read = await ask('GET /repos/{owner}/{repo}/check-runs/{check_run_id}', id);
  assert.deepEqual([read.output.summary, read.output.annotations_count, read.conclusion], ['two', 2, 'failure']);
  assert.equal((await ask('GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations', id)).length, 2);
  const suite = {check_suite_id: run.check_suite.id};
  assert.equal((await ask('POST /repos/{owner}/{repo}/check-suites', {head_sha: pull.head_sha})).id, suite.check_suite_id);
  assert.equal((await ask('GET /repos/{owner}/{repo}/check-suites/{check_suite_id}', suite)).conclusion, 'failure');
  await ask('POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest', id);
  await ask('POST /repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest', suite);
  assert.equal((await ask('GET /repos/{owner}/{repo}/check-suites/{check_suite_id}', suite)).status, 'queued');
  await ask('POST /repos/{owner}/{repo}/check-runs', {name: 'EkaCI', head_sha: pull.head_sha, status: 'in_progress'});
  const count = async (filter) => (await ask('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {ref: pull.head_sha, check_name: 'EkaCI', filter})).total_count;
  assert.deepEqual([await count('latest'), await count('all')], [1, 2]);
  assert.equal((await ask('GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs', {...suite, status: 'in_progress'})).total_count, 1);
  assert.equal((await ask('GET /repos/{owner}/{repo}/commits/{ref}/check-suites', {ref: 'feature', app_id: stage.app.id})).check_suites[0].status, 'in_progress');
  await assert.rejects(ask('POST /repos/{owner}/{repo}/check-runs', {name: 'EkaCI', head_sha: '0'.repeat(40)}), {status: 422});
});

test('statuses', async () => {
  await ask('POST /repos/{owner}/{repo}/statuses/{sha}', {sha: pull.head_sha, state: 'pending', context: 'eka', target_url: 'https://ekaci.example/1'});
  assert.equal((await ask('GET /repos/{owner}/{repo}/commits/{ref}/status', {ref: pull.head_sha})).state, 'pending');
  await ask('POST /repos/{owner}/{repo}/statuses/{sha}', {sha: pull.head_sha, state: 'success', context: 'eka'});
  const combined = await ask('GET /repos/{owner}/{repo}/commits/{ref}/status', {ref: pull.head_sha});
  assert.deepEqual([combined.state, combined.total_count], ['success', 1]);
});

test('comments and reactions', async () => {
  const issue = {issue_number: pull.number};
  const comment = await ask('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {...issue, body: 'hello'});
  const id = {comment_id: comment.id};
  await ask('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {...id, body: 'hello again'});
  assert.equal((await ask('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', id)).body, 'hello again');
  assert.equal((await ask('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', issue)).length, 1);
  const first = await ask('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {...id, content: 'eyes'});
  const second = await ask('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {...id, content: 'eyes'});
  assert.equal(first.id, second.id);
  await ask('POST /repos/{owner}/{repo}/issues/{issue_number}/reactions', {...issue, content: 'rocket'});
  assert.equal((await ask('GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', id)).length, 1);
  await ask('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', id);
  await assert.rejects(ask('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', id), {status: 404});
});

test('labels', async () => {
  const issue = {issue_number: pull.number};
  await ask('POST /repos/{owner}/{repo}/labels', {name: 'rebuild: 1-10', color: '00ff00', description: 'few'});
  await assert.rejects(ask('POST /repos/{owner}/{repo}/labels', {name: 'rebuild: 1-10'}), {status: 422});
  await ask('POST /repos/{owner}/{repo}/issues/{issue_number}/labels', {...issue, labels: ['rebuild: 1-10', 'unheard of']});
  await ask('DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}', {...issue, name: 'unheard of'});
  assert.deepEqual((await ask('GET /repos/{owner}/{repo}/issues/{issue_number}/labels', issue)).map(({name}) => name), ['new package', 'rebuild: 1-10']);
  assert.equal((await ask('GET /repos/{owner}/{repo}/labels')).length, 3);
});

test('pull requests are read, reviewed and merged', async () => {
  const id = {pull_number: pull.number};
  assert.equal((await ask('GET /repos/{owner}/{repo}/pulls', {head: 'acme:feature'}))[0].number, pull.number);
  // GitHub finds out whether it can be merged after somebody has asked.
  assert.equal((await ask('GET /repos/{owner}/{repo}/pulls/{pull_number}', id)).mergeable, null);
  assert.equal((await ask('GET /repos/{owner}/{repo}/pulls/{pull_number}', id)).mergeable, true);
  assert.equal((await ask('GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', id))[0].sha, pull.head_sha);
  assert.deepEqual((await ask('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', id)).map(({filename, status}) => [filename, status]), [['pkgs/feature.nix', 'added']]);
  await ask('POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews', {...id, commit_id: pull.head_sha, event: 'APPROVE', body: 'good'});
  assert.equal((await ask('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', id))[0].state, 'APPROVED');
  await assert.rejects(ask('GET /repos/{owner}/{repo}/pulls/{pull_number}/merge', id), {status: 404});
  await assert.rejects(ask('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {...id, sha: pull.base_sha}), {status: 409});
  const merged = await ask('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {...id, sha: pull.head_sha, merge_method: 'squash'});
  assert.equal((await ask('GET /repos/{owner}/{repo}/git/ref/{ref}', {ref: 'heads/main'})).object.sha, merged.sha);
  await ask('GET /repos/{owner}/{repo}/pulls/{pull_number}/merge', id);
});

test('every operation was exercised, and neither side has broken the contract', () => {
  const {never, requests, answers} = stage.proxy.record.toJSON();
  assert.deepEqual(requests, []);
  assert.deepEqual(answers, []);
  assert.deepEqual(never, []);
});
