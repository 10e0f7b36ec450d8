// Git over HTTP, read-only: `git http-backend` behind the authorization that GitHub has.

import {spawn} from 'node:child_process';

import {callerOfToken, checkAccess} from './access.mjs';
import {Refusal} from './world.mjs';

const PATH = /^\/([^/]+)\/([^/]+?)\.git\/(info\/refs|git-upload-pack)$/;

/** Whether a request is one of git's. */
export const isGit = (pathname) => /^\/[^/]+\/[^/]+?\.git\//.test(pathname);

function tokenOf(authorization) {
  const given = /^basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return undefined;
  const [user, ...rest] = Buffer.from(given, 'base64').toString('utf8').split(':');
  return user === 'x-access-token' ? rest.join(':') : '';
}

/** The repository that a request may read; throws where it may not. */
function repositoryFor(world, request, url) {
  const [, owner, name] = PATH.exec(url.pathname) ?? [];
  // Nothing is pushed by HTTP: tests push by the control interface.
  if (!name || url.searchParams.get('service') === 'git-receive-pack') throw new Refusal(403, 'Write access to repository not granted.');
  const repository = world.repository(`${owner}/${decodeURIComponent(name)}`);
  const token = tokenOf(request.headers.authorization);
  // A wrong token is refused even where none is needed.
  const caller = token === undefined ? undefined : callerOfToken(world, token);
  if (repository && !repository.private) return repository;
  if (!caller) throw new Refusal(401, 'Authentication failed', {headers: {'www-authenticate': 'Basic realm="GitHub"'}});
  if (!repository) throw new Refusal(404, 'Repository not found.');
  checkAccess(caller, 'contents:read', repository);
  return repository;
}

/** Answers a request of git's. */
export async function handleGit(world, request, response) {
  const url = new URL(request.url, 'http://git');
  try {
    serve(repositoryFor(world, request, url), {request, response, url});
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    response.writeHead(error.status, {'content-type': 'text/plain', ...error.headers}).end(`${error.message}\n`);
  }
}

function serve(repository, {request, response, url}) {
  const [, , , action] = PATH.exec(url.pathname);
  const {headers} = request;
  const child = spawn('git', ['-c', 'safe.directory=*', 'http-backend'], {
    cwd: repository.folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROJECT_ROOT: repository.folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: `/${action}`,
      QUERY_STRING: url.searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: headers['content-type'] ?? '',
      CONTENT_LENGTH: headers['content-length'] ?? '',
      HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
      GIT_PROTOCOL: headers['git-protocol'] ?? '',
    },
  });
  child.on('error', () => response.destroy());
  response.on('close', () => child.kill());
  // git may end before it has read everything.
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  passOn(child.stdout, response);
}

/** Turns what a CGI program prints, headers and body, into an answer. */
function passOn(output, response) {
  let head = Buffer.alloc(0);
  const onData = (part) => {
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    output.off('data', onData);
    const headers = head.subarray(0, end).toString('latin1').split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1];
    response.writeHead(status ? Number(status.split(' ')[0]) : 200, Object.fromEntries(headers.filter(([name]) => name.toLowerCase() !== 'status')));
    response.write(head.subarray(end + 4));
    output.pipe(response);
  };
  output.on('data', onData);
  output.on('end', () => response.end());
}
