// GitHub's own client is happy with the fake, and the proxy with it: what both of them take is what GitHub does.

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

test("the client's JWT is the App's", async () => {
  const {data} = await stage.client({asApp: true}).request('GET /app');
  assert.equal(data.id, stage.app.id);
  const {data: installation} = await stage.client({asApp: true}).request('GET /repos/{owner}/{repo}/installation', HERE);
  assert.equal(installation.id, stage.installation.id);
});

test('the client gets itself a token, and uses it', async () => {
  const {data} = await client.request('GET /installation/repositories');
  assert.deepEqual(data.repositories.map(({full_name: name}) => name), ['acme/pkgs']);
});

test('a check run is made and completed', async () => {
  const pull = await stage.openPull('calibrate');
  const made = await client.request('POST /repos/{owner}/{repo}/check-runs', {...HERE, name: 'EkaCI', head_sha: pull.head_sha, status: 'in_progress'});
  assert.equal(made.status, 201);
  const {data} = await client.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
    ...HERE,
    check_run_id: made.data.id,
    conclusion: 'success',
    output: {title: 'Merge', summary: 'all good', annotations: [{path: 'default.nix', start_line: 1, end_line: 1, annotation_level: 'notice', message: 'seen'}]},
    actions: [{label: 'Again', description: 'Evaluate once more', identifier: 'again'}],
  });
  assert.equal(data.status, 'completed');
  assert.equal(data.output.annotations_count, 1);
  const annotations = await client.request('GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations', {...HERE, check_run_id: made.data.id});
  assert.equal(annotations.data[0].message, 'seen');
});

test('a list of check runs comes in pages', async () => {
  const pull = await stage.openPull('pages');
  for (let number = 0; number < 5; number += 1) await client.request('POST /repos/{owner}/{repo}/check-runs', {...HERE, name: `job ${number}`, head_sha: pull.head_sha});
  const names = [];
  let url = `GET /repos/acme/pkgs/commits/${pull.head_sha}/check-runs?per_page=2`;
  while (url) {
    const {data, headers} = await client.request(url);
    assert.equal(data.total_count, 5);
    names.push(...data.check_runs.map(({name}) => name));
    const next = /<([^>]*)>; rel="next"/.exec(headers.link ?? '')?.[1];
    url = next ? `GET ${next}` : undefined;
  }
  assert.deepEqual(names.sort(), ['job 0', 'job 1', 'job 2', 'job 3', 'job 4']);
});

test('what has not changed is answered with 304, and costs nothing', async () => {
  const first = await client.request('GET /repos/{owner}/{repo}', HERE);
  const {data: before} = await client.request('GET /rate_limit');
  await assert.rejects(client.request('GET /repos/{owner}/{repo}', {...HERE, headers: {'if-none-match': first.headers.etag}}), {status: 304});
  const {data: after} = await client.request('GET /rate_limit');
  assert.equal(after.rate.used, before.rate.used);
});

test('the rate limit is told, and kept', async () => {
  const {headers} = await client.request('GET /repos/{owner}/{repo}', HERE);
  assert.equal(headers['x-ratelimit-limit'], '5000');
  await stage.control('limits', {installation: stage.installation.id, used: 5000});
  await assert.rejects(client.request('GET /repos/{owner}/{repo}', HERE), (error) => error.status === 403 && error.response.headers['x-ratelimit-remaining'] === '0');
  await stage.control('limits', {installation: stage.installation.id, used: 0});
});

test('path parameters with slashes are sent as one', async () => {
  const {data} = await client.request('GET /repos/{owner}/{repo}/contents/{path}', {...HERE, path: 'pkgs/a.nix'});
  assert.equal(Buffer.from(data.content, 'base64').toString('utf8'), 'a\n');
  const {data: ref} = await client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {...HERE, ref: 'heads/main'});
  assert.equal(ref.ref, 'refs/heads/main');
});

test('neither side has broken the contract', () => {
  assert.deepEqual(stage.proxy.record.requests, []);
  assert.deepEqual(stage.proxy.record.answers, []);
});
