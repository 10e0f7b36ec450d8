// The manifest flow: from a description of an App, by way of a code, to the App. The description is not in GitHub's OpenAPI,
// so what GitHub refuses of one is written down here.

import {readFileSync} from 'node:fs';

import {appWithSecrets, makeApp} from './apps.mjs';
import {Refusal, notFound, secret} from './world.mjs';

const HOUR = 3_600_000;

const isText = (value) => typeof value === 'string' && value !== '';
const isFlag = (value) => typeof value === 'boolean';
const isAddress = (value) => isText(value) && URL.canParse(value) && /^https?:/.test(value);
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const isAppName = (value) => isText(value) && [...value].length <= 34;
const KEYS = {
  name: isAppName,
  url: isAddress,
  description: isText,
  hook_attributes: (value) => isObject(value) && isAddress(value.url) && Object.keys(value).every((key) => ['url', 'active'].includes(key)),
  redirect_url: isAddress,
  callback_urls: (value) => Array.isArray(value) && value.length <= 10 && value.every(isAddress),
  setup_url: isAddress,
  public: isFlag,
  request_oauth_on_install: isFlag,
  setup_on_update: isFlag,
  default_permissions: isObject,
  default_events: Array.isArray,
};
const NEEDED = ['url', 'redirect_url', 'hook_attributes', 'default_permissions', 'default_events'];

// What an App has to be allowed to read before it may subscribe to an event: one of these.
const EVENTS = {
  check_run: ['checks'],
  check_suite: ['checks'],
  issue_comment: ['issues', 'pull_requests'],
  issues: ['issues'],
  label: ['metadata'],
  merge_group: ['merge_queues'],
  pull_request: ['pull_requests'],
  pull_request_review: ['pull_requests'],
  pull_request_review_comment: ['pull_requests'],
  push: ['contents'],
  repository: ['metadata'],
  status: ['statuses'],
};

const description = JSON.parse(readFileSync(new URL('../description.json', import.meta.url), 'utf8'));
const PERMISSIONS = description.components.schemas['app-permissions'].properties;

/**
 * Takes a manifest, as the page of GitHub's manifest flow does, and gives the code that is exchanged for the App.
 * @param {import('./world.mjs').World} world
 * @param {{owner: string, owner_type?: string, manifest: object}} wanted
 */
export function acceptManifest(world, {owner, owner_type: ownerType, manifest}) {
  const problems = problemsOf(manifest);
  if (problems.length > 0) throw new Refusal(422, `Invalid GitHub App configuration: ${problems.join('; ')}`);
  world.user(owner, ownerType);
  const code = secret('');
  world.manifests.set(code, {owner, manifest, expires: world.now() + HOUR});
  return code;
}

function problemsOf(manifest) {
  if (!isObject(manifest)) return ['no object'];
  const missing = NEEDED.filter((key) => manifest[key] === undefined).map((key) => `${key} is missing`);
  const wrong = Object.keys(manifest).filter((key) => !KEYS[key]?.(manifest[key])).map((key) => `${key} is ${KEYS[key] ? 'wrong' : 'unknown'}`);
  if (missing.length + wrong.length > 0) return [...missing, ...wrong];
  const permissions = {metadata: 'read', ...manifest.default_permissions};
  return [
    ...Object.entries(permissions).filter(([name, level]) => !PERMISSIONS[name]?.enum.includes(level)).map(([name, level]) => `there is no permission ${name}: ${level}`),
    ...manifest.default_events.filter((event) => !EVENTS[event]?.some((name) => permissions[name])).map((event) => `the event ${event} does not exist, or is not covered by a permission`),
  ];
}

function convert({github, parameters}) {
  const found = github.world.manifests.get(parameters.code);
  if (!found || found.expires <= github.world.now()) throw notFound();
  github.world.manifests.delete(parameters.code);
  const {manifest, owner} = found;
  const app = makeApp(github, {
    name: manifest.name ?? 'Nameless',
    owner,
    url: manifest.url,
    hook_url: manifest.hook_attributes.url,
    permissions: manifest.default_permissions,
    events: manifest.default_events,
  });
  return {status: 201, json: appWithSecrets(github.world, app)};
}

export const ROUTES = {
  'POST /app-manifests/{code}/conversions': {needs: 'anyone', handle: convert},
};
