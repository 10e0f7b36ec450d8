// Pushes: refs that move, and everything that follows from it: events, pull requests that have a new head, new check suites.

import {emitSuite, suiteOf} from './checks.mjs';
import {commitOf, commitsBetween, changedFiles, deleteRef, isAncestor, readCommit, setRef, take} from './git.mjs';
import {headMoved} from './pulls.mjs';
import {repositoryJson, repositoryPage, repositoryUrl} from './shapes.mjs';

const NOTHING = '0'.repeat(40);
const MOST_COMMITS = 20;

/**
 * Moves a branch to a commit that the repository has, and tells whom it concerns. Without a commit the branch is deleted.
 * @param {import('./github.mjs').GitHub} github
 * @param {{ref: string, sha?: string, sender: object}} moved
 */
export async function moveRef(github, repository, {ref, sha, sender}) {
  const before = (await commitOf(repository.folder, ref)) ?? NOTHING;
  if (sha) await setRef(repository.folder, ref, sha);
  else await deleteRef(repository.folder, ref);
  repository.pushed = github.world.time();
  // Forks have no App installed, and what is told of a push takes git a while to find out.
  if (github.world.installationsOf(repository).length > 0) {
    const payload = await pushPayload(github.world, repository, {ref, before, after: sha ?? NOTHING, sender});
    github.hooks.emit({event: 'push', repository, sender, payload});
  }
  if (!sha || !ref.startsWith('refs/heads/')) return;
  await requestSuites(github, repository, {ref, before, sha, sender});
  await updatePulls(github, repository, {ref, sha, sender});
}

async function pushPayload(world, repository, {ref, before, after, sender}) {
  const page = repositoryPage(world, repository);
  const isNew = before === NOTHING;
  const isGone = after === NOTHING;
  const commits = isNew || isGone ? [] : (await commitsBetween(repository.folder, before, after)).slice(-MOST_COMMITS);
  return {
    ref,
    before,
    after,
    created: isNew,
    deleted: isGone,
    forced: !isNew && !isGone && !(await isAncestor(repository.folder, before, after)),
    base_ref: null,
    compare: `${page}/compare/${before}...${after}`,
    commits: await Promise.all(commits.map((commit) => pushedCommit(world, repository, commit))),
    head_commit: isGone ? null : await pushedCommit(world, repository, await readCommit(repository.folder, after)),
    repository: pushedRepository(world, repository),
    pusher: {name: sender.login, email: `${sender.id}+${sender.login}@users.noreply.github.invalid`},
  };
}

// Older than the rest of the API, a push writes times in seconds and knows some properties by two names.
function pushedRepository(world, repository) {
  const json = repositoryJson(world, repository);
  const seconds = (time) => Math.floor(Date.parse(time) / 1000);
  return {
    ...json,
    owner: {...json.owner, name: repository.owner.login, email: null},
    created_at: seconds(json.created_at),
    pushed_at: seconds(json.pushed_at),
    stargazers: json.stargazers_count,
    master_branch: json.default_branch,
  };
}

async function pushedCommit(world, repository, commit) {
  const files = commit.parents.length > 0 ? await changedFiles(repository.folder, commit.parents[0], commit.sha) : [];
  const named = (...statuses) => files.filter(({status}) => statuses.includes(status)).map(({filename}) => filename);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
    author: {name: commit.author.name, email: commit.author.email},
    committer: {name: commit.committer.name, email: commit.committer.email},
    added: named('added', 'copied', 'renamed'),
    removed: named('removed'),
    modified: named('modified', 'changed'),
  };
}

// GitHub makes a suite for each App that writes checks as soon as a branch of the repository itself is pushed.
async function requestSuites(github, repository, {ref, before, sha, sender}) {
  for (const {app, permissions} of github.world.installationsOf(repository)) {
    if (permissions.checks !== 'write') continue;
    const suite = suiteOf(github, repository, app, sha, {branch: ref.replace('refs/heads/', ''), before});
    await emitSuite(github, repository, suite, {action: 'requested', sender});
  }
}

async function updatePulls(github, repository, {ref, sha, sender}) {
  const branch = ref.replace('refs/heads/', '');
  for (const target of github.world.repositories.values()) {
    for (const pull of target.pulls.values()) {
      const isHead = pull.head.repository === repository && pull.head.ref === branch;
      if (isHead && pull.state === 'open') {
        await take(target.folder, repository.folder, sha, `refs/pull/${pull.number}/head`);
        await headMoved(github, target, pull, {sha, sender});
      }
      // Whether it can still be merged is found out anew.
      if (target === repository && pull.base.ref === branch && pull.state === 'open') pull.mergeable = null;
    }
  }
}

/** A ref as the API answers it. */
export const refJson = (world, repository, {ref, sha}) => ({
  ref,
  node_id: `REF_${Buffer.from(`${repository.id}:${ref}`).toString('base64url')}`,
  url: `${repositoryUrl(world, repository)}/git/${ref}`,
  object: {type: 'commit', sha, url: `${repositoryUrl(world, repository)}/git/commits/${sha}`},
});
