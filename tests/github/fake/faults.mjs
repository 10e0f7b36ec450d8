// Faults on command: errors, slow answers and lost ones, for the requests that a test names.

/**
 * @typedef {object} Fault
 * @property {string} match a regular expression, found anywhere in `METHOD /path`
 * @property {number} [times] how many requests it befalls, 1 where it is not said
 * @property {number} [status] what is answered instead
 * @property {string} [message] the message of that answer
 * @property {Record<string, string>} [headers] more headers of the answer, faulty or not
 * @property {number} [delay_ms] how long the answer takes longer
 * @property {boolean} [drop] the connection breaks without an answer
 * @property {boolean} [carried_out] what was asked is done all the same, and only its answer is faulty
 */

const KEYS = new Set(['match', 'times', 'status', 'message', 'headers', 'delay_ms', 'drop', 'carried_out']);

/** The faults that are still to befall requests. */
export class Faults {
  #pending = [];

  /** @param {Fault[]} faults replace those that were pending */
  set(faults) {
    for (const fault of faults) {
      const unknown = Object.keys(fault).filter((key) => !KEYS.has(key));
      if (unknown.length > 0 || !fault.match) throw new Error(`a fault has to have "match" and nothing but ${[...KEYS]}: ${JSON.stringify(fault)}`);
    }
    this.#pending = faults.map((fault) => ({...fault, times: fault.times ?? 1, match: new RegExp(fault.match)}));
  }

  /** How many requests the pending faults will still befall. */
  get left() {
    return this.#pending.reduce((sum, {times}) => sum + times, 0);
  }

  /** The fault that befalls this request, if any: the first that fits. */
  take(method, path) {
    const fault = this.#pending.find(({match, times}) => times > 0 && match.test(`${method} ${path}`));
    if (fault) fault.times -= 1;
    return fault;
  }
}
