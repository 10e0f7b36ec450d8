// Repositories: made from a folder of the machine, read by the API, with who may do what there.

import path from 'node:path';

import {git, makeBare, refsBelow, take, readCommit, commitOf} from './git.mjs';
import {commitJson, fullRepositoryJson, repositoryPage, repositoryUrl, userJson} from './shapes.mjs';
import {Refusal, fullNameOf, invalid, isAtLeast, notFound, permissionOf} from './world.mjs';

function blank(world, {owner, name, isPrivate, defaultBranch, forkOf}) {
  const id = world.newId();
  const now = world.time();
  return {
    id,
    owner,
    name,
    private: isPrivate,
    defaultBranch,
    forkOf,
    folder: path.join(world.folder, `${id}.git`),
    created: now,
    updated: now,
    pushed: now,
    collaborators: new Map(),
    mergeMethods: new Set(['merge', 'squash', 'rebase']),
    requiredChecks: [],
    labels: new Map(), // name in lower case: label
    pulls: new Map(), // number: pull request
    comments: new Map(), // id: comment
    reactions: [], // {id, on, user, content, created}; `on` is a comment or a pull request
    suites: new Map(),
    runs: new Map(),
    statuses: [],
    mergeGroups: new Map(), // ref: merge group
    sizes: new Map(), // of pull requests, by base and head
    lastNumber: 0,
  };
}

/**
 * Makes a repository with the branches of a local one.
 * @param {import('./github.mjs').GitHub} github
 * @param {{owner: string, owner_type?: string, name: string, from: string, private?: boolean, default_branch?: string,
 *          branches?: string[], collaborators?: Record<string, string>, merge_methods?: string[], required_checks?: string[]}} wanted
 *     `branches`: these alone, the default branch where it is not said
 */
export async function makeRepository({world}, wanted) {
  const {owner, owner_type: ownerType, name, from, private: isPrivate = false, default_branch: defaultBranch = 'main'} = wanted;
  if (world.repository(`${owner}/${name}`)) throw new Refusal(422, `There is a repository ${owner}/${name} already`);
  const repository = blank(world, {owner: world.user(owner, ownerType), name, isPrivate, defaultBranch});
  await makeBare(repository.folder, defaultBranch);
  for (const branch of wanted.branches ?? [defaultBranch]) await take(repository.folder, from, `refs/heads/${branch}`, `refs/heads/${branch}`);
  setRules(world, repository, wanted);
  world.repositories.set(repository.id, repository);
  return repository;
}

/** Changes who may do what in a repository, what merging may be, and which checks it requires. */
export function setRules(world, repository, {collaborators = {}, merge_methods: methods, required_checks: checks, private: isPrivate}) {
  for (const [login, permission] of Object.entries(collaborators)) {
    world.user(login);
    repository.collaborators.set(login.toLowerCase(), permission);
  }
  if (methods) repository.mergeMethods = new Set(methods);
  if (checks) repository.requiredChecks = checks;
  if (isPrivate !== undefined) repository.private = isPrivate;
}

/** The fork of a repository that a user has; made, with the repository's default branch, where there is none yet. */
export async function forkFor({world}, repository, login) {
  const existing = [...world.repositories.values()].find(({forkOf, owner}) => forkOf === repository && owner.login.toLowerCase() === login.toLowerCase());
  if (existing) return existing;
  const fork = blank(world, {owner: world.user(login), name: repository.name, isPrivate: repository.private, defaultBranch: repository.defaultBranch, forkOf: repository});
  await makeBare(fork.folder, fork.defaultBranch);
  await take(fork.folder, repository.folder, `refs/heads/${fork.defaultBranch}`, `refs/heads/${fork.defaultBranch}`);
  world.repositories.set(fork.id, fork);
  return fork;
}

