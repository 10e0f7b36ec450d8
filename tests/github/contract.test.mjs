// The proxy proves itself: what breaks GitHub's contract is refused, and what keeps it passes.

import assert from 'node:assert/strict';
import http from 'node:http';
import {after, before, test} from 'node:test';

import {Contract} from './contract.mjs';
import {listen} from './http_tools.mjs';
import {coverage, startProxy} from './proxy.mjs';

const SHA = 'a'.repeat(40);
const TOKEN = {authorization: 'Bearer ghs_abc', 'user-agent': 'EkaCI', accept: 'application/vnd.github+json'};
const AS_APP = {...TOKEN, authorization: 'Bearer aGVhZA.Ym9keQ.c2ln'};
const CHECKS = '/repos/acme/pkgs/check-runs';
const RUN = {name: 'EkaCI', head_sha: SHA};
const ANNOTATION = {path: 'a.nix', start_line: 2, end_line: 2, annotation_level: 'failure', message: 'undefined variable'};
const ACTION = {label: 'Approve', description: 'Build this commit', identifier: 'approve'};

const request = (method, url, {body, headers = TOKEN} = {}) => ({
  method,
  url,
  headers: body === undefined ? headers : {'content-type': 'application/json', ...headers},
  body: Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
});
const create = (more) => request('POST', CHECKS, {body: {...RUN, ...more}});
const update = (body) => request('PATCH', `${CHECKS}/7`, {body});
const annotated = (...annotations) => update({output: {title: 'T', summary: 'S', annotations}});
const merge = (body) => request('PUT', '/repos/acme/pkgs/pulls/3/merge', {body});
const without = (headers, name) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

