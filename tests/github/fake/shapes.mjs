// How GitHub writes what it knows: the JSON of users, repositories, commits and Apps, in answers and in webhooks.
// The fake's own tests hold these against GitHub's schemas.

import {fullNameOf, nodeId} from './world.mjs';

/** A user, an organisation or an App's bot. */
export function userJson(world, user) {
  const api = `${world.apiUrl}/users/${encodeURIComponent(user.login)}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('U', user.id),
    avatar_url: `${world.webUrl}/avatars/${user.id}`,
    gravatar_id: '',
    url: api,
    html_url: `${world.webUrl}/${encodeURIComponent(user.login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

/** An organisation, as webhooks of its repositories have it. */
export function organizationJson(world, organization) {
  const url = `${world.apiUrl}/orgs/${encodeURIComponent(organization.login)}`;
  return {
    login: organization.login,
    id: organization.id,
    node_id: nodeId('O', organization.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.webUrl}/avatars/${organization.id}`,
    description: null,
  };
}

const REPOSITORY_LINKS = {
  forks: 'forks',
  keys: 'keys{/key_id}',
  collaborators: 'collaborators{/collaborator}',
  teams: 'teams',
  hooks: 'hooks',
  issue_events: 'issues/events{/number}',
  events: 'events',
  assignees: 'assignees{/user}',
  branches: 'branches{/branch}',
  tags: 'tags',
  blobs: 'git/blobs{/sha}',
  git_tags: 'git/tags{/sha}',
  git_refs: 'git/refs{/sha}',
  trees: 'git/trees{/sha}',
  statuses: 'statuses/{sha}',
  languages: 'languages',
  stargazers: 'stargazers',
  contributors: 'contributors',
  subscribers: 'subscribers',
  subscription: 'subscription',
  commits: 'commits{/sha}',
  git_commits: 'git/commits{/sha}',
  comments: 'comments{/number}',
  issue_comment: 'issues/comments{/number}',
  contents: 'contents/{+path}',
  compare: 'compare/{base}...{head}',
  merges: 'merges',
  archive: '{archive_format}{/ref}',
  downloads: 'downloads',
  issues: 'issues{/number}',
  pulls: 'pulls{/number}',
  milestones: 'milestones{/number}',
  notifications: 'notifications{?since,all,participating}',
  labels: 'labels{/name}',
  releases: 'releases{/id}',
  deployments: 'deployments',
};

/** Where the API has a repository. */
export const repositoryUrl = (world, repository) => `${world.apiUrl}/repos/${fullNameOf(repository)}`;
/** Where a person sees a repository. */
export const repositoryPage = (world, repository) => `${world.webUrl}/${fullNameOf(repository)}`;

/** A repository as others refer to it (GitHub's minimal-repository). */
export function minimalRepositoryJson(world, repository) {
  const url = repositoryUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullNameOf(repository),
    private: repository.private,
    owner: userJson(world, repository.owner),
    html_url: repositoryPage(world, repository),
    description: null,
    fork: repository.forkOf !== undefined,
    url,
    ...Object.fromEntries(Object.entries(REPOSITORY_LINKS).map(([name, rest]) => [`${name}_url`, `${url}/${rest}`])),
  };
}

/** A repository with all that webhooks and pull requests tell of it. */
export function repositoryJson(world, repository) {
  const page = repositoryPage(world, repository);
  const openIssues = [...repository.pulls.values()].filter(({state}) => state === 'open').length;
  return {
    ...minimalRepositoryJson(world, repository),
    created_at: repository.created,
    updated_at: repository.updated,
    pushed_at: repository.pushed,
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@github.invalid:${fullNameOf(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: 'Nix',
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: openIssues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: openIssues,
    watchers: 0,
    default_branch: repository.defaultBranch,
    custom_properties: {},
  };
}

/** A repository as `GET /repos/{owner}/{repo}` answers it. */
export function fullRepositoryJson(world, repository) {
  const allows = (method) => repository.mergeMethods.has(method);
  return {
    ...repositoryJson(world, repository),
    network_count: 0,
    subscribers_count: 0,
    allow_merge_commit: allows('merge'),
    allow_squash_merge: allows('squash'),
    allow_rebase_merge: allows('rebase'),
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    ...(repository.forkOf ? {parent: repositoryJson(world, repository.forkOf), source: repositoryJson(world, repository.forkOf)} : {}),
  };
}

/** A commit of the REST API. */
export function commitJson(world, repository, commit) {
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: {sha: commit.tree, url: `${url}/git/trees/${commit.tree}`},
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: {verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null},
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${page}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({sha, url: `${url}/commits/${sha}`, html_url: `${page}/commit/${sha}`})),
  };
}

/** A commit as check suites and merge groups have it. */
export const simpleCommitJson = (commit) => ({
  id: commit.sha,
  tree_id: commit.tree,
  message: commit.message,
  timestamp: commit.committer.date,
  author: {name: commit.author.name, email: commit.author.email},
  committer: {name: commit.committer.name, email: commit.committer.email},
});

/** An App, as answers and check runs have it. */
export const appJson = (world, app) => ({
  id: app.id,
  slug: app.slug,
  node_id: nodeId('A', app.id),
  client_id: app.clientId,
  owner: userJson(world, app.owner),
  name: app.name,
  description: null,
  external_url: app.externalUrl,
  html_url: `${world.webUrl}/apps/${app.slug}`,
  created_at: app.created,
  updated_at: app.created,
  permissions: app.permissions,
  events: app.events,
});

/** Webhooks know an App without its client id. */
export function hookAppJson(world, app) {
  const json = appJson(world, app);
  delete json.client_id;
  return json;
}

/** An installation of an App. */
export const installationJson = (world, installation) => ({
  id: installation.id,
  account: userJson(world, installation.account),
  repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
  access_tokens_url: `${world.apiUrl}/app/installations/${installation.id}/access_tokens`,
  repositories_url: `${world.apiUrl}/installation/repositories`,
  html_url: `${world.webUrl}/settings/installations/${installation.id}`,
  app_id: installation.app.id,
  app_slug: installation.app.slug,
  target_id: installation.account.id,
  target_type: installation.account.type,
  permissions: installation.permissions,
  events: installation.app.events,
  created_at: installation.created,
  updated_at: installation.created,
  single_file_name: null,
  has_multiple_single_files: false,
  single_file_paths: [],
  suspended_by: installation.suspended ? userJson(world, installation.account) : null,
  suspended_at: installation.suspended,
});