/** Renames a repository, or gives it to another owner. The old name leads to it still. */
export function move({world, hooks}, repository, {name = repository.name, owner = repository.owner.login, sender}) {
  const before = {name: repository.name, owner: repository.owner};
  world.formerNames.set(fullNameOf(repository).toLowerCase(), repository);
  // Whoever has installed an App on chosen repositories keeps it on them.
  repository.name = name;
  repository.owner = world.user(owner);
  world.formerNames.delete(fullNameOf(repository).toLowerCase());
  if (name !== before.name) {
    hooks.emit({event: 'repository', action: 'renamed', repository, sender, payload: {changes: {repository: {name: {from: before.name}}}}});
  }
  if (repository.owner !== before.owner) {
    hooks.emit({event: 'repository', action: 'transferred', repository, sender, payload: {changes: {owner: {from: {user: userJson(world, before.owner)}}}}});
  }
}

/** The label of this name; made, grey, where there is none yet. */
export function labelOf(world, repository, name, {color = 'ededed', description = null} = {}) {
  const key = name.toLowerCase();
  if (!repository.labels.has(key)) repository.labels.set(key, {id: world.newId(), name, color, description});
  return repository.labels.get(key);
}

/** Throws where a user may not push to a repository. */
export function checkMayPush(repository, login) {
  if (!isAtLeast(permissionOf(repository, login), 'write')) throw new Refusal(403, `${login} may not push to ${fullNameOf(repository)}`);
}

const ROLES = {none: 'none', read: 'read', triage: 'read', write: 'write', maintain: 'write', admin: 'admin'};

function permission({github: {world}, repository, parameters}) {
  const user = world.users.get(parameters.username.toLowerCase());
  if (!user) throw notFound();
  const role = permissionOf(repository, user.login);
  return {json: {permission: ROLES[role], role_name: role, user: {...userJson(world, user), role_name: role}}};
}

async function listBranches({github: {world}, repository}) {
  const refs = await refsBelow(repository.folder, 'refs/heads/');
  const list = refs.map(({ref, sha}) => ({
    name: ref.replace('refs/heads/', ''),
    commit: {sha, url: `${repositoryUrl(world, repository)}/commits/${sha}`},
    protected: isProtected(repository, ref),
  }));
  return {list};
}

const isProtected = (repository, ref) => ref === `refs/heads/${repository.defaultBranch}` && repository.requiredChecks.length > 0;

async function getBranch({github: {world}, repository, parameters}) {
  const ref = `refs/heads/${parameters.branch}`;
  const sha = await commitOf(repository.folder, ref);
  if (!sha) throw new Refusal(404, 'Branch not found');
  const url = `${repositoryUrl(world, repository)}/branches/${encodeURIComponent(parameters.branch)}`;
  const checks = isProtected(repository, ref) ? repository.requiredChecks : [];
  return {
    json: {
      name: parameters.branch,
      commit: commitJson(world, repository, await readCommit(repository.folder, sha)),
      _links: {self: url, html: `${repositoryPage(world, repository)}/tree/${parameters.branch}`},
      protected: isProtected(repository, ref),
      protection: {
        enabled: checks.length > 0,
        required_status_checks: {
          enforcement_level: checks.length > 0 ? 'everyone' : 'off',
          contexts: checks,
          checks: checks.map((context) => ({context, app_id: null})),
        },
      },
      protection_url: `${url}/protection`,
    },
  };
}

/** The whole history of a folder's refs, for a test that looks at what was merged. */
export const refsOf = async (repository) => Object.fromEntries((await refsBelow(repository.folder, 'refs/')).map(({ref, sha}) => [ref, sha]));

/** Takes a commit of a local repository in, under no name yet. */
export async function takeCommit(repository, from, ref) {
  const sha = await commitOf(from, ref);
  if (!sha) throw invalid('Reference', 'from', `there is no ${ref} in ${from}`);
  const place = `refs/fake/${sha}`;
  await take(repository.folder, from, sha, place);
  await git(repository.folder, 'update-ref', '-d', place);
  return sha;
}

export const ROUTES = {
  'GET /repos/{owner}/{repo}': {needs: 'metadata:read', handle: ({github: {world}, repository}) => ({json: fullRepositoryJson(world, repository)})},
  'GET /repos/{owner}/{repo}/branches': {needs: 'contents:read', handle: listBranches},
  'GET /repos/{owner}/{repo}/branches/{branch}': {needs: 'contents:read', handle: getBranch},
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': {needs: 'metadata:read', handle: permission},
};
