// Commits, refs, files and comparisons, read from git.

import {changedFiles, commitOf, commitsBetween, isAncestor, listPath, mergeBase, readBlob, readCommit, refsBelow} from './git.mjs';
import {commitOfPath} from './lookup.mjs';
import {simplePullJson} from './pull_shapes.mjs';
import {moveRef, refJson} from './pushes.mjs';
import {commitJson, repositoryPage, repositoryUrl} from './shapes.mjs';
import {Refusal, notFound} from './world.mjs';

/** Files that differ, as comparisons and pull requests list them. */
export const filesJson = (world, repository, sha, files) =>
  files.map(({sha: blob, filename, previous, status, additions, deletions}) => ({
    sha: blob,
    filename,
    status,
    additions,
    deletions,
    changes: additions + deletions,
    blob_url: `${repositoryPage(world, repository)}/blob/${sha}/${encodeURIComponent(filename)}`,
    raw_url: `${repositoryPage(world, repository)}/raw/${sha}/${encodeURIComponent(filename)}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${encodeURIComponent(filename)}?ref=${sha}`,
    ...(previous ? {previous_filename: previous} : {}),
  }));

async function getCommit(call) {
  const {github: {world}, repository} = call;
  return {json: commitJson(world, repository, await readCommit(repository.folder, await commitOfPath(call)))};
}

async function gitCommit({github: {world}, repository, parameters}) {
  const sha = await commitOf(repository.folder, parameters.commit_sha);
  if (sha !== parameters.commit_sha) throw notFound();
  const {commit, node_id, html_url, parents} = commitJson(world, repository, await readCommit(repository.folder, sha));
  const {url, author, committer, message, tree, verification} = commit;
  return {json: {sha, node_id, url, html_url, author, committer, message, tree, parents, verification}};
}

async function compare({github: {world}, repository, parameters}) {
  const {folder} = repository;
  const [base, head] = await Promise.all(parameters.basehead.split('...').map((ref) => commitOfPath({repository, parameters: {ref}}).catch(() => undefined)));
  const common = base && head ? await mergeBase(folder, base, head) : undefined;
  if (!common) throw notFound();
  const ahead = await commitsBetween(folder, base, head);
  const behind = await commitsBetween(folder, head, base);
  const status = ahead.length > 0 ? (behind.length > 0 ? 'diverged' : 'ahead') : behind.length > 0 ? 'behind' : 'identical';
  const page = `${repositoryPage(world, repository)}/compare/${base}...${head}`;
  const render = async (sha) => commitJson(world, repository, await readCommit(folder, sha));
  return {
    json: {
      url: `${repositoryUrl(world, repository)}/compare/${base}...${head}`,
      html_url: page,
      permalink_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: await render(base),
      merge_base_commit: await render(common),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: ahead.map((commit) => commitJson(world, repository, commit)),
      files: filesJson(world, repository, head, await changedFiles(folder, common, head)),
    },
  };
}

const KINDS = {tree: 'dir', blob: 'file', commit: 'submodule'};

async function contents({github: {world}, repository, parameters, query}) {
  const name = parameters.path.replace(/^\/+|\/+$/g, '');
  const ref = query.get('ref') ?? repository.defaultBranch;
  const sha = await commitOfPath({repository, parameters: {ref}}).catch(() => {
    throw new Refusal(404, `No commit found for the ref ${ref}`);
  });
  const {isFolder, entries} = await listPath(repository.folder, sha, name);
  if (entries.length === 0) throw notFound();
  const render = (entry) => entryJson(world, repository, ref, entry);
  if (isFolder) return {json: entries.map(render)};
  return {json: await fileJson(repository, entries[0], render(entries[0]))};
}

function entryJson(world, repository, ref, {mode, type, sha, size, path}) {
  const url = `${repositoryUrl(world, repository)}/contents/${encodeURIComponent(path)}?ref=${encodeURIComponent(ref)}`;
  const git = `${repositoryUrl(world, repository)}/git/${type === 'tree' ? 'trees' : 'blobs'}/${sha}`;
  const html = `${repositoryPage(world, repository)}/blob/${ref}/${path}`;
  const kind = mode === '120000' ? 'symlink' : KINDS[type];
  return {type: kind, size, name: path.split('/').at(-1), path, sha, url, git_url: git, html_url: html, download_url: kind === 'dir' ? null : `${html}?raw=1`, _links: {self: url, git, html}};
}

