// What is said about pull requests: comments, reactions, labels.

import {issueJson, labelJson} from './pull_shapes.mjs';
import {addLabel, associationOf, pullOf, removeLabel} from './pulls.mjs';
import {labelOf} from './repositories.mjs';
import {repositoryPage, repositoryUrl, userJson} from './shapes.mjs';
import {Refusal, invalid, nodeId, notFound} from './world.mjs';

const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'];

function rollup(repository, target, url) {
  const of = repository.reactions.filter(({on}) => on === target);
  const counts = Object.fromEntries(REACTIONS.map((content) => [content, of.filter((reaction) => reaction.content === content).length]));
  return {url: `${url}/reactions`, total_count: of.length, ...counts};
}

function commentJson(world, repository, comment) {
  const url = `${repositoryUrl(world, repository)}/issues/comments/${comment.id}`;
  return {
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    url,
    html_url: `${repositoryPage(world, repository)}/pull/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${repositoryUrl(world, repository)}/issues/${comment.number}`,
    user: userJson(world, comment.user),
    created_at: comment.created,
    updated_at: comment.updated,
    author_association: associationOf(repository, comment.user.login),
    body: comment.body,
    reactions: rollup(repository, comment, url),
    performed_via_github_app: null,
  };
}

function emit({world, hooks}, repository, comment, {action, sender, more = {}}) {
  const pull = pullOf(repository, comment.number);
  const issue = issueJson(world, repository, pull);
  hooks.emit({
    event: 'issue_comment',
    action,
    repository,
    sender,
    payload: {issue: {...issue, reactions: rollup(repository, pull, issue.url)}, comment: commentJson(world, repository, comment), ...more},
  });
}

/** Comments on a pull request. */
export function addComment(github, repository, pull, {user, body}) {
  const {world} = github;
  const comment = {id: world.newId(), number: pull.number, user, body, created: world.time(), updated: world.time()};
  repository.comments.set(comment.id, comment);
  emit(github, repository, comment, {action: 'created', sender: user});
  return comment;
}

/** Changes what a comment says. */
export function editComment(github, repository, comment, {body, sender}) {
  const from = comment.body;
  comment.body = body;
  comment.updated = github.world.time();
  emit(github, repository, comment, {action: 'edited', sender, more: {changes: {body: {from}}}});
}

/** Takes a comment back. */
export function deleteComment(github, repository, comment, {sender}) {
  repository.comments.delete(comment.id);
  emit(github, repository, comment, {action: 'deleted', sender});
}

/** The comments of a repository by the number of their pull request, with their reactions: what a test looks at. */
export function dumpComments({world}, repository) {
  const dump = {};
  for (const comment of repository.comments.values()) (dump[comment.number] ??= []).push(commentJson(world, repository, comment));
  return dump;
}

/** The comment of an id; throws 404 where there is none. */
export function commentOf(repository, id) {
  const comment = repository.comments.get(Number(id));
  if (!comment) throw notFound();
  return comment;
}

const ofPath = ({repository, parameters}) => commentOf(repository, parameters.comment_id);

function listComments({github: {world}, repository, parameters, query}) {
  const {number} = pullOf(repository, parameters.issue_number);
  const since = query.get('since') ? Date.parse(query.get('since')) : 0;
  const list = [...repository.comments.values()].filter((comment) => comment.number === number && Date.parse(comment.updated) >= since);
  return {list: list.map((comment) => commentJson(world, repository, comment))};
}

function createComment({github, caller, repository, parameters, body}) {
  if (body.body.length > 65_536) throw invalid('IssueComment', 'body', 'body is too long (maximum is 65536 characters)');
  const comment = addComment(github, repository, pullOf(repository, parameters.issue_number), {user: caller.app.bot, body: body.body});
  return {status: 201, json: commentJson(github.world, repository, comment)};
}

function updateComment(call) {
  const {github, caller, repository, body} = call;
  const comment = ofPath(call);
  if (comment.user !== caller.app.bot) throw new Refusal(403, 'Resource not accessible by integration');
  editComment(github, repository, comment, {body: body.body, sender: caller.app.bot});
  return {json: commentJson(github.world, repository, comment)};
}

function removeComment(call) {
  deleteComment(call.github, call.repository, ofPath(call), {sender: call.caller.app.bot});
  return {status: 204};
}

