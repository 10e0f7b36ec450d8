// GitHub's rate limits: calls an hour (primary), and what is too much at once (secondary).

import {Refusal} from './world.mjs';

const HOUR = 3600;
const MINUTE = 60_000;
const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';

/** What each caller may still call. A bucket is one caller: an installation, an App, or all that are anonymous. */
export class Limits {
  /** Secondary limits of every caller. The two by the minute are off until a test asks for them: tests live in seconds. */
  secondary = {points_per_minute: Infinity, content_per_minute: Infinity, concurrent: 100, retry_after: 60};

  #buckets = new Map();
  #world;

  constructor(world) {
    this.#world = world;
  }

  #seconds() {
    return Math.floor(this.#world.now() / 1000);
  }

  #bucket(name) {
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = {limit: name === 'anonymous' ? 60 : 5000, used: 0, reset: this.#seconds() + HOUR, recent: [], running: 0};
      this.#buckets.set(name, bucket);
    }
    if (bucket.reset <= this.#seconds()) Object.assign(bucket, {used: 0, reset: this.#seconds() + HOUR});
    return bucket;
  }

  /** Sets a bucket: {limit, used, reset_in_seconds}, each only where given. */
  set(name, {limit, used, reset_in_seconds: resetIn}) {
    const bucket = this.#bucket(name);
    if (limit !== undefined) bucket.limit = limit;
    if (used !== undefined) bucket.used = used;
    if (resetIn !== undefined) bucket.reset = this.#seconds() + resetIn;
  }

  /** The bucket as `GET /rate_limit` has it. */
  status(name) {
    const {limit, used, reset} = this.#bucket(name);
    return {limit, used, remaining: Math.max(0, limit - used), reset};
  }

  /** The headers that every answer carries. */
  headers(name) {
    const {limit, used, remaining, reset} = this.status(name);
    return {'x-ratelimit-limit': limit, 'x-ratelimit-used': used, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset, 'x-ratelimit-resource': 'core'};
  }

  /** Counts a call; throws where it is too much. Each is ended by `end`. */
  begin(name, method) {
    const bucket = this.#bucket(name);
    if (bucket.used >= bucket.limit) throw new Refusal(403, `API rate limit exceeded for ${name}.`);
    this.#checkSecondary(bucket, method);
    bucket.used += 1;
    bucket.running += 1;
  }

  /** Ends a call that `begin` has counted. What was not modified costs nothing. */
  end(name, status) {
    const bucket = this.#bucket(name);
    bucket.running -= 1;
    if (status === 304 && bucket.used > 0) bucket.used -= 1;
  }

  #checkSecondary(bucket, method) {
    const now = this.#world.now();
    bucket.recent = bucket.recent.filter(({at}) => now - at < MINUTE);
    const writes = bucket.recent.filter(({points}) => points > 1).length;
    const points = bucket.recent.reduce((sum, call) => sum + call.points, 0);
    const cost = method === 'GET' ? 1 : 5;
    const {points_per_minute: pointsLeft, content_per_minute: contentLeft, concurrent, retry_after: wait} = this.secondary;
    if (points + cost > pointsLeft || (cost > 1 && writes >= contentLeft) || bucket.running >= concurrent) {
      throw new Refusal(403, SECONDARY, {headers: {'retry-after': String(wait)}});
    }
    bucket.recent.push({at: now, points: cost});
  }
}
