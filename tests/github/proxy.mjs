// The contract proxy: stands between the server under test and the fake, and holds every request and answer against the
// contract. A request that breaks it is answered with 599 and remembered; it never reaches the fake.

import http from 'node:http';

import {Contract} from './contract.mjs';
import {answerJson, bodyOf, listen} from './http_tools.mjs';
import {readList} from './operations.mjs';

const REFUSED = 599;

/** What went through the proxy: violations of either side, and how often each operation was called. */
class Record {
  requests = [];
  answers = [];
  exercised = new Map();

  /** @param {string[]} operations all that could be called */
  constructor(operations) {
    this.operations = operations;
  }

  count(operation) {
    this.exercised.set(operation, (this.exercised.get(operation) ?? 0) + 1);
  }

  /** What `GET /_contract` answers. */
  toJSON() {
    const never = this.operations.filter((operation) => !this.exercised.has(operation)).sort();
    return {
      requests: this.requests,
      answers: this.answers,
      exercised: Object.fromEntries([...this.exercised].sort()),
      never,
      coverage: coverage(never, readList('uncalled.txt')),
    };
  }
}

/**
 * Holds the operations that were never exercised against those that need not be.
 * @param {string[]} never
 * @param {string[]} allowed
 * @returns {{missing: string[], needless: string[]}} those that have to be exercised; those on the list that are exercised by now
 */
export function coverage(never, allowed) {
  return {missing: never.filter((operation) => !allowed.includes(operation)), needless: allowed.filter((operation) => !never.includes(operation))};
}

class Proxy {
  #contract = new Contract();
  #target;

  constructor(target) {
    this.#target = new URL(target);
    this.record = new Record(this.#contract.operations());
  }

  async handle(request, response) {
    if (request.url === '/_contract' && request.method === 'GET') return answerJson(response, 200, this.record);
    const body = await bodyOf(request);
    const {operation, problems} = this.#contract.checkRequest({method: request.method, url: request.url, headers: request.headers, body});
    if (problems.length > 0) return this.#refuse(request, response, operation, problems);
    this.record.count(operation);
    return this.#forward({request, response, operation, body});
  }

  #refuse(request, response, operation, problems) {
    this.record.requests.push({operation, method: request.method, path: request.url, problems});
    answerJson(response, REFUSED, {message: "This request breaks GitHub's contract", problems});
  }

  #forward({request, response, operation, body}) {
    const {hostname, port} = this.#target;
    const {'transfer-encoding': chunked, expect, connection, ...headers} = request.headers; // these are between two neighbours
    const upstream = http.request({hostname, port, method: request.method, path: request.url, headers: {...headers, 'content-length': body.length}});
    // A lost answer is lost for the caller as well.
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    upstream.on('response', async (answer) => {
      try {
        const {statusCode: status, headers} = answer;
        const answered = await bodyOf(answer);
        const problems = this.#contract.checkAnswer(operation, {status, headers, body: answered});
        if (problems.length > 0) this.record.answers.push({operation, status, path: request.url, problems});
        response.writeHead(status, headers).end(answered);
      } catch {
        response.destroy();
      }
    });
    upstream.end(body);
  }
}

/**
 * Starts the proxy in front of the fake at `target`. `GET /_contract` on it answers what it has recorded.
 * @param {{port: number, target: string}} options port 0 takes a free one
 */
export async function startProxy({port, target}) {
  const proxy = new Proxy(target);
  const server = http.createServer((request, response) => proxy.handle(request, response).catch(() => response.destroy()));
  return {...(await listen(server, port)), record: proxy.record};
}
