// Commits as requests name them.

import {commitOf} from './git.mjs';
import {Refusal} from './world.mjs';

const FULL = /^[0-9a-f]{40}$/;

/** The commit of a check; throws as GitHub does where the repository does not have it. */
export async function existingCommit(repository, sha) {
  const found = await commitOf(repository.folder, sha);
  if (!found) throw new Refusal(422, `No commit found for SHA: ${sha}`);
  return found;
}

/** The commit that the path's `ref` names: a commit, a branch or a tag. */
export async function commitOfPath({repository, parameters}) {
  const names = FULL.test(parameters.ref) ? [parameters.ref] : [`refs/heads/${parameters.ref}`, `refs/${parameters.ref}`, parameters.ref];
  for (const name of names) {
    const sha = await commitOf(repository.folder, name);
    if (sha) return sha;
  }
  throw new Refusal(422, `No commit found for SHA: ${parameters.ref}`);
}
