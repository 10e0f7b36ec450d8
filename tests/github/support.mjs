// What the tests here share: a fake with a proxy, a local repository to push from, and somebody who receives webhooks.

import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {createAppAuth} from '@octokit/auth-app';
import {Octokit} from '@octokit/core';

import {startGitHub} from './fake/github.mjs';
import {bodyOf, listen} from './http_tools.mjs';
import {startProxy} from './proxy.mjs';

const QUIET = {debug() {}, info() {}, warn() {}, error() {}};

/** Receives webhooks, and keeps them as they came. */
async function startReceiver() {
  const received = [];
  const server = http.createServer(async (request, response) => {
    const body = (await bodyOf(request)).toString('utf8');
    const {headers} = request;
    received.push({event: headers['x-github-event'], delivery: headers['x-github-delivery'], signature: headers['x-hub-signature-256'], body, payload: JSON.parse(body)});
    response.writeHead(202).end('taken');
  });
  return {...(await listen(server, 0)), received};
}

/** A local repository, as a person has it: `commit` writes files and gives the commit. */
class LocalRepository {
  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder);
    this.git('init', '--quiet', '--initial-branch=main');
  }

  git(...words) {
    const identity = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.invalid'];
    return execFileSync('git', [...identity, '-C', this.folder, ...words], {encoding: 'utf8', env: {PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1'}}).trim();
  }

  branch(name, from = 'main') {
    this.git('checkout', '--quiet', '-B', name, from);
  }

  commit(message, files) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(this.folder, name)), {recursive: true});
      writeFileSync(path.join(this.folder, name), text);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }
}

/** A fake GitHub behind its proxy, with an App that is installed on the repository `acme/pkgs`. */
export class Stage {
  static async start() {
    const stage = new Stage();
    stage.folder = mkdtempSync(path.join(os.tmpdir(), 'fake-github-test-'));
    stage.fake = await startGitHub({port: 0});
    stage.proxy = await startProxy({port: 0, target: stage.fake.url});
    stage.fake.github.world.apiUrl = stage.proxy.url;
    stage.receiver = await startReceiver();
    stage.local = new LocalRepository(path.join(stage.folder, 'local'));
    stage.local.commit('first', {'default.nix': '{ }\n', 'pkgs/a.nix': 'a\n'});
    stage.app = await stage.control('apps', {name: 'EkaCI', owner: 'acme', hook_url: stage.receiver.url, webhook_secret: 'between us'});
    stage.repository = await stage.control('repositories', {owner: 'acme', owner_type: 'Organization', name: 'pkgs', from: stage.local.folder, collaborators: {maya: 'write'}});
    stage.installation = await stage.control('installations', {app: stage.app.id, account: 'acme', repositories: ['acme/pkgs']});
    return stage;
  }

  async stop() {
    await this.proxy.close();
    await this.fake.close();
    await this.receiver.close();
    rmSync(this.folder, {recursive: true, force: true});
  }

  /** Sends a command to the control interface; GET where there is no body. */
  async control(command, body) {
    const answer = await fetch(`${this.fake.url}/_control/${command}`, body === undefined ? {} : {method: 'POST', body: JSON.stringify(body)});
    const json = await answer.json();
    if (!answer.ok) throw new Error(`${command}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }

  /** GitHub's own client, as the installation; or as the App itself. */
  client({asApp = false} = {}) {
    const auth = {appId: this.app.id, privateKey: this.app.pem, ...(asApp ? {} : {installationId: this.installation.id})};
    return new Octokit({baseUrl: this.proxy.url, authStrategy: createAppAuth, auth, log: QUIET});
  }

  /** GitHub's own client with no credentials but those that a request brings. */
  anybody() {
    return new Octokit({baseUrl: this.proxy.url, log: QUIET});
  }

  /** Commits on a branch of the local repository, and opens a pull request of it. */
  async openPull(branch, {files = {[`pkgs/${branch}.nix`]: `${branch}\n`}, ...wanted} = {}) {
    this.local.branch(branch);
    this.local.commit(`${branch}: change`, files);
    return this.control('pulls', {repository: 'acme/pkgs', from: this.local.folder, ref: branch, author: 'zoe', fork: true, ...wanted});
  }

  /** The webhooks received so far, once those that are under way have arrived. */
  async hooks(event) {
    await this.control('hooks-idle', {});
    return this.receiver.received.filter((hook) => !event || hook.event === event);
  }
}

/** Waits until something holds, which other processes bring about. */
export async function until(holds, patience = 5000) {
  for (const end = Date.now() + patience; !(await holds()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`never became true: ${holds}`);
  }
}
