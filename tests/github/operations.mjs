// Operations, written `METHOD /path` as GitHub's description names them: lists of them, and which of them a request is.

import {readFileSync} from 'node:fs';

/** The operations that a file beside this one lists, such as operations.txt. */
export const readList = (name) =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));

/** A path template such as `/repos/{owner}/{repo}` in its segments. */
const segmentsOf = (path) => path.split('/').slice(1);
const isParameter = (segment) => segment.startsWith('{');

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** Finds operations among `METHOD /path` templates. A parameter is one segment: slashes in it are sent as %2F. */
export class Operations {
  #templates;

  /** @param {string[]} operations such as `GET /repos/{owner}/{repo}` */
  constructor(operations) {
    this.#templates = operations.map((operation) => {
      const [method, path] = operation.split(' ');
      return {operation, method, segments: segmentsOf(path)};
    });
    // Where two templates fit, the one with more literal segments is meant.
    const literals = ({segments}) => segments.filter((segment) => !isParameter(segment)).length;
    this.#templates.sort((one, other) => literals(other) - literals(one));
  }

  /** @returns {{operation: string, parameters: Record<string, string>} | undefined} */
  find(method, path) {
    const given = segmentsOf(path);
    for (const template of this.#templates) {
      const parameters = template.method === method ? bind(template.segments, given) : undefined;
      if (parameters) return {operation: template.operation, parameters};
    }
    return undefined;
  }
}

function bind(template, given) {
  if (template.length !== given.length) return undefined;
  const parameters = {};
  for (const [at, segment] of template.entries()) {
    if (isParameter(segment)) {
      const value = decoded(given[at]);
      if (!value) return undefined;
      parameters[segment.slice(1, -1)] = value;
    } else if (segment !== given[at]) {
      return undefined;
    }
  }
  return parameters;
}
