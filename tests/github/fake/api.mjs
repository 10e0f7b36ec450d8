// GitHub's REST API: from a request to an answer, by way of faults, authorization, limits, pages and entity tags. What each
// operation does is in the files that name it.

import {createHash, randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';

import {bodyOf} from '../http_tools.mjs';
import {Operations} from '../operations.mjs';
import {callerOf, checkAccess} from './access.mjs';
import * as apps from './apps.mjs';
import * as checks from './checks.mjs';
import * as commits from './commits.mjs';
import * as issues from './issues.mjs';
import * as manifests from './manifests.mjs';
import * as merging from './merging.mjs';
import * as pulls from './pulls.mjs';
import * as repositories from './repositories.mjs';
import * as statuses from './statuses.mjs';
import {Refusal, fullNameOf, notFound} from './world.mjs';

const DOCUMENTATION = 'https://docs.github.com/rest';

/**
 * @typedef {object} Call what an operation's handler is given
 * @property {import('./github.mjs').GitHub} github
 * @property {import('./access.mjs').Caller} caller
 * @property {Record<string, string>} parameters of the path
 * @property {URLSearchParams} query
 * @property {any} body
 * @property {object} [repository] the one of the path
 */

/** What every operation needs and does, by `METHOD /path`. */
export const ROUTES = Object.assign({}, ...[apps, checks, commits, issues, manifests, merging, pulls, repositories, statuses].map((part) => part.ROUTES));

/** Answers requests to the API. */
export class Api {
  #github;
  #operations = new Operations(Object.keys(ROUTES));

  constructor(github) {
    this.#github = github;
  }

  async handle(request, response) {
    const url = new URL(request.url, 'http://api');
    const body = await bodyOf(request);
    const {seen, fault} = this.#github.see(request, url.pathname);
    if (fault?.delay_ms) await sleep(fault.delay_ms);
    const faulty = fault && (fault.status || fault.drop);
    const answer = faulty && !fault.carried_out ? undefined : await this.#answer(request, url, body, seen);
    if (fault?.drop) {
      seen.status = 'dropped';
      response.destroy();
      return;
    }
    this.#send(response, seen, faulty ? faultAnswer(fault) : {...answer, headers: {...answer.headers, ...fault?.headers}});
  }

  #send(response, seen, {status, text, headers}) {
    seen.status = status;
    response.writeHead(status, {'x-github-request-id': randomUUID(), 'x-github-media-type': 'github.v3; format=json', ...headers}).end(text);
  }

  async #answer(request, url, body, seen) {
    let bucket = 'anonymous';
    const {limits} = this.#github;
    try {
      const found = this.#operations.find(request.method, url.pathname);
      if (!found) throw notFound();
      seen.operation = found.operation;
      const caller = callerOf(this.#github.world, request.headers.authorization);
      bucket = caller.bucket;
      seen.caller = bucket;
      const answer = await this.#counted({request, url, body, found, caller});
      return {...answer, headers: {...limits.headers(bucket), ...answer.headers}};
    } catch (error) {
      return refusalAnswer(error, limits.headers(bucket));
    }
  }

  async #counted({request, url, body, found, caller}) {
    const {limits} = this.#github;
    // Asking what is left is free.
    if (found.operation === 'GET /rate_limit') return this.#run({request, url, body, found, caller});
    limits.begin(caller.bucket, request.method);
    let status;
    try {
      const answer = await this.#run({request, url, body, found, caller});
      ({status} = answer);
      return answer;
    } finally {
      limits.end(caller.bucket, status);
    }
  }

  async #run({request, url, body, found, caller}) {
    const {needs, handle} = ROUTES[found.operation];
    const repository = this.#repositoryOf(found.parameters);
    if (repository && isFormerName(repository, found.parameters)) return this.#moved(repository, request.method, url);
    checkAccess(caller, needs, repository);
    const call = {github: this.#github, caller, parameters: found.parameters, query: url.searchParams, body: parseBody(body), repository};
    return this.#render(await handle(call), request, url);
  }

  #repositoryOf({owner, repo}) {
    if (!owner) return undefined;
    const repository = this.#github.world.repository(`${owner}/${repo}`);
    if (!repository) throw notFound();
    return repository;
  }

  #moved(repository, method, url) {
    const [, , , , ...rest] = url.pathname.split('/');
    const location = [`${this.#github.world.apiUrl}/repos/${fullNameOf(repository)}`, ...rest].join('/') + url.search;
    // Only what reads may be followed blindly.
    return jsonAnswer(method === 'GET' ? 301 : 307, {message: 'Moved Permanently', url: location, documentation_url: DOCUMENTATION}, {location});
  }

  // A handler gives {status, json}, or a list of which one page is answered: {list, wrap}.
  #render(result, request, url) {
    if (result.list) return this.#renderPage(result, request, url);
    const {status = 200, json, headers} = result;
    if (json === undefined) return {status, text: '', headers: {...headers}};
    return tagged(request, jsonAnswer(status, json, headers));
  }

  #renderPage({list, wrap = (items) => items}, request, url) {
    const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30));
    const page = Number(url.searchParams.get('page') ?? 1);
    const last = Math.max(1, Math.ceil(list.length / size));
    const items = list.slice((page - 1) * size, page * size);
    const links = [];
    const link = (number, relation) => {
      const target = new URL(url.pathname + url.search, this.#github.world.apiUrl);
      target.searchParams.set('page', String(number));
      links.push(`<${target}>; rel="${relation}"`);
    };
    if (page > 1) link(page - 1, 'prev');
    if (page < last) link(page + 1, 'next');
    if (page < last) link(last, 'last');
    if (page > 1) link(1, 'first');
    return tagged(request, jsonAnswer(200, wrap(items, list.length), links.length > 0 ? {link: links.join(', ')} : {}));
  }
}

const isFormerName = (repository, {owner, repo}) => fullNameOf(repository).toLowerCase() !== `${owner}/${repo}`.toLowerCase();

function parseBody(body) {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'Problems parsing JSON');
  }
}

const jsonAnswer = (status, json, headers = {}) => ({status, text: JSON.stringify(json), headers: {'content-type': 'application/json; charset=utf-8', ...headers}});

/** Gives what is read an entity tag, and answers 304 to who has it already. */
function tagged(request, answer) {
  if (request.method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha256').update(answer.text).digest('hex')}"`;
  const headers = {...answer.headers, etag, 'cache-control': 'private, max-age=60, s-maxage=60'};
  if (request.headers['if-none-match'] !== etag) return {...answer, headers};
  delete headers['content-type'];
  return {status: 304, text: '', headers};
}

function refusalAnswer(error, headers) {
  if (error instanceof Refusal) {
    const {status, message, errors} = error;
    return jsonAnswer(status, {message, ...(errors ? {errors} : {}), documentation_url: DOCUMENTATION, status: String(status)}, {...headers, ...error.headers});
  }
  process.stderr.write(`fake GitHub: ${error.stack}\n`);
  return jsonAnswer(500, {message: `The fake failed: ${error.message}`, documentation_url: DOCUMENTATION}, headers);
}

/** What is answered instead of what would be right. */
export const faultAnswer = ({status, message = 'Server Error', headers}) => jsonAnswer(status, {message, documentation_url: DOCUMENTATION, status: String(status)}, headers);