const reactionJson = (world, {id, user, content, created}) => ({id, node_id: nodeId('REA', id), user: userJson(world, user), content, created_at: created});

/** Reacts to something; nobody reacts to it in the same way twice. */
function react({github: {world}, caller: {app}, repository, body: {content}}, target) {
  const existing = repository.reactions.find((reaction) => reaction.on === target && reaction.user === app.bot && reaction.content === content);
  if (existing) return {status: 200, json: reactionJson(world, existing)};
  const reaction = {id: world.newId(), on: target, user: app.bot, content, created: world.time()};
  repository.reactions.push(reaction);
  return {status: 201, json: reactionJson(world, reaction)};
}

function listReactions(call) {
  const {github: {world}, repository, query} = call;
  const comment = ofPath(call);
  const content = query.get('content');
  const list = repository.reactions.filter((reaction) => reaction.on === comment && (!content || reaction.content === content));
  return {list: list.map((reaction) => reactionJson(world, reaction))};
}

const labelsJson = ({github: {world}, repository}, pull) => pull.labels.map((label) => labelJson(world, repository, label));

async function addLabels(call) {
  const {github, caller, repository, parameters, body} = call;
  const pull = pullOf(repository, parameters.issue_number);
  for (const label of body.labels) await addLabel(github, repository, pull, {name: label.name ?? label, sender: caller.app.bot});
  return {json: labelsJson(call, pull)};
}

async function dropLabel(call) {
  const {github, caller, repository, parameters} = call;
  const pull = pullOf(repository, parameters.issue_number);
  await removeLabel(github, repository, pull, {name: parameters.name, sender: caller.app.bot});
  return {json: labelsJson(call, pull)};
}

function listLabels({github: {world}, repository}) {
  return {list: [...repository.labels.values()].map((label) => labelJson(world, repository, label))};
}

function createLabel({github: {world}, repository, body: {name, color, description}}) {
  if (repository.labels.has(name.toLowerCase())) throw new Refusal(422, 'Validation Failed', {errors: [{resource: 'Label', code: 'already_exists', field: 'name'}]});
  return {status: 201, json: labelJson(world, repository, labelOf(world, repository, name, {color, description}))};
}

const ISSUES = '/repos/{owner}/{repo}/issues';

export const ROUTES = {
  [`GET ${ISSUES}/{issue_number}/comments`]: {needs: 'issues|pull_requests:read', handle: listComments},
  [`POST ${ISSUES}/{issue_number}/comments`]: {needs: 'issues|pull_requests:write', handle: createComment},
  [`GET ${ISSUES}/comments/{comment_id}`]: {needs: 'issues|pull_requests:read', handle: (call) => ({json: commentJson(call.github.world, call.repository, ofPath(call))})},
  [`PATCH ${ISSUES}/comments/{comment_id}`]: {needs: 'issues|pull_requests:write', handle: updateComment},
  [`DELETE ${ISSUES}/comments/{comment_id}`]: {needs: 'issues|pull_requests:write', handle: removeComment},
  [`GET ${ISSUES}/comments/{comment_id}/reactions`]: {needs: 'issues|pull_requests:read', handle: listReactions},
  [`POST ${ISSUES}/comments/{comment_id}/reactions`]: {needs: 'issues|pull_requests:write', handle: (call) => react(call, ofPath(call))},
  [`POST ${ISSUES}/{issue_number}/reactions`]: {needs: 'issues|pull_requests:write', handle: (call) => react(call, pullOf(call.repository, call.parameters.issue_number))},
  [`GET ${ISSUES}/{issue_number}/labels`]: {needs: 'issues|pull_requests:read', handle: (call) => ({list: labelsJson(call, pullOf(call.repository, call.parameters.issue_number))})},
  [`POST ${ISSUES}/{issue_number}/labels`]: {needs: 'issues|pull_requests:write', handle: addLabels},
  [`DELETE ${ISSUES}/{issue_number}/labels/{name}`]: {needs: 'issues|pull_requests:write', handle: dropLabel},
  'GET /repos/{owner}/{repo}/labels': {needs: 'issues|pull_requests:read', handle: listLabels},
  'POST /repos/{owner}/{repo}/labels': {needs: 'issues|pull_requests:write', handle: createLabel},
};
