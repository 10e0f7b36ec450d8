// Git, as far as the fake needs it: bare repositories, and what the API tells of their commits.

import {execFile} from 'node:child_process';
import {appendFile, mkdtemp, rm} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

// Nothing of the machine's or the user's own configuration, and always the same author.
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'GitHub',
  GIT_AUTHOR_EMAIL: 'noreply@github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
  GIT_TERMINAL_PROMPT: '0',
};

/** Runs git in a folder, and gives what it printed without the last line end. Fails where git does. */
export async function git(folder, ...words) {
  // A test may have another owner than the repository that it hands over.
  const {stdout} = await run('git', ['-c', 'safe.directory=*', '-C', folder, ...words], {env: ENVIRONMENT, maxBuffer: 256 * 1024 * 1024});
  return stdout.replace(/\n$/, '');
}

/** Makes an empty bare repository that serves as GitHub does: any commit it has, and partial clones. */
export async function makeBare(folder, defaultBranch) {
  await run('git', ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, folder], {env: ENVIRONMENT});
  await appendFile(path.join(folder, 'config'), '[uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n[gc]\n\tauto = 0\n');
}

/** Fetches what `from` names in the repository `source` (a folder) to `to` here, whatever was there before. */
export async function take(folder, source, from, to) {
  await git(folder, 'fetch', '--quiet', '--no-tags', '--no-write-fetch-head', source, `+${from}:${to}`);
}

/** The commit that a name means; undefined where it means none. */
export async function commitOf(folder, name) {
  if (name.startsWith('-')) return undefined;
  try {
    return await git(folder, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  } catch {
    return undefined;
  }
}

/** Every ref below a prefix with its commit: [{ref, sha}]. */
export async function refsBelow(folder, prefix) {
  const lines = await git(folder, 'for-each-ref', '--format=%(refname) %(objectname)', prefix);
  return lines.split('\n').filter(Boolean).map((line) => ({ref: line.split(' ')[0], sha: line.split(' ')[1]}));
}

/** Points a ref to a commit, whatever it was before. */
export const setRef = (folder, ref, sha) => git(folder, 'update-ref', ref, sha);
/** Removes a ref. */
export const deleteRef = (folder, ref) => git(folder, 'update-ref', '-d', ref);

/** Whether all of a commit's history is another's as well. */
export async function isAncestor(folder, one, other) {
  return (await git(folder, 'rev-list', '--count', '--max-count=1', one, `^${other}`)) === '0';
}

const FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');

function parseCommit(text) {
  const [sha, tree, parents, authorName, authorEmail, authorDate, name, email, date, message] = text.split('\0');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    author: {name: authorName, email: authorEmail, date: utc(authorDate)},
    committer: {name, email, date: utc(date)},
    message: message.replace(/\n+$/, ''),
  };
}

const utc = (date) => new Date(date).toISOString().replace(/\.\d+Z$/, 'Z');

/** One commit in its parts. */
export const readCommit = async (folder, sha) => parseCommit(await git(folder, 'show', '--no-patch', `--format=${FORMAT}`, sha));

/** The commits of `head` that `base` lacks, oldest first. */
export async function commitsBetween(folder, base, head) {
  const text = await git(folder, 'log', '--reverse', '--topo-order', `--format=${FORMAT}%x01`, `${base}..${head}`);
  return text.split('\x01').map((commit) => commit.replace(/^\n/, '')).filter(Boolean).map(parseCommit);
}

/** The commit where two histories parted; undefined where they have nothing in common. */
export async function mergeBase(folder, one, other) {
  try {
    return await git(folder, 'merge-base', one, other);
  } catch {
    return undefined;
  }
}

const STATUS = {A: 'added', D: 'removed', M: 'modified', R: 'renamed', C: 'copied', T: 'changed'};

/** The files that differ between two commits, with their lines added and removed. */
export async function changedFiles(folder, from, to) {
  const raw = (await git(folder, 'diff', '--raw', '-z', '--no-abbrev', '--find-renames', from, to)).split('\0').filter(Boolean);
  const lines = (await git(folder, 'diff', '--numstat', '-z', '--find-renames', from, to)).split('\0');
  const counts = countsOf(lines);
  const files = [];
  while (raw.length > 0) {
    const [, , , sha, letter] = raw.shift().split(' ');
    const previous = /^[RC]/.test(letter) ? raw.shift() : undefined;
    const filename = raw.shift();
    const {additions, deletions} = counts.get(filename);
    files.push({sha: /^0+$/.test(sha) ? null : sha, filename, previous, status: STATUS[letter[0]], additions, deletions});
  }
  return files;
}

// "1\t2\tname", or "1\t2\t" followed by the old and the new name where it was renamed; "-" for binary files.
function countsOf(fields) {
  const counts = new Map();
  const number = (text) => (text === '-' ? 0 : Number(text));
  for (let at = 0; at < fields.length && fields[at]; at += 1) {
    const [additions, deletions, name] = fields[at].split('\t');
    if (!name) at += 2;
    counts.set(name || fields[at], {additions: number(additions), deletions: number(deletions)});
  }
  return counts;
}

/** The tree that merging two commits gives; undefined where they conflict. */
export async function mergedTree(folder, base, head) {
  try {
    return (await git(folder, 'merge-tree', '--write-tree', base, head)).split('\n')[0];
  } catch (error) {
    if (error.code === 1) return undefined;
    throw error;
  }
}

/** Makes a commit of a tree. */
export const commitTree = (folder, tree, parents, message) =>
  git(folder, 'commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message);

/** The commits of `head` played again upon `base`: the last one. Fails where one of them conflicts. */
export async function rebased(folder, base, head) {
  const tree = await mkdtemp(path.join(os.tmpdir(), 'fake-github-rebase-'));
  try {
    await git(folder, 'worktree', 'add', '--quiet', '--force', '--detach', tree, head);
    await git(tree, 'rebase', '--quiet', base);
    return await git(tree, 'rev-parse', 'HEAD');
  } finally {
    await rm(tree, {recursive: true, force: true});
    await git(folder, 'worktree', 'prune');
  }
}

/** What a path is at a commit: [{mode, type, sha, size, path}] of a folder, or of the file alone; empty where there is nothing. */
export async function listPath(folder, sha, name) {
  const lines = async (...words) => (await git(folder, 'ls-tree', '-z', '--long', sha, '--', ...words)).split('\0').filter(Boolean).map(parseEntry);
  if (name === '') return {isFolder: true, entries: await lines()};
  const [entry] = await lines(name);
  if (entry?.type === 'tree') return {isFolder: true, entries: await lines(`${name}/`)};
  return {isFolder: false, entries: entry ? [entry] : []};
}

function parseEntry(line) {
  const [meta, name] = line.split('\t');
  const [mode, type, sha, size] = meta.split(/ +/);
  return {mode, type, sha, size: size === '-' ? 0 : Number(size), path: name};
}

/** A blob's bytes. */
export async function readBlob(folder, sha) {
  const {stdout} = await run('git', ['-C', folder, '-c', 'safe.directory=*', 'cat-file', 'blob', sha], {env: ENVIRONMENT, encoding: 'buffer', maxBuffer: 64 * 1024 * 1024});
  return stdout;
}
