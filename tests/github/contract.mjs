// GitHub's description, compiled: what is wrong with a request, and what with an answer.

import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import {readFileSync} from 'node:fs';

import {Operations} from './operations.mjs';
import {ANONYMOUS, BODIES, QUERY, calledAsApp, closed, correct} from './overlay.mjs';

// What GitHub may answer to any request, named in the description or not.
const ANYTIME = new Set([301, 304, 307, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504]);
// The fake answers with nothing but JSON.
const MEDIA_TYPE = /^(application\/(vnd\.github(\.v3)?\+json|json)|\*\/\*)$/;
const JSON_WEB_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** description.json, parsed. */
function readDescription() {
  return JSON.parse(readFileSync(new URL('description.json', import.meta.url), 'utf8'));
}

/** OpenAPI 3.0 says `nullable` where JSON Schema, and ajv, say that the value may be null. */
function asJsonSchema(value) {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (value === null || typeof value !== 'object') return value;
  const copy = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref') copy.$ref = inner.replace(/^#/, 'github#');
    else if (key !== 'nullable' || typeof inner !== 'boolean') copy[key] = asJsonSchema(inner);
  }
  return value.nullable === true ? {anyOf: [copy, {type: 'null'}]} : copy;
}

// Of an `if` that leads to a `then` that fails, the failure within says enough.
const said = (errors, place) =>
  errors.filter(({keyword}) => keyword !== 'if').map(({instancePath, message, params}) => `${place}${instancePath}: ${message}${detail(params)}`);
function detail({additionalProperty, allowedValues}) {
  if (additionalProperty !== undefined) return ` (${additionalProperty})`;
  return allowedValues ? ` (${allowedValues.join(', ')})` : '';
}

function parsedJson(body) {
  try {
    return {value: JSON.parse(body.toString('utf8'))};
  } catch (error) {
    return {problem: `no JSON: ${error.message}`};
  }
}

/** Holds requests and answers against the description and the overlay. */
export class Contract {
  #description;
  #operations;
  #ajv = new Ajv({strict: false, allErrors: true, logger: false, inlineRefs: false});
  #compiled = new Map();

