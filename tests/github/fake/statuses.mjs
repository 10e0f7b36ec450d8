// Commit statuses, the forerunners of check runs; and whether a commit satisfies what its branch requires, by either.

import {latest} from './check_shapes.mjs';
import {commitOfPath, existingCommit} from './lookup.mjs';
import {minimalRepositoryJson, repositoryUrl, userJson} from './shapes.mjs';
import {nodeId} from './world.mjs';

const statusJson = (world, repository, status) => ({
  url: `${repositoryUrl(world, repository)}/statuses/${status.sha}`,
  id: status.id,
  node_id: nodeId('SC', status.id),
  avatar_url: null,
  state: status.state,
  description: status.description,
  target_url: status.targetUrl,
  context: status.context,
  created_at: status.created,
  updated_at: status.created,
});

async function createStatus({github: {world}, caller: {app}, repository, parameters, body}) {
  const sha = await existingCommit(repository, parameters.sha);
  const {state, description = null, target_url: targetUrl = null, context = 'default'} = body;
  const status = {id: world.newId(), sha, state, description, targetUrl, context, created: world.time()};
  repository.statuses.push(status);
  return {status: 201, json: {...statusJson(world, repository, status), creator: userJson(world, app.bot)}};
}

async function combinedStatus(call) {
  const {github: {world}, repository} = call;
  const sha = await commitOfPath(call);
  const newest = new Map(repository.statuses.filter((status) => status.sha === sha).map((status) => [status.context, status]));
  const statuses = [...newest.values()];
  const has = (...states) => statuses.some(({state}) => states.includes(state));
  const state = has('failure', 'error') ? 'failure' : statuses.length === 0 || has('pending') ? 'pending' : 'success';
  const url = `${repositoryUrl(world, repository)}/commits/${sha}`;
  return {
    json: {
      state,
      statuses: statuses.map((status) => statusJson(world, repository, status)),
      sha,
      total_count: statuses.length,
      repository: minimalRepositoryJson(world, repository),
      commit_url: url,
      url: `${url}/status`,
    },
  };
}

/** Whether a commit has a check, by run or status, that satisfies a branch's requirement of this name. */
export function isSatisfied(repository, sha, name) {
  const run = latest([...repository.runs.values()].filter((candidate) => candidate.suite.headSha === sha && candidate.name === name)).at(-1);
  if (run) return ['success', 'neutral', 'skipped'].includes(run.conclusion);
  return repository.statuses.findLast((status) => status.sha === sha && status.context === name)?.state === 'success';
}

export const ROUTES = {
  'GET /repos/{owner}/{repo}/commits/{ref}/status': {needs: 'statuses:read', handle: combinedStatus},
  'POST /repos/{owner}/{repo}/statuses/{sha}': {needs: 'statuses:write', handle: createStatus},
};
