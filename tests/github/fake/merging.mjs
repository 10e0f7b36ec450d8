// Merging pull requests by the API: what it takes, and what it makes.

import {changedFiles, commitOf, commitTree, mergeBase, mergedTree, rebased} from './git.mjs';
import {merged, pullOf} from './pulls.mjs';
import {moveRef} from './pushes.mjs';
import {isSatisfied} from './statuses.mjs';
import {Refusal, notFound} from './world.mjs';

async function checkMayMerge({repository, pull, caller, body}) {
  const refuse = (message, status = 405) => {
    throw new Refusal(status, message);
  };
  if (pull.state !== 'open') refuse('Pull Request is not mergeable');
  if (pull.draft) refuse('Pull Request is still a draft');
  if (body.sha && body.sha !== pull.head.sha) refuse('Head branch was modified. Review and try the merge again.', 409);
  if (!repository.mergeMethods.has(body.merge_method ?? 'merge')) refuse(`${body.merge_method ?? 'merge'} is not an allowed merge method on this repository.`);
  const missing = repository.requiredChecks.find((name) => !isSatisfied(repository, pull.head.sha, name));
  if (missing) refuse(`Required status check "${missing}" is expected.`);
  if (caller.token.permissions.workflows !== 'write' && (await touchesWorkflows(repository, pull))) refuse('Resource not accessible by integration', 403);
}

async function touchesWorkflows(repository, pull) {
  const base = (await mergeBase(repository.folder, pull.base.sha, pull.head.sha)) ?? pull.base.sha;
  return (await changedFiles(repository.folder, base, pull.head.sha)).some(({filename}) => filename.startsWith('.github/workflows/'));
}

/** The commit that merging makes; throws where there is a conflict. */
async function mergeCommit(repository, pull, {method, title, message}) {
  const {folder} = repository;
  const base = await commitOf(folder, `refs/heads/${pull.base.ref}`);
  const tree = await mergedTree(folder, base, pull.head.sha);
  if (!tree) throw new Refusal(405, 'Pull Request is not mergeable');
  if (method === 'rebase') {
    return rebased(folder, base, pull.head.sha).catch(() => {
      throw new Refusal(405, 'This branch can\'t be rebased');
    });
  }
  if (method === 'squash') return commitTree(folder, tree, [base], `${title ?? `${pull.title} (#${pull.number})`}\n\n${message ?? ''}`);
  const usual = `Merge pull request #${pull.number} from ${pull.head.repository.owner.login}/${pull.head.ref}`;
  return commitTree(folder, tree, [base, pull.head.sha], `${title ?? usual}\n\n${message ?? pull.title}`);
}

async function merge({github, caller, repository, parameters, body}) {
  const pull = pullOf(repository, parameters.pull_number);
  await checkMayMerge({repository, pull, caller, body});
  const sha = await mergeCommit(repository, pull, {method: body.merge_method ?? 'merge', title: body.commit_title, message: body.commit_message});
  const sender = caller.app.bot;
  await moveRef(github, repository, {ref: `refs/heads/${pull.base.ref}`, sha, sender});
  await merged(github, repository, pull, {sha, sender});
  return {json: {sha, merged: true, message: 'Pull Request successfully merged'}};
}

function isMerged({repository, parameters}) {
  if (!pullOf(repository, parameters.pull_number).merged) throw notFound();
  return {status: 204};
}

export const ROUTES = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/merge': {needs: 'contents:read', handle: isMerged},
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge': {needs: 'contents:write', handle: merge},
};
