// Check suites and check runs: made by Apps, shown on commits, clicked by people.

import {hookRunJson, hookSuiteJson, latest, runJson, runsOf, standing, suiteJson} from './check_shapes.mjs';
import {commitOfPath, existingCommit} from './lookup.mjs';
import {repositoryPage} from './shapes.mjs';
import {Refusal, fullNameOf, invalid, notFound} from './world.mjs';

const LONGEST_TEXT = 65_535;
const MOST_ANNOTATIONS = 50;
const MOST_ACTIONS = 3;
const MOST_OF_ONE_NAME = 1000;

/** The suite of an App for a commit; made where there is none yet. */
export function suiteOf({world}, repository, app, sha, {branch = null, before = null} = {}) {
  const existing = [...repository.suites.values()].find((suite) => suite.app === app && suite.headSha === sha);
  if (existing) return existing;
  const suite = {id: world.newId(), app, headSha: sha, branch, before, created: world.time(), updated: world.time(), isRerequested: false, isReported: false};
  repository.suites.set(suite.id, suite);
  return suite;
}

/** Tells an App of something about one of its suites. */
export async function emitSuite({world, hooks}, repository, suite, {action, sender}) {
  hooks.emit({event: 'check_suite', action, repository, sender, app: suite.app, payload: {check_suite: await hookSuiteJson(world, repository, suite)}});
}

function emitRun({world, hooks}, repository, run, {action, sender, app, more = {}}) {
  hooks.emit({event: 'check_run', action, repository, sender, app, payload: {check_run: hookRunJson(world, repository, run), ...more}});
}

/** What GitHub's servers refuse, whoever let it through. */
function checkLimits({output, actions, status, conclusion}) {
  const tooLong = ['summary', 'text'].find((name) => [...(output?.[name] ?? '')].length > LONGEST_TEXT);
  if (tooLong) throw invalid('CheckRun', tooLong, `Only ${LONGEST_TEXT} characters are allowed`);
  if ((output?.annotations ?? []).length > MOST_ANNOTATIONS) throw invalid('CheckRun', 'annotations', `Only ${MOST_ANNOTATIONS} annotations are allowed`);
  if ((actions ?? []).length > MOST_ACTIONS) throw invalid('CheckRun', 'actions', `Only ${MOST_ACTIONS} actions are allowed`);
  if (status === 'completed' && !conclusion) throw invalid('CheckRun', 'conclusion', 'is missing');
  if (conclusion === 'stale') throw invalid('CheckRun', 'conclusion', 'only GitHub makes a run stale');
}

function apply(world, run, body) {
  if (body.name !== undefined) run.name = body.name;
  if (body.details_url !== undefined) run.detailsUrl = body.details_url;
  if (body.external_id !== undefined) run.externalId = body.external_id;
  if (body.started_at !== undefined) run.started = body.started_at;
  if (body.actions !== undefined) run.actions = body.actions;
  if (body.output) {
    const {title, summary, text, annotations = []} = body.output;
    run.output = {title: title ?? run.output.title, summary, text: text ?? null};
    run.annotations.push(...annotations);
  }
  if (body.conclusion !== undefined) Object.assign(run, {status: 'completed', conclusion: body.conclusion, completed: body.completed_at ?? world.time()});
  else if (body.status !== undefined) Object.assign(run, {status: body.status, conclusion: null, completed: null});
  if (run.status !== 'queued') run.started ??= world.time();
}

function forgetOldest(repository, run) {
  const same = runsOf(repository, run.suite).filter(({name}) => name === run.name);
  for (const old of same.slice(0, Math.max(0, same.length - MOST_OF_ONE_NAME))) repository.runs.delete(old.id);
}

async function afterChange(github, repository, run, {sender, wasCompleted}) {
  const {suite} = run;
  suite.isRerequested = false;
  suite.updated = github.world.time();
  if (run.status === 'completed' && !wasCompleted) emitRun(github, repository, run, {action: 'completed', sender});
  const isDone = standing(github.world, repository, suite).status === 'completed';
  if (isDone && !suite.isReported) await emitSuite(github, repository, suite, {action: 'completed', sender});
  suite.isReported = isDone;
}

async function createRun({github, caller: {app}, repository, body}) {
  const {world} = github;
  checkLimits(body);
  const sha = await existingCommit(repository, body.head_sha);
  const run = {
    id: world.newId(),
    suite: suiteOf(github, repository, app, sha),
    name: body.name,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    started: null,
    completed: null,
    created: world.time(),
    output: {title: null, summary: null, text: null},
    annotations: [],
    actions: [],
    updates: [{at: world.time(), body}],
  };
  apply(world, run, body);
  run.started ??= world.time();
  repository.runs.set(run.id, run);
  forgetOldest(repository, run);
  emitRun(github, repository, run, {action: 'created', sender: app.bot});
  await afterChange(github, repository, run, {sender: app.bot, wasCompleted: false});
  return {status: 201, json: runJson(world, repository, run)};
}

function runOf({repository, parameters}) {
  const run = repository.runs.get(Number(parameters.check_run_id));
  if (!run) throw notFound();
  return run;
}

async function updateRun(call) {
  const {github, caller: {app}, repository, body} = call;
  const run = runOf(call);
  if (run.suite.app !== app) throw new Refusal(403, 'Invalid app_id `' + app.id + '` - check run can only be modified by the GitHub App that created it.');
  checkLimits(body);
  const wasCompleted = run.status === 'completed';
  run.updates.push({at: github.world.time(), body});
  apply(github.world, run, body);
  await afterChange(github, repository, run, {sender: app.bot, wasCompleted});
  return {json: runJson(github.world, repository, run)};
}

