// Apps and their installations: made by a test or from a manifest (manifests.mjs), known by JWT, given tokens, told of events.

import {generateKeyPairSync} from 'node:crypto';

import {makeToken, reaches} from './access.mjs';
import {appJson, installationJson, repositoryJson} from './shapes.mjs';
import {Refusal, covers, fullNameOf, invalid, nodeId, notFound, secret} from './world.mjs';
import {deliveryItemJson, deliveryJson} from './webhooks.mjs';

// What EkaCI's manifest asks for, so that a test need not say it.
const USUAL_PERMISSIONS = {checks: 'write', contents: 'write', issues: 'write', pull_requests: 'write', statuses: 'write', workflows: 'write', metadata: 'read', merge_queues: 'read'};
const USUAL_EVENTS = ['check_run', 'check_suite', 'issue_comment', 'merge_group', 'pull_request', 'pull_request_review', 'push', 'repository'];

/**
 * Registers an App, with a key and secrets of its own.
 * @param {import('./github.mjs').GitHub} github
 * @param {{name: string, owner: string, url?: string, hook_url?: string, webhook_secret?: string, permissions?: object, events?: string[]}} wanted
 */
export function makeApp({world, hooks}, {name, owner, url, hook_url: hookUrl = world.usualHooks, webhook_secret: hookSecret, permissions = USUAL_PERMISSIONS, events = USUAL_EVENTS}) {
  // PKCS#1, as GitHub hands it out.
  const {privateKey, publicKey} = generateKeyPairSync('rsa', {modulusLength: 2048, publicKeyEncoding: {type: 'spki', format: 'pem'}, privateKeyEncoding: {type: 'pkcs1', format: 'pem'}});
  const id = world.newId();
  const app = {
    id,
    slug: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    name,
    owner: world.user(owner),
    clientId: `Iv1.${String(id).padStart(16, '0')}`,
    clientSecret: secret(''),
    privateKey,
    publicKey,
    externalUrl: url ?? world.webUrl,
    permissions: {metadata: 'read', ...permissions},
    events: [...events],
    created: world.time(),
    hook: {id: world.newId(), url: hookUrl, secret: hookSecret ?? secret('')},
  };
  app.bot = world.user(`${app.slug}[bot]`, 'Bot');
  world.apps.set(app.id, app);
  hooks.emitToApp(app, {event: 'ping', sender: app.owner, payload: pingPayload(world, app)});
  return app;
}

function pingPayload(world, app) {
  const url = `${world.apiUrl}/app/hook`;
  return {
    zen: 'Keep it logically awesome.',
    hook_id: app.hook.id,
    hook: {
      type: 'App',
      id: app.hook.id,
      name: 'web',
      active: true,
      app_id: app.id,
      events: app.events,
      config: {content_type: 'json', url: app.hook.url, insecure_ssl: '0'},
      updated_at: app.created,
      created_at: app.created,
      url,
      ping_url: `${url}/pings`,
      deliveries_url: `${url}/deliveries`,
    },
  };
}

/** Everything that whoever registered an App is told once. */
export const appWithSecrets = (world, app) => ({
  ...appJson(world, app),
  client_secret: app.clientSecret,
  webhook_secret: app.hook.secret,
  pem: app.privateKey,
});

/** A repository as events of installations name it. */
const briefRepository = (repository) => ({
  id: repository.id,
  node_id: nodeId('R', repository.id),
  name: repository.name,
  full_name: fullNameOf(repository),
  private: repository.private,
});

/**
 * Installs an App on an account.
 * @param {{app: object, account: string, account_type?: string, repositories: 'all' | object[], permissions?: object}} wanted
 */
export function install({world, hooks}, {app, account, account_type: type, repositories, permissions}) {
  const installation = {
    id: world.newId(),
    app,
    account: world.user(account, type),
    repositories: repositories === 'all' ? 'all' : new Set(repositories.map(({id}) => id)),
    permissions: {metadata: 'read', ...(permissions ?? app.permissions)},
    created: world.time(),
    suspended: null,
  };
  world.installations.set(installation.id, installation);
  tell({world, hooks}, installation, {event: 'installation', action: 'created', payload: {repositories: covered(world, installation).map(briefRepository)}});
  return installation;
}

const covered = (world, installation) => [...world.repositories.values()].filter((repository) => covers(installation, repository));

function tell({world, hooks}, installation, {event, action, payload}) {
  hooks.emitToApp(installation.app, {event, action, installation, sender: installation.account, payload: {installation: installationJson(world, installation), ...payload}});
}

/** Adds repositories to an installation of selected ones, or takes them away. */
export function changeInstallation({world, hooks}, installation, {add = [], remove = []}) {
  if (installation.repositories === 'all') throw new Refusal(422, 'This installation is for all repositories');
  for (const {id} of add) installation.repositories.add(id);
  for (const {id} of remove) installation.repositories.delete(id);
  const change = (action, added, removed) =>
    tell({world, hooks}, installation, {
      event: 'installation_repositories',
      action,
      payload: {repository_selection: 'selected', repositories_added: added.map(briefRepository), repositories_removed: removed.map(briefRepository), requester: null},
    });
  if (add.length > 0) change('added', add, []);
  if (remove.length > 0) change('removed', [], remove);
}

/** Suspends an installation, or lets it go on. */
export function suspend({world, hooks}, installation, isSuspended) {
  installation.suspended = isSuspended ? world.time() : null;
  tell({world, hooks}, installation, {event: 'installation', action: isSuspended ? 'suspend' : 'unsuspend', payload: {repositories: covered(world, installation).map(briefRepository)}});
}

