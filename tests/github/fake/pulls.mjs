// Pull requests: opened from branches and forks, moved, edited, reviewed, merged.

import {filesJson} from './commits.mjs';
import {changedFiles, commitOf, commitsBetween, mergeBase, mergedTree, readCommit, take} from './git.mjs';
import {labelJson, pullJson, simplePullJson} from './pull_shapes.mjs';
import {moveRef} from './pushes.mjs';
import {checkMayPush, forkFor, labelOf, takeCommit} from './repositories.mjs';
import {commitJson, userJson} from './shapes.mjs';
import {Refusal, invalid, nodeId, notFound, permissionOf, isAtLeast} from './world.mjs';

/** The pull request of a number; throws 404 where there is none. */
export function pullOf(repository, number) {
  const pull = repository.pulls.get(Number(number));
  if (!pull) throw notFound();
  return pull;
}

/** How much a pull request changes. Asked for with every event, and the same for the same two commits. */
async function sizeOf(repository, pull) {
  const key = `${pull.base.sha}...${pull.head.sha}`;
  if (!repository.sizes.has(key)) repository.sizes.set(key, await measure(repository, pull));
  return repository.sizes.get(key);
}

async function measure(repository, pull) {
  const base = (await mergeBase(repository.folder, pull.base.sha, pull.head.sha)) ?? pull.base.sha;
  const files = await changedFiles(repository.folder, base, pull.head.sha);
  const sum = (name) => files.reduce((total, file) => total + file[name], 0);
  return {additions: sum('additions'), deletions: sum('deletions'), changedFiles: files.length, commits: (await commitsBetween(repository.folder, base, pull.head.sha)).length};
}

const wholeJson = async (world, repository, pull) => pullJson(world, repository, pull, await sizeOf(repository, pull));

/** Tells of something that happened to a pull request. */
async function emit({world, hooks}, repository, pull, {action, sender, more = {}}) {
  pull.updated = world.time();
  hooks.emit({event: 'pull_request', action, repository, sender, payload: {number: pull.number, pull_request: await wholeJson(world, repository, pull), ...more}});
}

/** Who a user is to a repository, as GitHub says it on what they write there. */
export function associationOf(repository, login) {
  if (repository.owner.login.toLowerCase() === login.toLowerCase()) return 'OWNER';
  if (isAtLeast(permissionOf(repository, login), 'write')) return 'COLLABORATOR';
  const hasMerged = [...repository.pulls.values()].some(({merged, author}) => merged && author.login.toLowerCase() === login.toLowerCase());
  return hasMerged ? 'CONTRIBUTOR' : 'FIRST_TIME_CONTRIBUTOR';
}

/**
 * Opens a pull request whose head is a commit of a local repository.
 * @param {import('./github.mjs').GitHub} github
 * @param {{from: string, ref: string, author: string, head_branch?: string, base?: string, fork?: boolean | string, title?: string,
 *          body?: string, draft?: boolean, labels?: string[], author_association?: string}} wanted
 *     `from`, `ref`: the local folder and what is taken of it; `fork`: the head is in the author's fork, or in that of another user, who pushed it
 */
