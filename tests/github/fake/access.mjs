// Who calls: the App by its JWT, an installation by its token, or nobody; and what each may.

import {createVerify} from 'node:crypto';

import {Refusal, covers, notFound, secret} from './world.mjs';

const HOUR = 3_600_000;
const LONGEST_JWT = 600; // seconds from now to `exp`
const RANKS = ['read', 'write', 'admin'];

const unauthorized = (message) => new Refusal(401, message);
const forbidden = () => new Refusal(403, 'Resource not accessible by integration');

/**
 * @typedef {{kind: 'app', app: object, bucket: string}
 *         | {kind: 'installation', app: object, installation: object, token: object, bucket: string}
 *         | {kind: 'anonymous', bucket: string}} Caller
 */

/** Who sends this Authorization header; throws where it is not valid. @returns {Caller} */
export function callerOf(world, authorization) {
  if (authorization === undefined) return {kind: 'anonymous', bucket: 'anonymous'};
  const token = /^(?:bearer|token) (\S+)$/i.exec(authorization)?.[1];
  if (!token) throw unauthorized('Bad credentials');
  return token.split('.').length === 3 ? callerOfJwt(world, token) : callerOfToken(world, token);
}

function partsOf(jwt) {
  const [header, claims, signed] = jwt.split('.');
  try {
    const read = (part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return {header: read(header), claims: read(claims), signed: Buffer.from(signed, 'base64url'), text: `${header}.${claims}`};
  } catch {
    throw unauthorized('A JSON web token could not be decoded');
  }
}

function callerOfJwt(world, jwt) {
  const {header, claims, signed, text} = partsOf(jwt);
  if (header.alg !== 'RS256') throw unauthorized("A JSON web token's algorithm has to be RS256");
  const app = [...world.apps.values()].find(({id, clientId}) => String(id) === String(claims.iss) || clientId === claims.iss);
  if (!app) throw unauthorized("'Issuer' claim ('iss') must be an Integer or the client id of an App");
  if (!createVerify('RSA-SHA256').update(text).verify(app.publicKey, signed)) throw unauthorized('A JSON web token could not be decoded');
  checkTimes(Math.floor(world.now() / 1000), claims);
  return {kind: 'app', app, bucket: `App ${app.id}`};
}

function checkTimes(now, {iat, exp}) {
  if (!Number.isInteger(iat) || iat > now) throw unauthorized("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  if (!Number.isInteger(exp) || exp <= now) throw unauthorized("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
  if (exp > now + LONGEST_JWT) throw unauthorized("'Expiration time' claim ('exp') is too far in the future");
}

/** The caller of an installation token, whether it comes by the API or by git. */
export function callerOfToken(world, text) {
  const token = world.tokens.get(text);
  if (!token || token.expires <= world.now() || !world.installations.has(token.installation.id)) throw unauthorized('Bad credentials');
  const {installation} = token;
  if (installation.suspended) throw new Refusal(403, 'This installation has been suspended');
  return {kind: 'installation', app: installation.app, installation, token, bucket: `installation ID ${installation.id}`};
}

/**
 * Makes a token of an installation, for an hour, for all or some of its repositories and permissions.
 * @param {{repositories?: string[], repository_ids?: number[], permissions?: Record<string, string>}} wanted
 */
export function makeToken(world, installation, {repositories, repository_ids: ids, permissions}) {
  const chosen = chooseRepositories(world, installation, repositories, ids);
  for (const [name, level] of Object.entries(permissions ?? {})) {
    if (!allows(installation.permissions, name, level)) throw new Refusal(422, 'The permissions requested are not granted to this installation.');
  }
  const token = {
    text: secret('ghs_'),
    installation,
    expires: world.now() + HOUR,
    permissions: {metadata: 'read', ...(permissions ?? installation.permissions)},
    repositories: chosen,
  };
  world.tokens.set(token.text, token);
  return token;
}

function chooseRepositories(world, installation, names, ids) {
  if (!names && !ids) return undefined;
  const all = [...world.repositories.values()].filter((repository) => covers(installation, repository));
  const wanted = [...(names ?? []).map((name) => all.find((repository) => repository.name === name)), ...(ids ?? []).map((id) => all.find((repository) => repository.id === id))];
  if (wanted.includes(undefined)) throw new Refusal(422, 'There is at least one repository that does not exist or is not accessible to the parent installation.');
  return new Set(wanted.map(({id}) => id));
}

/** Whether permissions reach a level of one of them. */
const allows = (permissions, name, level) => RANKS.indexOf(permissions[name]) >= RANKS.indexOf(level);

/** Whether a token is good for a repository at all. */
export const reaches = ({installation, repositories}, repository) => covers(installation, repository) && (!repositories || repositories.has(repository.id));

/**
 * Throws where a caller may not do what an operation needs, with the status that GitHub would answer.
 * @param {Caller} caller
 * @param {string} needs `app`, `anyone`, `token`, or permissions of which one is needed, and a level: `issues|pull_requests:write`
 * @param {object} [repository]
 */
export function checkAccess(caller, needs, repository) {
  if (needs === 'anyone') return;
  if (needs === 'app') {
    if (caller.kind !== 'app') throw unauthorized('A JSON web token could not be decoded');
    return;
  }
  if (caller.kind === 'app') throw unauthorized('Bad credentials');
  if (caller.kind === 'anonymous') throw unauthorized('Requires authentication');
  if (needs !== 'token') checkPermissions(caller.token, needs, repository);
}

function checkPermissions(token, needs, repository) {
  const [names, level] = needs.split(':');
  if (!reaches(token, repository)) {
    // What is public anyone may read.
    if (repository.private) throw notFound();
    if (level === 'read') return;
    throw forbidden();
  }
  if (!names.split('|').some((name) => allows(token.permissions, name, level))) throw forbidden();
}
