// The state of the fake GitHub: who and what there is. The other files of this folder say what can be done with it.

import {createHash, randomBytes} from 'node:crypto';

/** A failure that GitHub answers with: thrown by what handles a request, and turned into an answer in one place. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {{errors?: object[], headers?: Record<string, string>}} more
   */
  constructor(status, message, {errors, headers = {}} = {}) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

/** What GitHub answers where there is nothing, or nothing for this caller. */
export const notFound = () => new Refusal(404, 'Not Found');

/** 422 as GitHub words it. */
export function invalid(resource, field, message) {
  return new Refusal(422, 'Validation Failed', {errors: [{resource, field, code: 'custom', message}]});
}

/** A secret such as GitHub makes: a prefix that tells its kind, and 36 characters. */
export const secret = (prefix) => prefix + randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x');

/** Everything that the fake knows. One for each fake; nothing outlives it. */
export class World {
  apps = new Map(); // id: App
  users = new Map(); // login in lower case: user
  repositories = new Map(); // id: repository
  formerNames = new Map(); // owner/name in lower case: repository that was called so
  installations = new Map(); // id: installation
  tokens = new Map(); // token: {installation, expires, permissions, repositories}
  manifests = new Map(); // code: {manifest, owner, expires}
  clockOffset = 0; // milliseconds that the clock is ahead

  #lastId = 1000;

  /** @param {string} folder where bare repositories are kept */
  constructor(folder) {
    this.folder = folder;
    this.apiUrl = ''; // both are set as soon as the ports are known
    this.webUrl = '';
    this.usualHooks = ''; // where Apps without an address of their own get their webhooks
  }

  newId() {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Milliseconds since 1970, by the clock of the fake. */
  now() {
    return Date.now() + this.clockOffset;
  }

  /** A time as GitHub writes it: `2026-01-31T12:00:00Z`. */
  time(milliseconds = this.now()) {
    return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  /** The user of this login, who from now on is of the type given; made where there is none yet. */
  user(login, type) {
    const key = login.toLowerCase();
    if (!this.users.has(key)) this.users.set(key, {id: this.newId(), login, type: 'User'});
    const user = this.users.get(key);
    if (type) user.type = type;
    return user;
  }

  /** The repository of this `owner/name`, by its present name or one that it had; undefined where there is none. */
  repository(fullName) {
    const key = fullName.toLowerCase();
    for (const repository of this.repositories.values()) if (fullNameOf(repository).toLowerCase() === key) return repository;
    return this.formerNames.get(key);
  }

  /** The installations that cover a repository. */
  installationsOf(repository) {
    return [...this.installations.values()].filter((installation) => covers(installation, repository));
  }
}

/** `OWNER/NAME`. */
export const fullNameOf = (repository) => `${repository.owner.login}/${repository.name}`;

/** Whether an installation, suspended or not, is for this repository. */
export function covers(installation, repository) {
  if (installation.repositories === 'all') return installation.account === repository.owner && !repository.forkOf;
  return installation.repositories.has(repository.id);
}

/** Ids of GraphQL: opaque, but always the same for the same thing. */
export const nodeId = (kind, id) => `${kind}_${createHash('sha256').update(`${kind}${id}`).digest('base64url').slice(0, 16)}`;

const LEVELS = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

/** The permission of a user on a repository: none, read, triage, write, maintain or admin. */
export function permissionOf(repository, login) {
  if (repository.owner.login.toLowerCase() === login.toLowerCase()) return 'admin';
  return repository.collaborators.get(login.toLowerCase()) ?? (repository.private ? 'none' : 'read');
}

/** Whether a permission is at least another. */
export const isAtLeast = (permission, least) => LEVELS.indexOf(permission) >= LEVELS.indexOf(least);