  constructor(description = readDescription()) {
    correct(description);
    this.#description = description;
    addFormats(this.#ajv);
    this.#ajv.addSchema({$id: 'github', components: asJsonSchema(description.components)});
    this.#operations = new Operations(this.operations());
  }

  /** All operations, as `METHOD /path`. */
  operations() {
    return Object.entries(this.#description.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  }

  /**
   * What is wrong with a request; nothing where `problems` is empty.
   * @param {{method: string, url: string, headers: import('node:http').IncomingHttpHeaders, body: Buffer}} request
   * @returns {{operation: string | undefined, problems: string[]}}
   */
  checkRequest({method, url, headers, body}) {
    const {pathname, searchParams} = new URL(url, 'http://github');
    const found = this.#operations.find(method, pathname);
    if (!found) return {operation: undefined, problems: [`${method} ${pathname} is no operation of operations.txt (slashes in a path parameter are sent as %2F)`]};
    const {operation, parameters} = found;
    const problems = [
      ...checkHeaders(operation, headers),
      ...this.#checkPath(operation, parameters),
      ...this.#checkQuery(operation, searchParams),
      ...this.#checkBody(operation, headers, body),
    ];
    return {operation, problems};
  }

  /**
   * What is wrong with an answer.
   * @param {string} operation
   * @param {{status: number, headers: Record<string, unknown>, body: Buffer}} answer
   * @returns {string[]}
   */
  checkAnswer(operation, {status, headers, body}) {
    const described = this.#resolved(this.#operation(operation).responses[status]);
    if (!described) return ANYTIME.has(status) ? [] : [`status ${status} is not in the description`];
    const schema = described.content?.['application/json']?.schema;
    if (!schema) return body.length === 0 || status >= 300 ? [] : ['a body where none is described'];
    if (!String(headers['content-type']).startsWith('application/json')) return [`content-type is ${headers['content-type']}`];
    const {value, problem} = parsedJson(body);
    if (problem) return [problem];
    return this.#errors(`${operation} ${status}`, () => asJsonSchema(schema), value, 'body');
  }

  #operation(operation) {
    const [method, path] = operation.split(' ');
    return this.#description.paths[path][method.toLowerCase()];
  }

  #resolved(value) {
    if (!value?.$ref) return value;
    return this.#resolved(value.$ref.split('/').slice(1).reduce((place, key) => place[key], this.#description));
  }

  // Requests are closed to unknown properties, answers are not, so a request's schema stands on its own.
  #dereferenced(value) {
    if (Array.isArray(value)) return value.map((item) => this.#dereferenced(item));
    if (value === null || typeof value !== 'object') return value;
    const whole = this.#resolved(value);
    return Object.fromEntries(Object.entries(whole).map(([key, inner]) => [key, this.#dereferenced(inner)]));
  }

  #errors(key, makeSchema, value, place) {
    let validate = this.#compiled.get(key);
    if (!validate) {
      validate = this.#ajv.compile(makeSchema());
      this.#compiled.set(key, validate);
    }
    return validate(value) ? [] : said(validate.errors, place);
  }

  #parameters(operation, place) {
    return (this.#operation(operation).parameters ?? []).map((parameter) => this.#resolved(parameter)).filter((parameter) => parameter.in === place);
  }

  #checkPath(operation, parameters) {
    return this.#parameters(operation, 'path').flatMap(({name, schema}) =>
      this.#errors(`${operation} path ${name}`, () => asJsonSchema(schema), fromText(parameters[name], schema), `path ${name}`),
    );
  }

  #checkQuery(operation, query) {
    const known = new Map(this.#parameters(operation, 'query').map((parameter) => [parameter.name, parameter]));
    return [...new Set(query.keys())].flatMap((name) => {
      if (!known.has(name)) return [`query: ${name} is unknown`];
      if (query.getAll(name).length > 1) return [`query: ${name} is given more than once`];
      const {schema} = known.get(name);
      const makeSchema = () => ({allOf: [asJsonSchema(schema), QUERY[name] ?? {}]});
      return this.#errors(`${operation} query ${name}`, makeSchema, fromText(query.get(name), schema), `query ${name}`);
    });
  }

  #checkBody(operation, headers, body) {
    const described = this.#operation(operation).requestBody;
    if (body.length === 0) return described?.required || BODIES[operation]?.required ? ['body: is missing'] : [];
    // Clients may send an empty object where nothing is to be said.
    if (!described) return body.toString('utf8').trim() === '{}' ? [] : ['body: this operation takes none'];
    if (!/^application\/json(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) return [`content-type: ${headers['content-type']} is not application/json`];
    const {value, problem} = parsedJson(body);
    if (problem) return [`body: ${problem}`];
    const makeSchema = () => ({allOf: [asJsonSchema(closed(this.#dereferenced(described.content['application/json'].schema))), BODIES[operation] ?? {}]});
    return [...this.#errors(`${operation} body`, makeSchema, value, 'body'), ...checkLines(value)];
  }
}

function checkHeaders(operation, headers) {
  const problems = [];
  if (!headers['user-agent']) problems.push('user-agent: is missing');
  for (const type of (headers.accept ?? '').split(',').filter(Boolean)) {
    if (!MEDIA_TYPE.test(type.split(';')[0].trim())) problems.push(`accept: ${type} is none of the media types of GitHub's JSON`);
  }
  const version = headers['x-github-api-version'];
  if (version !== undefined && version !== '2022-11-28') problems.push(`x-github-api-version: ${version} is not 2022-11-28`);
  return [...problems, ...checkAuthorization(operation, headers.authorization)];
}

function checkAuthorization(operation, authorization) {
  if (ANONYMOUS.has(operation)) return authorization === undefined ? [] : ['authorization: this operation takes none'];
  const token = /^(?:bearer|token) (\S+)$/i.exec(authorization ?? '')?.[1];
  if (!token) return [`authorization: ${authorization === undefined ? 'is missing' : 'is not "Bearer TOKEN"'}`];
  const asApp = JSON_WEB_TOKEN.test(token);
  if (asApp && !calledAsApp(operation)) return ["authorization: the App's own JWT where a token is needed"];
  if (!asApp && calledAsApp(operation)) return ["authorization: a token where the App's own JWT is needed"];
  return [];
}

// JSON Schema cannot compare two properties.
function checkLines(body) {
  const annotations = body?.output?.annotations;
  if (!Array.isArray(annotations)) return [];
  return annotations.flatMap(({start_line: start, end_line: end, start_column: first, end_column: last}, at) => {
    const place = `body/output/annotations/${at}`;
    if (end < start) return [`${place}: end_line is before start_line`];
    if (start !== end && (first !== undefined || last !== undefined)) return [`${place}: columns are for annotations of one line`];
    return last < first ? [`${place}: end_column is before start_column`] : [];
  });
}

function fromText(text, {type}) {
  if (type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return text;
}