/** Has whoever installed an App agree to other permissions. Tokens that are out keep theirs. */
export function acceptPermissions({world, hooks}, installation, permissions) {
  installation.permissions = {metadata: 'read', ...permissions};
  tell({world, hooks}, installation, {event: 'installation', action: 'new_permissions_accepted', payload: {repositories: covered(world, installation).map(briefRepository)}});
}

/** Removes an installation, and with it the right to everything. */
export function uninstall({world, hooks}, installation) {
  world.installations.delete(installation.id);
  tell({world, hooks}, installation, {event: 'installation', action: 'deleted', payload: {repositories: covered(world, installation).map(briefRepository)}});
}

function installationOf({github, caller, parameters}) {
  const installation = github.world.installations.get(Number(parameters.installation_id));
  if (!installation || installation.app !== caller.app) throw notFound();
  return installation;
}

function createToken(call) {
  const {world} = call.github;
  const installation = installationOf(call);
  if (installation.suspended) throw new Refusal(403, 'This installation has been suspended');
  const token = makeToken(world, installation, call.body);
  const json = {
    token: token.text,
    expires_at: world.time(token.expires),
    permissions: token.permissions,
    repository_selection: token.repositories || installation.repositories !== 'all' ? 'selected' : 'all',
  };
  if (token.repositories) json.repositories = [...token.repositories].map((id) => repositoryJson(world, world.repositories.get(id)));
  return {status: 201, json};
}

function listRepositories({github: {world}, caller: {token}}) {
  const list = [...world.repositories.values()].filter((repository) => reaches(token, repository)).map((repository) => repositoryJson(world, repository));
  return {list, wrap: (repositories, total) => ({total_count: total, repository_selection: token.installation.repositories === 'all' ? 'all' : 'selected', repositories})};
}

function repositoryInstallation({github: {world}, caller, repository}) {
  const installation = world.installationsOf(repository).find(({app}) => app === caller.app);
  if (!installation) throw notFound();
  return {json: installationJson(world, installation)};
}

const hookConfig = ({hook}) => ({content_type: 'json', insecure_ssl: '0', url: hook.url, secret: '********'});

function changeHookConfig({caller: {app}, body}) {
  if (body.url !== undefined) app.hook.url = body.url;
  if (body.secret !== undefined) app.hook.secret = body.secret;
  if (body.content_type !== undefined && body.content_type !== 'json') throw invalid('Hook', 'content_type', 'the fake sends JSON only');
  return {json: hookConfig(app)};
}

// Newest first. The cursor is the id below which the page begins.
function listDeliveries({github: {world, hooks}, caller: {app}, query}) {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const below = Number(query.get('cursor') ?? Infinity);
  const succeeded = ({status_code: status}) => status >= 200 && status < 400;
  const wanted = query.get('status');
  const all = hooks.deliveries
    .filter((delivery) => delivery.app === app && delivery.id < below && (!wanted || (wanted === 'success') === succeeded(delivery)))
    .reverse();
  const page = all.slice(0, size);
  const next = `${world.apiUrl}/app/hook/deliveries?per_page=${size}&cursor=${page.at(-1)?.id}${wanted ? `&status=${wanted}` : ''}`;
  return {json: page.map(deliveryItemJson), headers: all.length > size ? {link: `<${next}>; rel="next"`} : {}};
}

function deliveryOf({github: {hooks}, caller: {app}, parameters}) {
  const delivery = hooks.deliveries.find((candidate) => candidate.app === app && candidate.id === Number(parameters.delivery_id));
  if (!delivery) throw notFound();
  return delivery;
}

function redeliver(call) {
  call.github.hooks.redeliver(deliveryOf(call).id);
  return {status: 202, json: {}};
}

function revokeToken({github: {world}, caller: {token}}) {
  world.tokens.delete(token.text);
  return {status: 204};
}

function rateLimit({github: {limits}, caller: {bucket}}) {
  const core = limits.status(bucket);
  return {json: {resources: {core, search: {...core, limit: 30, used: 0, remaining: 30}}, rate: core}};
}

const installationsOf = ({github: {world}, caller}) => [...world.installations.values()].filter(({app}) => app === caller.app);

function getApp(call) {
  return {json: {...appJson(call.github.world, call.caller.app), installations_count: installationsOf(call).length}};
}

function listInstallations(call) {
  return {list: installationsOf(call).map((installation) => installationJson(call.github.world, installation))};
}

export const ROUTES = {
  'GET /app': {needs: 'app', handle: getApp},
  'GET /app/hook/config': {needs: 'app', handle: ({caller: {app}}) => ({json: hookConfig(app)})},
  'PATCH /app/hook/config': {needs: 'app', handle: changeHookConfig},
  'GET /app/hook/deliveries': {needs: 'app', handle: listDeliveries},
  'GET /app/hook/deliveries/{delivery_id}': {needs: 'app', handle: (call) => ({json: deliveryJson(deliveryOf(call))})},
  'POST /app/hook/deliveries/{delivery_id}/attempts': {needs: 'app', handle: redeliver},
  'GET /app/installations': {needs: 'app', handle: listInstallations},
  'GET /app/installations/{installation_id}': {needs: 'app', handle: (call) => ({json: installationJson(call.github.world, installationOf(call))})},
  'POST /app/installations/{installation_id}/access_tokens': {needs: 'app', handle: createToken},
  'GET /repos/{owner}/{repo}/installation': {needs: 'app', handle: repositoryInstallation},
  'GET /installation/repositories': {needs: 'token', handle: listRepositories},
  'DELETE /installation/token': {needs: 'token', handle: revokeToken},
  'GET /rate_limit': {needs: 'anyone', handle: rateLimit},
};