function listAnnotations(call) {
  const {github: {world}, repository} = call;
  const run = runOf(call);
  const page = `${repositoryPage(world, repository)}/blob/${run.suite.headSha}`;
  const list = run.annotations.map((annotation) => ({
    path: annotation.path,
    blob_href: `${page}/${annotation.path}`,
    start_line: annotation.start_line,
    end_line: annotation.end_line,
    start_column: annotation.start_column ?? null,
    end_column: annotation.end_column ?? null,
    annotation_level: annotation.annotation_level,
    title: annotation.title ?? null,
    message: annotation.message,
    raw_details: annotation.raw_details ?? null,
  }));
  return {list};
}

function filtered(runs, query) {
  const kept = query.get('filter') === 'all' ? runs : latest(runs);
  return kept.filter(
    ({name, status, suite}) =>
      (query.get('check_name') ?? name) === name && (query.get('status') ?? status) === status && Number(query.get('app_id') ?? suite.app.id) === suite.app.id,
  );
}

const renderRuns = ({github: {world}, repository, query}, runs) => ({
  list: filtered(runs, query).reverse().map((run) => runJson(world, repository, run)),
  wrap: (check_runs, total_count) => ({total_count, check_runs}),
});

async function listForRef(call) {
  const sha = await commitOfPath(call);
  return renderRuns(call, [...call.repository.runs.values()].filter(({suite}) => suite.headSha === sha));
}

async function listSuites(call) {
  const {github: {world}, repository, query} = call;
  const sha = await commitOfPath(call);
  const suites = [...repository.suites.values()].filter(
    (suite) =>
      suite.headSha === sha &&
      Number(query.get('app_id') ?? suite.app.id) === suite.app.id &&
      (!query.has('check_name') || runsOf(repository, suite).some(({name}) => name === query.get('check_name'))),
  );
  const list = await Promise.all(suites.map((suite) => suiteJson(world, repository, suite)));
  return {list, wrap: (check_suites, total_count) => ({total_count, check_suites})};
}

async function createSuite({github, caller: {app}, repository, body}) {
  const sha = await existingCommit(repository, body.head_sha);
  const before = repository.suites.size;
  const suite = suiteOf(github, repository, app, sha);
  return {status: repository.suites.size > before ? 201 : 200, json: await suiteJson(github.world, repository, suite)};
}

function suiteOfPath({repository, parameters}) {
  const suite = repository.suites.get(Number(parameters.check_suite_id));
  if (!suite) throw notFound();
  return suite;
}

function reopen(suite) {
  suite.isRerequested = true;
  suite.isReported = false;
}

/** Asks for a run again, as the button on GitHub's page does. The run itself is as it was: what follows is up to the App. */
export function rerequestRun(github, repository, run, sender) {
  // The event still tells of the suite as it was.
  emitRun(github, repository, run, {action: 'rerequested', sender, app: run.suite.app});
  reopen(run.suite);
}

/** Asks for all runs of a suite again. */
export async function rerequestSuite(github, repository, suite, sender) {
  reopen(suite);
  await emitSuite(github, repository, suite, {action: 'rerequested', sender});
}

/** Clicks one of the buttons that an App has put on a run. */
export function clickAction(github, repository, run, {identifier, sender}) {
  if (!run.actions.some((action) => action.identifier === identifier)) throw new Refusal(422, `check run ${run.id} has no button ${identifier}`);
  emitRun(github, repository, run, {action: 'requested_action', sender, app: run.suite.app, more: {requested_action: {identifier}}});
}

/** The runs of a repository with everything that was ever sent about them, by head commit, or of one: what a test looks at. */
export function dumpRuns({world}, repository, sha) {
  const dump = {};
  for (const run of repository.runs.values()) {
    if (sha && run.suite.headSha !== sha) continue;
    (dump[run.suite.headSha] ??= []).push({...runJson(world, repository, run), annotations: run.annotations, actions: run.actions, updates: run.updates});
  }
  return dump;
}

/** The run of this id, for what is not bound to a path. */
export function runById(repository, id) {
  const run = repository.runs.get(id);
  if (!run) throw new Refusal(404, `${fullNameOf(repository)} has no check run ${id}`);
  return run;
}

export const ROUTES = {
  'POST /repos/{owner}/{repo}/check-runs': {needs: 'checks:write', handle: createRun},
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}': {needs: 'checks:read', handle: (call) => ({json: runJson(call.github.world, call.repository, runOf(call))})},
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': {needs: 'checks:write', handle: updateRun},
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations': {needs: 'checks:read', handle: listAnnotations},
  'POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest': {
    needs: 'checks:write',
    handle: (call) => {
      rerequestRun(call.github, call.repository, runOf(call), call.caller.app.bot);
      return {status: 201, json: {}};
    },
  },
  'POST /repos/{owner}/{repo}/check-suites': {needs: 'checks:write', handle: createSuite},
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}': {needs: 'checks:read', handle: async (call) => ({json: await suiteJson(call.github.world, call.repository, suiteOfPath(call))})},
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs': {needs: 'checks:read', handle: (call) => renderRuns(call, runsOf(call.repository, suiteOfPath(call)))},
  'POST /repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest': {
    needs: 'checks:write',
    handle: async (call) => {
      await rerequestSuite(call.github, call.repository, suiteOfPath(call), call.caller.app.bot);
      return {status: 201, json: {}};
    },
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': {needs: 'checks:read', handle: listForRef},
  'GET /repos/{owner}/{repo}/commits/{ref}/check-suites': {needs: 'checks:read', handle: listSuites},
};
