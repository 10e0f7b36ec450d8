// Webhooks are as GitHub sends them: their payloads keep its schemas, their signatures its client's check; and they come as told.

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {after, before, test} from 'node:test';

import {Webhooks} from '@octokit/webhooks';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

import {Stage, until} from './support.mjs';

const require = createRequire(import.meta.url);
const SCHEMA = require('@octokit/webhooks-schemas');
const EXAMPLES = require('@octokit/webhooks-examples');
// Older than merge groups, where it lists the events that an App may ask for.
SCHEMA.definitions['webhook-events'].oneOf[0].items.enum.push('merge_group');
const NAME = 'acme/pkgs';

let stage;
let pull;
before(async () => {
  stage = await Stage.start();
  pull = await stage.openPull('first', {labels: ['big']});
});
after(() => stage.stop());

const inRepository = (name, more) => stage.control(name, {repository: NAME, ...more});
const command = (name, more = {}) => inRepository(name, {number: pull.number, ...more});
const actions = async (event) => (await stage.hooks(event)).map(({payload}) => payload.action);
const client = () => stage.client();
const makeRun = async (sha, more = {}) => (await client().request('POST /repos/{owner}/{repo}/check-runs', {owner: 'acme', repo: 'pkgs', name: 'EkaCI', head_sha: sha, ...more})).data;

test('a pull request tells of all that happens to it', async () => {
  await command('draft', {draft: true});
  await command('draft', {draft: false});
  await command('edit', {title: 'Better'});
  stage.local.branch('staging', 'main');
  await stage.control('push', {repository: NAME, branch: 'staging', from: stage.local.folder, ref: 'staging'});
  await command('edit', {base: 'staging'});
  await command('unlabel', {label: 'big'});
  stage.local.branch('first', 'first');
  const sha = stage.local.commit('more', {'pkgs/first.nix': 'more\n'});
  await command('push', {from: stage.local.folder, ref: 'first', sender: 'zoe'});
  await command('state', {state: 'closed'});
  await command('state', {state: 'open'});
  const told = ['opened', 'labeled', 'converted_to_draft', 'ready_for_review', 'edited', 'edited', 'unlabeled', 'synchronize', 'closed', 'reopened'];
  assert.deepEqual(await actions('pull_request'), told);
  const [synchronize] = (await stage.hooks('pull_request')).filter(({payload}) => payload.action === 'synchronize');
  assert.deepEqual([synchronize.payload.before, synchronize.payload.after, synchronize.payload.pull_request.head.sha], [pull.head_sha, sha, sha]);
});

test('reviews and comments are told of', async () => {
  await command('reviews', {sender: 'maya', event: 'APPROVE', body: 'good'});
  const {id} = await command('comments', {sender: 'maya', body: '@ekaci merge'});
  await inRepository('edit-comment', {comment: id, body: '@ekaci wait'});
  await inRepository('delete-comment', {comment: id});
  assert.deepEqual(await actions('pull_request_review'), ['submitted']);
  const comments = await stage.hooks('issue_comment');
  assert.deepEqual(comments.map(({payload}) => payload.action), ['created', 'edited', 'deleted']);
  assert.equal(comments[0].payload.issue.pull_request.html_url, `${stage.fake.url}/acme/pkgs/pull/${pull.number}`);
  assert.equal(comments[0].payload.comment.author_association, 'COLLABORATOR');
});

test('check runs of a fork name no pull request; buttons and rerequests are told to their App', async () => {
  const {head_sha: sha} = await command('label', {label: 'check me'});
  const run = await makeRun(sha, {conclusion: 'action_required', actions: [{label: 'Approve', description: 'Build it', identifier: 'approve'}]});
  assert.deepEqual(run.pull_requests, []);
  await inRepository('click', {check_run: run.id, identifier: 'approve', sender: 'maya'});
  await assert.rejects(inRepository('click', {check_run: run.id, identifier: 'other', sender: 'maya'}), /no button/);
  await inRepository('rerequest', {check_run: run.id, sender: 'maya'});
  await inRepository('rerequest-suite', {check_suite: run.check_suite.id, sender: 'maya'});
  const told = await stage.hooks('check_run');
  assert.deepEqual(told.map(({payload}) => payload.action), ['created', 'completed', 'requested_action', 'rerequested']);
  assert.equal(told[2].payload.requested_action.identifier, 'approve');
  assert.deepEqual((await actions('check_suite')).slice(-2), ['completed', 'rerequested']);
});

test('merge groups ask for checks and are destroyed', async () => {
  const own = await stage.openPull('queued', {fork: false, author: 'maya'});
  const group = await inRepository('merge-groups', {numbers: [own.number]});
  await inRepository('destroy-merge-group', {ref: group.ref, reason: 'merged'});
  const [asked, ended] = await stage.hooks('merge_group');
  assert.deepEqual([asked.payload.merge_group.head_sha, asked.payload.merge_group.base_sha], [group.head_sha, own.base_sha]);
  assert.equal(ended.payload.reason, 'merged');
  const {refs, pulls} = (await stage.control('state')).repositories[NAME];
  assert.equal(refs['refs/heads/main'], group.head_sha);
  assert.equal(refs[group.ref], undefined);
  assert.notEqual(pulls[own.number].merged_at, null);
});