// What is wrong: [the request, what has to be said of it]. Where a schema has alternatives, each says why it does not fit.
const BAD = {
  'a conclusion that does not exist': [update({conclusion: 'passed'}), /conclusion.*allowed values/],
  'a conclusion that is only for GitHub to give': [update({conclusion: 'stale'}), /conclusion/],
  'completed without a conclusion': [update({status: 'completed'}), /conclusion|status|anyOf/],
  'a run made completed without a conclusion': [create({status: 'completed'}), /conclusion/],
  'a conclusion of what still runs': [update({status: 'in_progress', conclusion: 'success'}), /status/],
  'a status that is only for GitHub Actions': [update({status: 'waiting'}), /conclusion|status|anyOf/],
  'a run without a name': [request('POST', CHECKS, {body: {head_sha: SHA}}), /name/],
  'a run with an empty name': [create({name: ''}), /name/],
  'a run without a commit': [request('POST', CHECKS, {body: {name: 'EkaCI'}}), /head_sha/],
  'a run on half a commit': [create({head_sha: 'abc'}), /head_sha/],
  'a property misspelt': [create({detail_url: 'https://ekaci.example/1'}), /detail_url/],
  'a property misspelt deep within': [update({output: {title: 'T', summary: 'S', sumary: ''}}), /sumary/],
  'an address that is none': [create({details_url: 'portal/1'}), /details_url/],
  'an address that a browser does not follow': [create({details_url: 'javascript:alert(1)'}), /details_url/],
  'a summary that is too long': [update({output: {title: 'T', summary: 'x'.repeat(65_536)}}), /summary/],
  'a text that is too long': [update({output: {title: 'T', summary: 'S', text: 'x'.repeat(65_536)}}), /text/],
  'an output without a summary': [update({output: {title: 'T'}}), /summary/],
  'an output made without a title': [create({output: {summary: 'S'}}), /title/],
  'an annotation of a level that does not exist': [annotated({...ANNOTATION, annotation_level: 'error'}), /annotation_level/],
  'too many annotations': [annotated(...Array(51).fill(ANNOTATION)), /annotations/],
  'an annotation of line 0': [annotated({...ANNOTATION, start_line: 0}), /start_line/],
  'an annotation that ends before it begins': [annotated({...ANNOTATION, end_line: 1}), /end_line/],
  'columns in an annotation of many lines': [annotated({...ANNOTATION, end_line: 9, start_column: 1}), /columns/],
  'an annotation of an absolute path': [annotated({...ANNOTATION, path: '/etc/passwd'}), /path/],
  'an annotation without a message': [annotated({...ANNOTATION, message: undefined}), /message/],
  'a line that is a text': [annotated({...ANNOTATION, start_line: '2'}), /start_line/],
  'a label that is too long': [update({actions: [{...ACTION, label: 'x'.repeat(21)}]}), /label/],
  'a description that is too long': [update({actions: [{...ACTION, description: 'x'.repeat(41)}]}), /description/],
  'an identifier that is too long': [update({actions: [{...ACTION, identifier: 'x'.repeat(21)}]}), /identifier/],
  'too many actions': [update({actions: Array(4).fill(ACTION)}), /actions/],
  'a date that is not ISO 8601': [update({completed_at: '23 Nov 2026 10:00', conclusion: 'success'}), /completed_at/],
  'a date without a time zone': [update({started_at: '2026-11-23T10:00:00'}), /started_at/],
  'a body that is no JSON': [request('POST', CHECKS, {body: '{"name": '}), /no JSON/],
  'a body that is a list': [request('POST', CHECKS, {body: '[]'}), /object/],
  'a body of another type': [request('POST', CHECKS, {body: RUN, headers: {...TOKEN, 'content-type': 'application/x-www-form-urlencoded'}}), /content-type/],
  'no body': [request('POST', CHECKS), /body: is missing/],
  'a body where none is taken': [request('GET', '/repos/acme/pkgs', {body: {a: 1}}), /takes none/],
  'no User-Agent': [request('GET', '/repos/acme/pkgs', {headers: without(TOKEN, 'user-agent')}), /user-agent/],
  'no Authorization': [request('GET', '/repos/acme/pkgs', {headers: without(TOKEN, 'authorization')}), /authorization/],
  'an Authorization of another kind': [request('GET', '/repos/acme/pkgs', {headers: {...TOKEN, authorization: 'Basic YTpi'}}), /authorization/],
  "the App's JWT where a token is needed": [request('GET', '/repos/acme/pkgs', {headers: AS_APP}), /JWT where a token/],
  "a token where the App's JWT is needed": [request('GET', '/app'), /a token where/],
  'a media type that GitHub does not know': [request('GET', '/repos/acme/pkgs', {headers: {...TOKEN, accept: 'text/html'}}), /accept/],
  'a media type that the fake does not answer with': [request('GET', '/repos/acme/pkgs/contents/a.nix', {headers: {...TOKEN, accept: 'application/vnd.github.raw+json'}}), /accept/],
  'a version of the API that there is not': [request('GET', '/repos/acme/pkgs', {headers: {...TOKEN, 'x-github-api-version': '2020-01-01'}}), /api-version/],
  'a query parameter that does not exist': [request('GET', '/repos/acme/pkgs/pulls?status=open'), /status is unknown/],
  'a query parameter given twice': [request('GET', '/repos/acme/pkgs/pulls?state=open&state=closed'), /more than once/],
  'a query parameter of a wrong value': [request('GET', '/repos/acme/pkgs/pulls?state=merged'), /state/],
  'more on a page than GitHub gives': [request('GET', '/repos/acme/pkgs/pulls?per_page=1000'), /per_page/],
  'a page that is no number': [request('GET', '/repos/acme/pkgs/pulls?page=last'), /page/],
  'a number that is none': [request('GET', '/repos/acme/pkgs/pulls/latest'), /pull_number/],
  'an operation that is not named': [request('DELETE', '/repos/acme/pkgs'), /no operation/],
  'a path with its slashes unescaped': [request('GET', '/repos/acme/pkgs/contents/pkgs/a.nix'), /no operation/],
  'a merge of whatever is the head by now': [merge({merge_method: 'squash'}), /sha/],
  'a merge without a body': [merge(), /body: is missing/],
  'a way of merging that does not exist': [merge({sha: SHA, merge_method: 'fast-forward'}), /merge_method|null|anyOf/],
  'a token with a permission that does not exist': [request('POST', '/app/installations/1/access_tokens', {headers: AS_APP, body: {permissions: {check: 'write'}}}), /check/],
  'a permission of a level that does not exist': [request('POST', '/app/installations/1/access_tokens', {headers: AS_APP, body: {permissions: {checks: 'admin'}}}), /checks/],
  'an empty comment': [request('POST', '/repos/acme/pkgs/issues/3/comments', {body: {body: ''}}), /body/],
  'a comment that is too long': [request('POST', '/repos/acme/pkgs/issues/3/comments', {body: {body: 'x'.repeat(65_537)}}), /body/],
  'a reaction that does not exist': [request('POST', '/repos/acme/pkgs/issues/3/reactions', {body: {content: 'thumbsup'}}), /content/],
  'a label that is too long for a name': [request('POST', '/repos/acme/pkgs/issues/3/labels', {body: {labels: ['x'.repeat(51)]}}), /labels/],
  'a colour with a #': [request('POST', '/repos/acme/pkgs/labels', {body: {name: 'big', color: '#ff0000'}}), /color/],
  'a status with a long description': [request('POST', `/repos/acme/pkgs/statuses/${SHA}`, {body: {state: 'success', description: 'x'.repeat(141)}}), /description/],
};

