// How check runs and suites stand, and how GitHub writes them.

import {readCommit} from './git.mjs';
import {appJson, hookAppJson, minimalRepositoryJson, repositoryPage, repositoryUrl, simpleCommitJson} from './shapes.mjs';
import {nodeId} from './world.mjs';

const STALE_AFTER = 14 * 24 * 3_600_000;
// What a suite concludes with: the worst of its runs.
const WORST_FIRST = ['action_required', 'timed_out', 'cancelled', 'failure', 'stale', 'success', 'neutral', 'skipped'];

/** The pull requests from branches of the repository itself that have this head: for those from forks GitHub names none. */
function pullsOf(world, repository, sha) {
  const brief = (of) => ({id: of.id, url: repositoryUrl(world, of), name: of.name});
  return [...repository.pulls.values()]
    .filter(({state, head}) => state === 'open' && head.sha === sha && head.repository === repository)
    .map(({id, number, head, base}) => ({
      id,
      number,
      url: `${repositoryUrl(world, repository)}/pulls/${number}`,
      head: {ref: head.ref, sha: head.sha, repo: brief(repository)},
      base: {ref: base.ref, sha: base.sha, repo: brief(repository)},
    }));
}

/** The runs of a suite, oldest first. */
export const runsOf = (repository, suite) => [...repository.runs.values()].filter((run) => run.suite === suite);

/** The newest run of each name of each suite. */
export function latest(runs) {
  const newest = new Map();
  for (const run of runs) newest.set(`${run.suite.id} ${run.name}`, run);
  return [...newest.values()];
}

/** A suite's status and conclusion, which its latest runs make. */
export function standing(world, repository, suite) {
  const runs = latest(runsOf(repository, suite)).map((run) => settled(world, run));
  if (runs.length === 0 || suite.isRerequested) return {status: 'queued', conclusion: null};
  if (runs.every(({status}) => status === 'completed')) {
    return {status: 'completed', conclusion: WORST_FIRST.find((conclusion) => runs.some((run) => run.conclusion === conclusion))};
  }
  return {status: runs.every(({status}) => status === 'queued') ? 'queued' : 'in_progress', conclusion: null};
}

/** A run as it is now: GitHub gives up on those that have not completed in 14 days. */
function settled(world, run) {
  if (run.status !== 'completed' && world.now() - Date.parse(run.created) > STALE_AFTER) Object.assign(run, {status: 'completed', conclusion: 'stale', completed: world.time()});
  return run;
}

const detailsOf = (run) => run.detailsUrl ?? run.suite.app.externalUrl;

/** A check run as the API answers it. */
export function runJson(world, repository, run) {
  settled(world, run);
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.suite.headSha,
    external_id: run.externalId,
    url,
    html_url: `${repositoryPage(world, repository)}/runs/${run.id}`,
    details_url: detailsOf(run),
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.started,
    completed_at: run.completed,
    output: {...run.output, annotations_count: run.annotations.length, annotations_url: `${url}/annotations`},
    check_suite: {id: run.suite.id},
    app: appJson(world, run.suite.app),
    pull_requests: pullsOf(world, repository, run.suite.headSha),
  };
}

/** A suite with what runs and events both tell of it. */
function commonSuiteJson(world, repository, suite) {
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.branch,
    head_sha: suite.headSha,
    ...standing(world, repository, suite),
    url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    pull_requests: pullsOf(world, repository, suite.headSha),
    created_at: suite.created,
    updated_at: suite.updated,
  };
}

async function suiteDetails(world, repository, suite) {
  return {
    latest_check_runs_count: latest(runsOf(repository, suite)).length,
    check_runs_url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}/check-runs`,
    head_commit: simpleCommitJson(await readCommit(repository.folder, suite.headSha)),
  };
}

/** A suite as the API answers it. */
export const suiteJson = async (world, repository, suite) => ({
  ...commonSuiteJson(world, repository, suite),
  app: appJson(world, suite.app),
  repository: minimalRepositoryJson(world, repository),
  rerequestable: true,
  runs_rerequestable: true,
  ...(await suiteDetails(world, repository, suite)),
});

/** A suite as webhooks have it. */
export const hookSuiteJson = async (world, repository, suite) => ({
  ...commonSuiteJson(world, repository, suite),
  app: hookAppJson(world, suite.app),
  ...(await suiteDetails(world, repository, suite)),
});

/** A check run as webhooks have it. */
export function hookRunJson(world, repository, run) {
  const app = hookAppJson(world, run.suite.app);
  return {...runJson(world, repository, run), app, check_suite: {...commonSuiteJson(world, repository, run.suite), app}};
}
