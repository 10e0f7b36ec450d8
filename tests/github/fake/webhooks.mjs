// Webhooks: who is told of what, signed as GitHub signs, delivered as a test wants it: at once, held back, twice, out of
// order, late, or not at all. All are kept, so that an App can list and redeliver them.

import {createHmac, randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';

import {organizationJson, repositoryJson, userJson} from './shapes.mjs';
import {nodeId} from './world.mjs';

const PATIENCE = 10_000; // GitHub waits ten seconds for an answer
const KEPT_ANSWER = 4096;

// An App is told of these whether it has subscribed to them or not.
const UNASKED = new Set(['ping', 'installation', 'installation_repositories', 'check_suite.requested', 'check_suite.rerequested', 'check_run.rerequested', 'check_run.requested_action']);

/** Sends events to Apps and remembers every delivery. */
export class Hooks {
  /** @type {{hold: boolean, copies: number, delay_ms: number, lose: boolean, at_once: number}} how events are delivered from now on */
  settings = {hold: false, copies: 1, delay_ms: 0, lose: false, at_once: 1};
  deliveries = [];

  #world;
  #held = [];
  #waiting = [];
  #running = 0;
  #whenIdle = [];

  constructor(world) {
    this.#world = world;
  }

  /**
   * Tells the Apps that are installed on a repository of an event there.
   * @param {{event: string, action?: string, repository: object, sender: object, payload: object, app?: object}} happened
   *     `app`: only this App is told
   */
  emit({event, action, repository, sender, payload, app}) {
    for (const installation of this.#world.installationsOf(repository)) {
      if ((app && installation.app !== app) || installation.suspended) continue;
      this.#send(installation.app, {
        event,
        action,
        installation,
        repository,
        payload: {
          ...(action ? {action} : {}),
          repository: repositoryJson(this.#world, repository),
          ...payload,
          ...(repository.owner.type === 'Organization' ? {organization: organizationJson(this.#world, repository.owner)} : {}),
          sender: userJson(this.#world, sender),
          installation: {id: installation.id, node_id: nodeId('I', installation.id)},
        },
      });
    }
  }

  /** Tells one App of something that is about itself. */
  emitToApp(app, {event, action, installation, sender, payload}) {
    this.#send(app, {event, action, installation, payload: {...(action ? {action} : {}), ...payload, sender: userJson(this.#world, sender)}});
  }

  #send(app, {event, action, installation, repository, payload}) {
    const unasked = UNASKED.has(event) || UNASKED.has(`${event}.${action}`);
    if (!app.hook.url || !(unasked || app.events.includes(event))) return;
    const delivery = {
      app,
      guid: randomUUID(),
      event,
      action: action ?? null,
      installation_id: installation?.id ?? null,
      repository_id: repository?.id ?? null,
      body: JSON.stringify(payload),
    };
    if (this.settings.lose) this.#record(delivery, {redelivery: false, duration: 0, status: 'lost', status_code: 0, answer: null});
    else if (this.settings.hold) this.#held.push(delivery);
    else this.#enqueue(delivery, this.settings.copies);
  }

  #enqueue(delivery, copies, redelivery = false) {
    for (let copy = 0; copy < copies; copy += 1) this.#waiting.push({delivery, redelivery});
    this.#pump();
  }

  #pump() {
    while (this.#running < this.settings.at_once && this.#waiting.length > 0) {
      this.#running += 1;
      const {delivery, redelivery} = this.#waiting.shift();
      this.#post(delivery, redelivery).finally(() => {
        this.#running -= 1;
        this.#pump();
      });
    }
    if (this.#running === 0) for (const tell of this.#whenIdle.splice(0)) tell();
  }

  /** Resolves when nothing is under way. What is held back stays so. */
  async idle() {
    if (this.#running > 0) await new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /**
   * Delivers what was held back, and holds no longer.
   * @param {'sent' | 'reversed'} order
   */
  release(order) {
    this.settings.hold = false;
    const held = this.#held.splice(0);
    if (order === 'reversed') held.reverse();
    for (const delivery of held) this.#enqueue(delivery, this.settings.copies);
    return held.length;
  }

  /** Delivers one again, under the same GUID. */
  redeliver(id) {
    const delivery = this.deliveries.find((candidate) => candidate.id === id);
    if (delivery) this.#enqueue(delivery, 1, true);
    return delivery !== undefined;
  }

  async #post(delivery, redelivery) {
    if (this.settings.delay_ms > 0) await sleep(this.settings.delay_ms);
    const {app, body} = delivery;
    delivery.headers = headersOf(delivery);
    const started = performance.now();
    const took = () => Math.round(performance.now() - started) / 1000;
    try {
      const answer = await fetch(app.hook.url, {method: 'POST', headers: delivery.headers, body, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE)});
      const text = (await answer.text()).slice(0, KEPT_ANSWER);
      const status = answer.ok ? 'OK' : answer.statusText || 'Invalid HTTP Response';
      this.#record(delivery, {redelivery, duration: took(), status, status_code: answer.status, answer: {headers: Object.fromEntries(answer.headers), payload: text}});
    } catch (error) {
      const status = error.name === 'TimeoutError' ? 'timed out' : 'failed to connect to host';
      this.#record(delivery, {redelivery, duration: took(), status, status_code: 0, answer: null});
    }
  }

  #record(delivery, outcome) {
    this.deliveries.push({...delivery, headers: delivery.headers ?? headersOf(delivery), id: this.#world.newId(), delivered_at: this.#world.time(), ...outcome});
  }
}

// As the header X-Hub-Signature-256 has it.
const signature = (secret, body) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

function headersOf({app, guid, event, body}) {
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/fake',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': String(app.hook.id),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': signature(app.hook.secret, body),
  };
}

/** A delivery as lists have it. */
export const deliveryItemJson = ({id, guid, delivered_at, redelivery, duration, status, status_code, event, action, installation_id, repository_id}) => ({
  id,
  guid,
  delivered_at,
  redelivery,
  duration,
  status,
  status_code,
  event,
  action,
  installation_id,
  repository_id,
});

/** A delivery with what was sent and what was answered. */
export const deliveryJson = (delivery) => ({
  ...deliveryItemJson(delivery),
  url: delivery.app.hook.url,
  request: {headers: delivery.headers, payload: JSON.parse(delivery.body)},
  response: delivery.answer ?? {headers: null, payload: null},
});