async function fileJson(repository, entry, json) {
  const bytes = entry.type === 'blob' ? await readBlob(repository.folder, entry.sha) : Buffer.alloc(0);
  if (json.type === 'symlink') return {...json, target: bytes.toString('utf8')};
  if (json.type === 'submodule') return {...json, submodule_git_url: `${json.html_url}.git`};
  // Base64 in lines of 60, as GitHub has it.
  return {...json, encoding: 'base64', content: bytes.toString('base64').replaceAll(/(.{60})/g, '$1\n')};
}

async function pullsOfCommit({github: {world}, repository, parameters}) {
  const sha = await commitOf(repository.folder, parameters.commit_sha);
  if (!sha) throw new Refusal(422, `No commit found for SHA: ${parameters.commit_sha}`);
  const list = [];
  for (const pull of repository.pulls.values()) {
    const isOfPull = pull.mergeCommit === sha || ((await isAncestor(repository.folder, sha, pull.head.sha)) && !(await isAncestor(repository.folder, sha, pull.base.sha)));
    if (isOfPull) list.push(simplePullJson(world, repository, pull));
  }
  return {list};
}

/** Every ref of a repository; throws as GitHub does where it has none. */
async function allRefs(repository) {
  const refs = await refsBelow(repository.folder, 'refs/');
  if (refs.length === 0) throw new Refusal(409, 'Git Repository is empty.');
  return refs;
}

async function getRef({github: {world}, repository, parameters}) {
  const ref = `refs/${parameters.ref}`;
  const sha = (await allRefs(repository)).find((one) => one.ref === ref)?.sha;
  if (!sha) throw notFound();
  return {json: refJson(world, repository, {ref, sha})};
}

async function matchingRefs({github: {world}, repository, parameters}) {
  const prefix = `refs/${parameters.ref}`;
  const refs = await allRefs(repository);
  return {json: refs.filter(({ref}) => ref.startsWith(prefix)).map((found) => refJson(world, repository, found))};
}

async function createRef({github, caller, repository, body: {ref, sha}}) {
  if (await commitOf(repository.folder, ref)) throw new Refusal(422, 'Reference already exists');
  if (!(await commitOf(repository.folder, sha))) throw new Refusal(422, 'Object does not exist');
  await moveRef(github, repository, {ref, sha, sender: caller.app.bot});
  return {status: 201, json: refJson(github.world, repository, {ref, sha})};
}

async function updateRef({github, caller, repository, parameters, body: {sha, force = false}}) {
  const ref = `refs/${parameters.ref}`;
  const before = await commitOf(repository.folder, ref);
  if (!before) throw new Refusal(422, 'Reference does not exist');
  if (!(await commitOf(repository.folder, sha))) throw new Refusal(422, 'Object does not exist');
  if (!force && !(await isAncestor(repository.folder, before, sha))) throw new Refusal(422, 'Update is not a fast forward');
  await moveRef(github, repository, {ref, sha, sender: caller.app.bot});
  return {json: refJson(github.world, repository, {ref, sha})};
}

async function removeRef({github, caller, repository, parameters}) {
  const ref = `refs/${parameters.ref}`;
  if (!(await commitOf(repository.folder, ref))) throw new Refusal(422, 'Reference does not exist');
  await moveRef(github, repository, {ref, sender: caller.app.bot});
  return {status: 204};
}

export const ROUTES = {
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': {needs: 'pull_requests|contents:read', handle: pullsOfCommit},
  'GET /repos/{owner}/{repo}/commits/{ref}': {needs: 'contents:read', handle: getCommit},
  'GET /repos/{owner}/{repo}/compare/{basehead}': {needs: 'contents:read', handle: compare},
  'GET /repos/{owner}/{repo}/contents/{path}': {needs: 'contents:read', handle: contents},
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': {needs: 'contents:read', handle: gitCommit},
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}': {needs: 'contents:read', handle: matchingRefs},
  'GET /repos/{owner}/{repo}/git/ref/{ref}': {needs: 'contents:read', handle: getRef},
  'POST /repos/{owner}/{repo}/git/refs': {needs: 'contents:write', handle: createRef},
  'PATCH /repos/{owner}/{repo}/git/refs/{ref}': {needs: 'contents:write', handle: updateRef},
  'DELETE /repos/{owner}/{repo}/git/refs/{ref}': {needs: 'contents:write', handle: removeRef},
};
