// The merge queue, as far as an App sees it: groups that ask for checks, and that are destroyed.

import {commitOf, commitTree, mergedTree, readCommit} from './git.mjs';
import {merged, pullOf} from './pulls.mjs';
import {moveRef} from './pushes.mjs';
import {simpleCommitJson} from './shapes.mjs';
import {Refusal} from './world.mjs';

/**
 * Makes a merge group of pull requests, each merged upon the one before it, and asks for checks on the last merge.
 * @param {import('./github.mjs').GitHub} github
 * @param {{numbers: number[], sender: object}} wanted
 */
export async function requestChecks(github, repository, {numbers, sender}) {
  const pulls = numbers.map((number) => pullOf(repository, number));
  const base = pulls[0].base.ref;
  const baseSha = await commitOf(repository.folder, `refs/heads/${base}`);
  let sha = baseSha;
  for (const pull of pulls) {
    const tree = await mergedTree(repository.folder, sha, pull.head.sha);
    if (!tree) throw new Refusal(409, `pull request ${pull.number} conflicts with what is before it`);
    sha = await commitTree(repository.folder, tree, [sha, pull.head.sha], `Merge pull request #${pull.number}\n\n${pull.title}`);
  }
  const group = {ref: `refs/heads/gh-readonly-queue/${base}/pr-${numbers.at(-1)}-${baseSha}`, sha, base, baseSha, pulls};
  repository.mergeGroups.set(group.ref, group);
  await moveRef(github, repository, {ref: group.ref, sha, sender});
  await emit(github, repository, group, {action: 'checks_requested', sender});
  return group;
}

/**
 * Ends a merge group; one that is merged moves its base.
 * @param {{ref: string, reason: 'merged' | 'invalidated' | 'dequeued', sender: object}} wanted
 */
export async function destroy(github, repository, {ref, reason, sender}) {
  const group = repository.mergeGroups.get(ref);
  if (!group) throw new Refusal(404, `there is no merge group ${ref}`);
  repository.mergeGroups.delete(ref);
  if (reason === 'merged') {
    await moveRef(github, repository, {ref: `refs/heads/${group.base}`, sha: group.sha, sender});
    for (const pull of group.pulls) await merged(github, repository, pull, {sha: group.sha, sender});
  }
  await emit(github, repository, group, {action: 'destroyed', sender, more: {reason}});
  await moveRef(github, repository, {ref, sender});
}

async function emit({hooks}, repository, group, {action, sender, more = {}}) {
  const merge_group = {
    head_sha: group.sha,
    head_ref: group.ref,
    base_ref: `refs/heads/${group.base}`,
    base_sha: group.baseSha,
    head_commit: simpleCommitJson(await readCommit(repository.folder, group.sha)),
  };
  hooks.emit({event: 'merge_group', action, repository, sender, payload: {merge_group, ...more}});
}