test('installations, repositories and pushes are told of', async () => {
  const {id} = stage.installation;
  await stage.control('repositories', {owner: 'acme', name: 'more', from: stage.local.folder});
  await stage.control('installation-repositories', {installation: id, add: ['acme/more']});
  await stage.control('installation-repositories', {installation: id, remove: ['acme/more']});
  await stage.control('suspend', {installation: id});
  await stage.control('suspend', {installation: id, suspended: false});
  assert.deepEqual(await actions('installation_repositories'), ['added', 'removed']);
  await stage.control('accept-permissions', {installation: id, permissions: stage.installation.permissions});
  assert.deepEqual(await actions('installation'), ['created', 'suspend', 'unsuspend', 'new_permissions_accepted']);
  const pushes = await stage.hooks('push');
  assert.ok(pushes.some(({payload}) => payload.ref === 'refs/heads/main' && payload.commits.length === 2 && !payload.forced));
  assert.equal((await stage.hooks('ping')).length, 1);
});

test('what is held back comes later, turned round, or twice; what is lost can be asked for', async () => {
  stage.receiver.received.length = 0;
  await stage.control('hooks', {hold: true});
  await command('label', {label: 'one'});
  await command('label', {label: 'two'});
  assert.equal((await stage.hooks()).length, 0);
  await stage.control('release-hooks', {order: 'reversed'});
  const names = async () => (await stage.hooks('pull_request')).map(({payload}) => payload.label.name);
  assert.deepEqual(await names(), ['two', 'one']);
  await stage.control('hooks', {copies: 2, delay_ms: 5});
  await command('label', {label: 'three'});
  assert.deepEqual(await names(), ['two', 'one', 'three', 'three']);
  const [, , first, second] = await stage.hooks('pull_request');
  assert.equal(first.delivery, second.delivery);
  await stage.control('hooks', {copies: 1, delay_ms: 0, lose: true});
  await command('label', {label: 'four'});
  await stage.control('hooks', {lose: false});
  assert.equal((await names()).length, 4);
  const lost = (await stage.control('deliveries')).find(({status}) => status === 'lost');
  await stage.control('redeliver', {delivery: lost.id});
  assert.equal((await names()).at(-1), 'four');
});

test('a receiver that is not there is told of in the deliveries', async () => {
  await stage.control('app-hook', {app: stage.app.id, url: 'http://127.0.0.1:9/gone'});
  await command('label', {label: 'five'});
  await stage.control('hooks-idle', {});
  assert.equal((await stage.control('deliveries')).at(-1).status, 'failed to connect to host');
  await stage.control('app-hook', {app: stage.app.id, url: stage.receiver.url});
});

test('a repository that is renamed or transferred says so, and its old name leads to it', async () => {
  await stage.control('move', {repository: NAME, name: 'packages'});
  const {data} = await client().request('GET /repos/{owner}/{repo}', {owner: 'acme', repo: 'pkgs'});
  assert.equal(data.full_name, 'acme/packages');
  await stage.control('move', {repository: NAME, owner: 'other'});
  assert.deepEqual(await actions('repository'), ['renamed', 'transferred']);
  await stage.control('uninstall', {installation: stage.installation.id});
  await until(async () => (await actions('installation')).at(-1) === 'deleted');
});

test('every payload keeps its schema, every signature holds', async () => {
  const ajv = new Ajv({strict: false, allErrors: true, logger: false, inlineRefs: false});
  addFormats(ajv);
  ajv.addSchema({...SCHEMA, $id: 'webhooks'});
  const webhooks = new Webhooks({secret: stage.app.webhook_secret});
  const deliveries = await stage.control('deliveries');
  const seen = new Set();
  const problems = [];
  for (const {event, action, request} of deliveries) {
    const kind = action ? `${event}$${action}` : `${event}$event`;
    const body = JSON.stringify(request.payload);
    assert.ok(await webhooks.verify(body, request.headers['x-hub-signature-256']), `${kind}: signature`);
    if (seen.has(kind)) continue;
    seen.add(kind);
    const validate = ajv.compile({$ref: `webhooks#/definitions/${kind}`});
    if (!validate(request.payload)) problems.push(`${kind}: ${ajv.errorsText(validate.errors)}`);
  }
  assert.deepEqual(problems, []);
  assert.ok(seen.size >= 28, `only ${[...seen].sort()}`);
});

/** The paths of all properties of an object, but for those within lists. */
function pathsOf(value, prefix = '') {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [`${prefix}${key}`, ...pathsOf(inner, `${prefix}${key}.`)]);
}

// Theirs are of Apps with other permissions, and tell of things that do not exist here.
const THEIRS_ALONE = /\.(permissions|license|assignee|milestone)\./;

test('a payload has every property that all of GitHub\'s own examples have', async () => {
  const missing = new Set();
  for (const {event, action, request} of await stage.control('deliveries')) {
    const alike = (EXAMPLES.find(({name}) => name === event)?.examples ?? []).filter((example) => (example.action ?? null) === action);
    if (alike.length === 0) continue;
    const ours = new Set(pathsOf(request.payload));
    const common = alike.map((example) => new Set(pathsOf(example))).reduce((one, other) => new Set([...one].filter((path) => other.has(path))));
    for (const path of common) if (!ours.has(path) && !THEIRS_ALONE.test(path)) missing.add(`${event}.${action}: ${path}`);
  }
  assert.deepEqual([...missing].sort(), []);
});
