// The fake GitHub as a whole: one server for the API, git, the page of the manifest flow, and the control interface.

import {mkdtemp, rm} from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {bodyOf, listen} from '../http_tools.mjs';
import {Api, faultAnswer} from './api.mjs';
import {handleControl} from './control.mjs';
import {Faults} from './faults.mjs';
import {handleGit, isGit} from './git_http.mjs';
import {Limits} from './limits.mjs';
import {acceptManifest} from './manifests.mjs';
import {Hooks} from './webhooks.mjs';
import {Refusal, World} from './world.mjs';

const MOST_REQUESTS = 100_000;

/** What the parts of the fake share. */
export class GitHub {
  faults = new Faults();
  requests = []; // everything that was asked of the API and of git

  /** @param {string} folder for the repositories */
  constructor(folder) {
    this.world = new World(folder);
    this.hooks = new Hooks(this.world);
    this.limits = new Limits(this.world);
    this.api = new Api(this);
  }

  async handle(request, response) {
    const {pathname, searchParams} = new URL(request.url, 'http://github');
    if (pathname.startsWith('/_control/')) return handleControl(this, request, response);
    if (isGit(pathname)) return this.#handleGit(request, response, pathname);
    if (request.method === 'POST' && /^(\/organizations\/[^/]+)?\/settings\/apps\/new$/.test(pathname)) return this.#registerApp(request, response, searchParams);
    return this.api.handle(request, response);
  }

  /** Remembers a request, and says which fault befalls it, if any. */
  see(request, pathname) {
    const seen = {at: this.world.time(), method: request.method, path: request.url};
    if (this.requests.length < MOST_REQUESTS) this.requests.push(seen);
    return {seen, fault: this.faults.take(request.method, pathname)};
  }

  // Of git nothing is changed, so that no fault comes after the deed.
  async #handleGit(request, response, pathname) {
    const {seen, fault} = this.see(request, pathname);
    response.on('close', () => (seen.status = response.headersSent ? response.statusCode : 'dropped'));
    if (fault?.delay_ms) await sleep(fault.delay_ms);
    if (fault?.drop) return response.destroy();
    if (!fault?.status) return handleGit(this.world, request, response);
    const {status, text, headers} = faultAnswer(fault);
    return response.writeHead(status, headers).end(text);
  }

  // The page on which a person confirms the App that a manifest describes. Here whoever is logged in agrees at once.
  async #registerApp(request, response, query) {
    const form = new URLSearchParams((await bodyOf(request)).toString('utf8'));
    const organization = /^\/organizations\/([^/]+)/.exec(request.url)?.[1];
    try {
      const manifest = JSON.parse(form.get('manifest'));
      const code = acceptManifest(this.world, organization ? {owner: organization, owner_type: 'Organization', manifest} : {owner: 'operator', manifest});
      const back = new URL(manifest.redirect_url);
      back.searchParams.set('code', code);
      if (query.has('state')) back.searchParams.set('state', query.get('state'));
      response.writeHead(302, {location: back.href}).end();
    } catch (error) {
      response.writeHead(error instanceof Refusal ? error.status : 400, {'content-type': 'text/plain'}).end(`${error.message}\n`);
    }
  }
}

/**
 * Starts a fake GitHub with nothing in it.
 * @param {{port: number, hooks?: string}} options port 0 takes a free one; `hooks`: where Apps without an address get their webhooks
 */
export async function startGitHub({port, hooks = ''}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fake-github-'));
  const github = new GitHub(folder);
  const fail = (response, error) => {
    process.stderr.write(`fake GitHub: ${error.stack}\n`);
    response.destroy();
  };
  const server = http.createServer((request, response) => github.handle(request, response).catch((error) => fail(response, error)));
  const {url, close} = await listen(server, port);
  github.world.webUrl = url;
  github.world.apiUrl = url;
  github.world.usualHooks = hooks;
  const closeAll = async () => {
    await close();
    // A git that was interrupted may still write.
    await rm(folder, {recursive: true, force: true, maxRetries: 5, retryDelay: 50});
  };
  return {github, url, close: closeAll};
}