const GOOD = {
  'a run': create({status: 'in_progress', details_url: 'https://ekaci.example/1', started_at: '2026-11-23T10:00:00Z', external_id: '12'}),
  'a run that is completed': update({conclusion: 'success', completed_at: '2026-11-23T10:00:00+01:00', output: {title: 'T', summary: 'x'.repeat(65_535), annotations: Array(50).fill(ANNOTATION)}, actions: Array(3).fill(ACTION)}),
  'a summary of characters that are more than one unit': update({output: {title: 'T', summary: '🙂'.repeat(65_535)}}),
  'a path with its slashes escaped': request('GET', '/repos/acme/pkgs/contents/pkgs%2Fa.nix?ref=main'),
  'the App itself': request('GET', '/app', {headers: AS_APP}),
  'the exchange of a manifest, by nobody': request('POST', '/app-manifests/abc/conversions', {headers: without(TOKEN, 'authorization')}),
  'a merge of one commit': merge({sha: SHA, merge_method: 'squash'}),
  'a page': request('GET', '/repos/acme/pkgs/pulls?state=all&per_page=100&page=2'),
};

const contract = new Contract();

for (const [what, [bad, said]] of Object.entries(BAD)) {
  test(`${what} is refused`, () => {
    const {problems} = contract.checkRequest(bad);
    // Nothing else may be wrong: a request that is refused for another reason proves nothing.
    assert.ok(problems.length > 0 && problems.every((problem) => said.test(problem)), `said ${JSON.stringify(problems)}`);
  });
}

for (const [what, good] of Object.entries(GOOD)) {
  test(`${what} passes`, () => assert.deepEqual(contract.checkRequest(good).problems, []));
}

// What stands behind the proxy here says what it is told to, and counts.
let proxy;
let behind;
let answer = {status: 200, type: 'application/json', body: '{}'};
let reached = 0;
before(async () => {
  const server = http.createServer((_, response) => {
    reached += 1;
    if (answer.lost) response.destroy();
    else response.writeHead(answer.status, {'content-type': answer.type}).end(answer.body);
  });
  behind = await listen(server, 0);
  proxy = await startProxy({port: 0, target: behind.url});
});
after(async () => {
  await proxy.close();
  await behind.close();
});

const get = (path) => fetch(`${proxy.url}${path}`, {headers: TOKEN});

test('a bad request is answered with 599, remembered, and does not get through', async () => {
  const bad = await get('/repos/acme/pkgs/pulls?status=open');
  assert.equal(bad.status, 599);
  assert.match((await bad.json()).problems[0], /status is unknown/);
  assert.equal(reached, 0);
  const {requests, exercised} = await (await get('/_contract')).json();
  assert.equal(requests.length, 1);
  assert.equal(requests[0].operation, 'GET /repos/{owner}/{repo}/pulls');
  assert.deepEqual(exercised, {});
});

test('an answer that is not as described is passed on, and remembered', async () => {
  answer = {status: 200, type: 'application/json', body: '[{"number": "three"}]'};
  assert.equal((await get('/repos/acme/pkgs/pulls')).status, 200);
  answer = {status: 200, type: 'text/html', body: '<h1>'};
  await get('/repos/acme/pkgs/pulls');
  answer = {status: 418, type: 'application/json', body: '{}'};
  await get('/repos/acme/pkgs/pulls');
  const {answers} = await (await get('/_contract')).json();
  assert.equal(answers.length, 3);
  assert.ok(answers[0].problems.some((problem) => problem.includes('number')));
});

test('a body that comes in parts gets through whole', async () => {
  answer = {status: 201, type: 'application/json', body: '{}'};
  const parts = new ReadableStream({
    start(controller) {
      for (const text of ['{"name": "EkaCI",', `"head_sha": "${SHA}"}`]) controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  const sent = await fetch(`${proxy.url}${CHECKS}`, {method: 'POST', headers: {...TOKEN, 'content-type': 'application/json'}, body: parts, duplex: 'half'});
  assert.equal(sent.status, 201);
});

test('a lost answer is lost for the caller', async () => {
  answer = {lost: true};
  await assert.rejects(get('/repos/acme/pkgs'));
});

test('operations that were never exercised are held against those that need not be', async () => {
  const {never, exercised} = await (await get('/_contract')).json();
  assert.equal(exercised['GET /repos/{owner}/{repo}/pulls'], 3);
  assert.ok(!never.includes('GET /repos/{owner}/{repo}/pulls'));
  assert.deepEqual(coverage(['GET /a', 'GET /b'], ['GET /b', 'GET /c']), {missing: ['GET /a'], needless: ['GET /c']});
});