export async function openPull(github, repository, wanted) {
  const {from, ref, author: login, base = repository.defaultBranch, fork = false} = wanted;
  const headBranch = wanted.head_branch ?? ref.replace(/^refs\/heads\//, '');
  const author = github.world.user(login);
  const pusher = typeof fork === 'string' ? fork : login;
  const home = fork ? await forkFor(github, repository, pusher) : repository;
  checkMayPush(home, pusher);
  const sha = await takeCommit(home, from, ref);
  const baseSha = await commitOf(repository.folder, `refs/heads/${base}`);
  if (!baseSha) throw invalid('PullRequest', 'base', `there is no branch ${base}`);
  await moveRef(github, home, {ref: `refs/heads/${headBranch}`, sha, sender: github.world.user(pusher)});
  const pull = blank(github.world, repository, {wanted, author, head: {repository: home, ref: headBranch, sha}, base: {ref: base, sha: baseSha}});
  pull.title = wanted.title ?? (await readCommit(home.folder, sha)).message.split('\n')[0];
  await take(repository.folder, home.folder, sha, `refs/pull/${pull.number}/head`);
  repository.pulls.set(pull.number, pull);
  await emit(github, repository, pull, {action: 'opened', sender: author});
  for (const name of wanted.labels ?? []) await addLabel(github, repository, pull, {name, sender: author});
  return pull;
}

function blank(world, repository, {wanted, author, head, base}) {
  repository.lastNumber += 1;
  return {
    id: world.newId(),
    number: repository.lastNumber,
    body: wanted.body ?? null,
    author,
    authorAssociation: wanted.author_association ?? associationOf(repository, author.login),
    state: 'open',
    draft: wanted.draft ?? false,
    head,
    base,
    labels: [],
    reviews: [],
    created: world.time(),
    updated: world.time(),
    closed: null,
    merged: null,
    mergedBy: null,
    mergeCommit: null,
    mergeable: null, // nobody has asked yet
  };
}

/** What follows when the head of an open pull request has moved. */
export async function headMoved(github, repository, pull, {sha, sender}) {
  const before = pull.head.sha;
  pull.head.sha = sha;
  pull.base.sha = (await commitOf(repository.folder, `refs/heads/${pull.base.ref}`)) ?? pull.base.sha;
  pull.mergeable = null;
  await emit(github, repository, pull, {action: 'synchronize', sender, more: {before, after: sha}});
}

/** Closes a pull request without merging it, or opens it again. */
export async function setState(github, repository, pull, {state, sender}) {
  if (pull.merged || pull.state === state) throw invalid('PullRequest', 'state', `is ${pull.merged ? 'merged' : pull.state} already`);
  pull.state = state;
  pull.closed = state === 'closed' ? github.world.time() : null;
  await emit(github, repository, pull, {action: state === 'closed' ? 'closed' : 'reopened', sender});
}

/** Makes a draft of a pull request, or declares it ready. */
export async function setDraft(github, repository, pull, {draft, sender}) {
  if (pull.draft === draft) return;
  pull.draft = draft;
  await emit(github, repository, pull, {action: draft ? 'converted_to_draft' : 'ready_for_review', sender});
}

/** Edits title, body or base. */
export async function edit(github, repository, pull, {title, body, base, sender}) {
  const changes = {};
  if (title !== undefined) {
    changes.title = {from: pull.title};
    pull.title = title;
  }
  if (body !== undefined) {
    changes.body = {from: pull.body ?? ''};
    pull.body = body;
  }
  if (base !== undefined) {
    const sha = await commitOf(repository.folder, `refs/heads/${base}`);
    if (!sha) throw invalid('PullRequest', 'base', `there is no branch ${base}`);
    changes.base = {ref: {from: pull.base.ref}, sha: {from: pull.base.sha}};
    pull.base = {ref: base, sha};
    pull.mergeable = null;
  }
  await emit(github, repository, pull, {action: 'edited', sender, more: {changes}});
}

/** Puts a label on a pull request; nothing where it is there already. */
export async function addLabel(github, repository, pull, {name, sender}) {
  const label = labelOf(github.world, repository, name);
  if (pull.labels.includes(label)) return;
  pull.labels.push(label);
  await emit(github, repository, pull, {action: 'labeled', sender, more: {label: labelJson(github.world, repository, label)}});
}

/** Takes a label away; throws 404 where it is not there. */
export async function removeLabel(github, repository, pull, {name, sender}) {
  const label = pull.labels.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (!label) throw new Refusal(404, 'Label does not exist');
  pull.labels = pull.labels.filter((candidate) => candidate !== label);
  await emit(github, repository, pull, {action: 'unlabeled', sender, more: {label: labelJson(github.world, repository, label)}});
}

const REVIEW_STATES = {APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED'};

function reviewJson(world, repository, pull, review) {
  const {url, html_url: page} = simplePullJson(world, repository, pull);
  const html = `${page}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', review.id),
    user: userJson(world, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    _links: {html: {href: html}, pull_request: {href: url}},
    submitted_at: review.submitted,
    commit_id: review.commit,
    author_association: associationOf(repository, review.user.login),
  };
}

/**
 * Reviews a pull request.
 * @param {{user: object, event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT', body?: string, commit_id?: string}} given
 */
export function review({world, hooks}, repository, pull, {user, event, body = '', commit_id: commit = pull.head.sha}) {
  if (user === pull.author && event !== 'COMMENT') throw new Refusal(422, 'Can not review your own pull request');
  const made = {id: world.newId(), user, body, state: REVIEW_STATES[event], commit, submitted: world.time()};
  pull.reviews.push(made);
  const json = reviewJson(world, repository, pull, made);
  hooks.emit({
    event: 'pull_request_review',
    action: 'submitted',
    repository,
    sender: user,
    payload: {review: {...json, state: json.state.toLowerCase()}, pull_request: simplePullJson(world, repository, pull)},
  });
  return json;
}

/** Finds out whether a pull request can be merged, as GitHub does some time after somebody has asked. */
async function findMergeable(repository, pull) {
  const base = await commitOf(repository.folder, `refs/heads/${pull.base.ref}`);
  pull.mergeable = (await mergedTree(repository.folder, base, pull.head.sha)) !== undefined;
}

async function getPull({github: {world}, repository, parameters}) {
  const pull = pullOf(repository, parameters.pull_number);
  const json = await wholeJson(world, repository, pull);
  if (pull.state === 'open' && pull.mergeable === null) await findMergeable(repository, pull);
  return {json};
}

function listPulls({github: {world}, repository, query}) {
  const state = query.get('state') ?? 'open';
  const [head, base] = [query.get('head'), query.get('base')];
  const matches = (pull) =>
    (state === 'all' || pull.state === state) &&
    (!base || pull.base.ref === base) &&
    (!head || `${pull.head.repository.owner.login}:${pull.head.ref}` === head);
  const sort = query.get('sort') ?? 'created';
  const key = ({created, updated, number}) => `${sort === 'updated' ? updated : created} ${String(number).padStart(9, '0')}`;
  const found = [...repository.pulls.values()].filter(matches).sort((one, other) => (key(one) < key(other) ? -1 : 1));
  // Newest first, unless it is said otherwise.
  if ((query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc')) === 'desc') found.reverse();
  return {list: found.map((pull) => simplePullJson(world, repository, pull))};
}

async function listFiles({github: {world}, repository, parameters}) {
  const pull = pullOf(repository, parameters.pull_number);
  const base = (await mergeBase(repository.folder, pull.base.sha, pull.head.sha)) ?? pull.base.sha;
  return {list: filesJson(world, repository, pull.head.sha, await changedFiles(repository.folder, base, pull.head.sha))};
}

async function listCommits({github: {world}, repository, parameters}) {
  const pull = pullOf(repository, parameters.pull_number);
  return {list: (await commitsBetween(repository.folder, pull.base.sha, pull.head.sha)).map((commit) => commitJson(world, repository, commit))};
}

/** Marks a pull request as merged by this commit, which its base has got, and tells of it. */
export async function merged(github, repository, pull, {sha, sender}) {
  Object.assign(pull, {state: 'closed', closed: github.world.time(), merged: github.world.time(), mergedBy: sender, mergeCommit: sha});
  await emit(github, repository, pull, {action: 'closed', sender});
}

function createReview({github, caller, repository, parameters, body}) {
  return {json: review(github, repository, pullOf(repository, parameters.pull_number), {...body, user: caller.app.bot})};
}

function listReviews({github: {world}, repository, parameters}) {
  const pull = pullOf(repository, parameters.pull_number);
  return {list: pull.reviews.map((made) => reviewJson(world, repository, pull, made))};
}

export const ROUTES = {
  'GET /repos/{owner}/{repo}/pulls': {needs: 'pull_requests:read', handle: listPulls},
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': {needs: 'pull_requests:read', handle: getPull},
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits': {needs: 'pull_requests:read', handle: listCommits},
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': {needs: 'pull_requests:read', handle: listFiles},
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': {needs: 'pull_requests:read', handle: listReviews},
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews': {needs: 'pull_requests:write', handle: createReview},
};
