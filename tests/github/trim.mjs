// Cuts GitHub's OpenAPI description (13 MB, 1223 operations) down to the operations that operations.txt names and what they
// refer to. Run as a program it writes description.json anew:  node trim.mjs

import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {readList} from './operations.mjs';

const HERE = new URL('./', import.meta.url);
const PACKAGE = new URL('node_modules/@octokit/openapi/generated/api.github.com.json', HERE);

// Prose and examples: they check nothing, and are most of the text.
const PROSE = new Set(['description', 'summary', 'example', 'examples', 'externalDocs', 'tags', 'x-github', 'x-octokit', 'title']);

/** GitHub's whole description, from the pinned package. */
export function readWholeDescription() {
  return JSON.parse(readFileSync(PACKAGE, 'utf8'));
}

// Below `properties` a key is a property's name and no keyword: a property called `description` stays.
function withoutProse(value, keysAreNames = false) {
  if (Array.isArray(value)) return value.map((item) => withoutProse(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => keysAreNames || !PROSE.has(key))
      .map(([key, inner]) => [key, key === 'enum' || key === 'default' ? inner : withoutProse(inner, key === 'properties' && !keysAreNames)]),
  );
}

function references(value, found) {
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === '$ref' && typeof inner === 'string') found.push(inner);
    else references(inner, found);
  }
}

const atReference = (description, reference) =>
  reference.replace('#/', '').split('/').reduce((place, key) => place[key.replaceAll('~1', '/').replaceAll('~0', '~')], description);

function put(description, reference, value) {
  const keys = reference.replace('#/', '').split('/');
  const last = keys.pop();
  keys.reduce((place, key) => (place[key] ??= {}), description)[last] = value;
}

/** The part of `description` that `operations` need: their paths, and all components reached from there by `$ref`. */
export function trim(description, operations) {
  const trimmed = {openapi: description.openapi, info: {title: description.info.title, version: description.info.version}, paths: {}, components: {}};
  const pending = [];
  const keep = (value) => {
    const kept = withoutProse(value);
    references(kept, pending);
    return kept;
  };
  for (const operation of operations) {
    const [method, path] = operation.split(' ');
    const described = description.paths[path]?.[method.toLowerCase()];
    if (!described) throw new Error(`GitHub's description has no ${operation}`);
    (trimmed.paths[path] ??= {})[method.toLowerCase()] = keep(described);
  }
  const seen = new Set();
  while (pending.length > 0) {
    const reference = pending.pop();
    if (seen.has(reference)) continue;
    seen.add(reference);
    put(trimmed, reference, keep(atReference(description, reference)));
  }
  // In the order of their names, so that a new operation moves no line.
  const sorted = (object) => Object.fromEntries(Object.keys(object).sort().map((key) => [key, object[key]]));
  trimmed.paths = sorted(trimmed.paths);
  trimmed.components = sorted(trimmed.components);
  for (const kind of Object.keys(trimmed.components)) trimmed.components[kind] = sorted(trimmed.components[kind]);
  return trimmed;
}

/** What description.json has to hold, as text. One component or path a line keeps differences readable. */
export function renderDescription(trimmed) {
  const lines = (object) => Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n');
  const components = Object.entries(trimmed.components).map(([kind, all]) => `${JSON.stringify(kind)}: {\n${lines(all)}\n}`).join(',\n');
  return `{\n"openapi": ${JSON.stringify(trimmed.openapi)},\n"info": ${JSON.stringify(trimmed.info)},\n"paths": {\n${lines(trimmed.paths)}\n},\n"components": {\n${components}\n}\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('description.json', HERE), renderDescription(trim(readWholeDescription(), readList('operations.txt'))));
}
