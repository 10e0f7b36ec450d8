// How GitHub writes pull requests, the issues that they are as well, and their labels.

import {repositoryJson, repositoryPage, repositoryUrl, userJson} from './shapes.mjs';
import {nodeId} from './world.mjs';

/** A label of a repository. */
export const labelJson = (world, repository, label) => ({
  id: label.id,
  node_id: nodeId('LA', label.id),
  url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
  name: label.name,
  color: label.color,
  default: false,
  description: label.description,
});

/** One side of a pull request. */
function sideJson(world, {repository, ref, sha}) {
  return {
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: userJson(world, repository.owner),
    repo: repositoryJson(world, repository),
  };
}

/** A pull request as lists and reviews have it. */
export function simplePullJson(world, repository, pull) {
  const url = `${repositoryUrl(world, repository)}/pulls/${pull.number}`;
  const issue = `${repositoryUrl(world, repository)}/issues/${pull.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  const statuses = `${repositoryUrl(world, repository)}/statuses/${pull.head.sha}`;
  const link = (href) => ({href});
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userJson(world, pull.author),
    body: pull.body,
    created_at: pull.created,
    updated_at: pull.updated,
    closed_at: pull.closed,
    merged_at: pull.merged,
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((label) => labelJson(world, repository, label)),
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(world, repository)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    head: sideJson(world, pull.head),
    base: sideJson(world, {...pull.base, repository}),
    _links: {
      self: link(url),
      html: link(page),
      issue: link(issue),
      comments: link(`${issue}/comments`),
      review_comments: link(`${url}/comments`),
      review_comment: link(`${repositoryUrl(world, repository)}/pulls/comments{/number}`),
      commits: link(`${url}/commits`),
      statuses: link(statuses),
    },
    author_association: pull.authorAssociation,
    auto_merge: null,
    active_lock_reason: null,
  };
}

/**
 * A pull request alone, as it is answered and as webhooks have it.
 * @param {{additions: number, deletions: number, changedFiles: number, commits: number}} size
 */
export function pullJson(world, repository, pull, size) {
  return {
    ...simplePullJson(world, repository, pull),
    merged: pull.merged !== null,
    mergeable: pull.mergeable,
    rebaseable: pull.mergeable,
    mergeable_state: pull.mergeable === null ? 'unknown' : pull.mergeable ? 'clean' : 'dirty',
    merged_by: pull.mergedBy ? userJson(world, pull.mergedBy) : null,
    comments: [...repository.comments.values()].filter(({number}) => number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.head.repository !== repository,
    commits: size.commits,
    additions: size.additions,
    deletions: size.deletions,
    changed_files: size.changedFiles,
  };
}

// What an issue says in the words of its pull request.
const ALIKE = [
  ...['title', 'body', 'user', 'labels', 'state', 'draft', 'locked', 'active_lock_reason', 'assignee', 'assignees', 'milestone'],
  ...['created_at', 'updated_at', 'closed_at', 'author_association'],
];

/** An issue that is a pull request, as events of comments have it. */
export function issueJson(world, repository, pull) {
  const url = `${repositoryUrl(world, repository)}/issues/${pull.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  const asPull = simplePullJson(world, repository, pull);
  return {
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    id: pull.id,
    node_id: nodeId('PR', pull.id),
    number: pull.number,
    ...Object.fromEntries(ALIKE.map((name) => [name, asPull[name]])),
    comments: [...repository.comments.values()].filter(({number}) => number === pull.number).length,
    pull_request: {url: `${repositoryUrl(world, repository)}/pulls/${pull.number}`, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch`, merged_at: asPull.merged_at},
    timeline_url: `${url}/timeline`,
    state_reason: null,
    performed_via_github_app: null,
  };
}
