// The commands of the control interface: what people and GitHub itself do, done by a test. README.md says what each is for.

import {acceptPermissions, appWithSecrets, changeInstallation, install, makeApp, suspend, uninstall} from './apps.mjs';
import {clickAction, dumpRuns, rerequestRun, rerequestSuite, runById} from './checks.mjs';
import {addComment, commentOf, deleteComment, dumpComments, editComment} from './issues.mjs';
import {acceptManifest} from './manifests.mjs';
import {destroy, requestChecks} from './merge_groups.mjs';
import {simplePullJson} from './pull_shapes.mjs';
import {addLabel, edit, openPull, pullOf, removeLabel, review, setDraft, setState} from './pulls.mjs';
import {moveRef} from './pushes.mjs';
import {makeRepository, move, refsOf, setRules, takeCommit} from './repositories.mjs';
import {fullRepositoryJson, installationJson} from './shapes.mjs';
import {deliveryJson} from './webhooks.mjs';
import {Refusal, fullNameOf} from './world.mjs';

function known(map, id, what) {
  if (!map.has(id)) throw new Refusal(404, `there is no ${what} ${id}`);
  return map.get(id);
}

function repositoryNamed({world}, name) {
  const repository = world.repository(name);
  if (!repository) throw new Refusal(404, `there is no repository ${name}`);
  return repository;
}

const repositoriesNamed = (github, names) => (names === 'all' ? 'all' : names.map((name) => repositoryNamed(github, name)));

/** The pull request that a command is about, and who does it: its author, where nobody is named. */
function pullOfCommand(github, {repository: name, number, sender}) {
  const repository = repositoryNamed(github, name);
  const pull = pullOf(repository, number);
  return {repository, pull, sender: sender ? github.world.user(sender) : pull.author};
}

const senderOr = (github, sender, repository) => (sender ? github.world.user(sender) : repository.owner);
const pullAnswer = (github, repository, pull) => ({...simplePullJson(github.world, repository, pull), head_sha: pull.head.sha, base_sha: pull.base.sha});

async function onPull(github, command, change) {
  const {repository, pull, sender} = pullOfCommand(github, command);
  await change(repository, pull, sender);
  return pullAnswer(github, repository, pull);
}

async function push(github, {repository: name, branch, number, from, ref, sender}) {
  const named = repositoryNamed(github, name);
  const pull = number === undefined ? undefined : pullOf(named, number);
  const repository = pull ? pull.head.repository : named;
  const sha = ref === null ? undefined : await takeCommit(repository, from, ref);
  await moveRef(github, repository, {ref: `refs/heads/${pull ? pull.head.ref : branch}`, sha, sender: senderOr(github, sender, repository)});
  return {sha: sha ?? null};
}

function onRun(github, {repository: name, check_run: id, sender}, act) {
  const repository = repositoryNamed(github, name);
  act(repository, runById(repository, id), senderOr(github, sender, repository));
}

async function dumpRepository(github, repository) {
  const pulls = [...repository.pulls.values()];
  return {
    default_branch: repository.defaultBranch,
    private: repository.private,
    refs: await refsOf(repository),
    pulls: Object.fromEntries(pulls.map((pull) => [pull.number, pullAnswer(github, repository, pull)])),
    labels: Object.fromEntries(pulls.map(({number, labels}) => [number, labels.map(({name}) => name)])),
    reviews: Object.fromEntries(pulls.map(({number, reviews}) => [number, reviews.map(({user, state, body, commit}) => ({user: user.login, state, body, commit}))])),
    comments: dumpComments(github, repository),
    check_runs: dumpRuns(github, repository),
    statuses: repository.statuses,
  };
}

async function dump(github, {repository: name}) {
  const wanted = name ? [repositoryNamed(github, name)] : [...github.world.repositories.values()];
  const repositories = {};
  for (const repository of wanted) repositories[fullNameOf(repository)] = await dumpRepository(github, repository);
  return {
    repositories,
    installations: [...github.world.installations.values()].map((installation) => installationJson(github.world, installation)),
    tokens: github.world.tokens.size,
    faults_left: github.faults.left,
  };
}

/**
 * Every command, by method and name: the words that it needs, others that it takes, and what it does with them. It is given the
 * body, or the query where it only reads, and what it gives is answered as JSON.
 */
export const COMMANDS = {
  'POST apps': {
    needs: 'name owner',
    takes: 'hook_url webhook_secret url permissions events',
    run: (github, body) => appWithSecrets(github.world, makeApp(github, body)),
  },
  'POST app-hook': {
    needs: 'app',
    takes: 'url secret',
    run: ({world}, {app, url, secret}) => {
      const {hook} = known(world.apps, app, 'App');
      if (url !== undefined) hook.url = url;
      if (secret !== undefined) hook.secret = secret;
    },
  },
  'POST manifests': {
    needs: 'owner manifest',
    takes: 'owner_type',
    run: ({world}, body) => ({code: acceptManifest(world, body)}),
  },
  'POST users': {
    needs: 'login',
    takes: 'type',
    run: ({world}, {login, type}) => ({id: world.user(login, type).id}),
  },
  'POST repositories': {
    needs: 'owner name from',
    takes: 'owner_type private default_branch branches collaborators merge_methods required_checks',
    run: async (github, body) => fullRepositoryJson(github.world, await makeRepository(github, body)),
  },
  'POST rules': {
    needs: 'repository',
    takes: 'private collaborators merge_methods required_checks',
    run: (github, {repository, ...rules}) => {
      setRules(github.world, repositoryNamed(github, repository), rules);
    },
  },
  'POST move': {
    needs: 'repository',
    takes: 'name owner sender',
    run: (github, {repository: name, name: to, owner, sender}) => {
      const repository = repositoryNamed(github, name);
      move(github, repository, {name: to, owner, sender: senderOr(github, sender, repository)});
      return {full_name: fullNameOf(repository)};
    },
  },
  'POST installations': {
    needs: 'app account',
    takes: 'account_type repositories permissions',
    run: (github, {app, repositories, ...rest}) =>
      installationJson(github.world, install(github, {...rest, app: known(github.world.apps, app, 'App'), repositories: repositoriesNamed(github, repositories ?? 'all')})),
  },
  'POST installation-repositories': {
    needs: 'installation',
    takes: 'add remove',
    run: (github, {installation, add = [], remove = []}) => {
      changeInstallation(github, known(github.world.installations, installation, 'installation'), {add: repositoriesNamed(github, add), remove: repositoriesNamed(github, remove)});
    },
  },
  'POST suspend': {
    needs: 'installation',
    takes: 'suspended',
    run: (github, {installation, suspended = true}) => {
      suspend(github, known(github.world.installations, installation, 'installation'), suspended);
    },
  },
  'POST accept-permissions': {
    needs: 'installation permissions',
    run: (github, {installation, permissions}) => {
      acceptPermissions(github, known(github.world.installations, installation, 'installation'), permissions);
    },
  },
  'POST uninstall': {
    needs: 'installation',
    run: (github, {installation}) => {
      uninstall(github, known(github.world.installations, installation, 'installation'));
    },
  },
  'POST expire-tokens': {
    needs: '',
    run: ({world}) => {
      world.tokens.clear();
    },
  },
  'POST pulls': {
    needs: 'repository from ref author',
    takes: 'fork head_branch base title body draft labels author_association',
    run: async (github, {repository: name, ...wanted}) => {
      const repository = repositoryNamed(github, name);
      return pullAnswer(github, repository, await openPull(github, repository, wanted));
    },
  },
  'POST push': {
    needs: 'repository ref',
    takes: 'branch number from sender',
    run: push,
  },
  'POST state': {
    needs: 'repository number state',
    takes: 'sender',
    run: (github, command) => onPull(github, command, (repository, pull, sender) => setState(github, repository, pull, {state: command.state, sender})),
  },
  'POST draft': {
    needs: 'repository number draft',
    takes: 'sender',
    run: (github, command) => onPull(github, command, (repository, pull, sender) => setDraft(github, repository, pull, {draft: command.draft, sender})),
  },
  'POST edit': {
    needs: 'repository number',
    takes: 'title body base sender',
    run: (github, {title, body, base, ...command}) => onPull(github, command, (repository, pull, sender) => edit(github, repository, pull, {title, body, base, sender})),
  },
  'POST label': {
    needs: 'repository number label',
    takes: 'sender',
    run: (github, command) => onPull(github, command, (repository, pull, sender) => addLabel(github, repository, pull, {name: command.label, sender})),
  },
  'POST unlabel': {
    needs: 'repository number label',
    takes: 'sender',
    run: (github, command) => onPull(github, command, (repository, pull, sender) => removeLabel(github, repository, pull, {name: command.label, sender})),
  },
  'POST reviews': {
    needs: 'repository number sender event',
    takes: 'body commit_id',
    run: (github, {event, body, commit_id, ...command}) => {
      const {repository, pull, sender} = pullOfCommand(github, command);
      return review(github, repository, pull, {user: sender, event, body, commit_id});
    },
  },
  'POST comments': {
    needs: 'repository number sender body',
    run: (github, {body, ...command}) => {
      const {repository, pull, sender} = pullOfCommand(github, command);
      return {id: addComment(github, repository, pull, {user: sender, body}).id};
    },
  },
  'POST edit-comment': {
    needs: 'repository comment body',
    takes: 'sender',
    run: (github, {repository: name, comment, body, sender}) => {
      const repository = repositoryNamed(github, name);
      editComment(github, repository, commentOf(repository, comment), {body, sender: senderOr(github, sender, repository)});
    },
  },
  'POST delete-comment': {
    needs: 'repository comment',
    takes: 'sender',
    run: (github, {repository: name, comment, sender}) => {
      const repository = repositoryNamed(github, name);
      deleteComment(github, repository, commentOf(repository, comment), {sender: senderOr(github, sender, repository)});
    },
  },
  'POST click': {
    needs: 'repository check_run identifier',
    takes: 'sender',
    run: (github, command) => onRun(github, command, (repository, run, sender) => clickAction(github, repository, run, {identifier: command.identifier, sender})),
  },
  'POST rerequest': {
    needs: 'repository check_run',
    takes: 'sender',
    run: (github, command) => onRun(github, command, (repository, run, sender) => rerequestRun(github, repository, run, sender)),
  },
  'POST rerequest-suite': {
    needs: 'repository check_suite',
    takes: 'sender',
    run: async (github, {repository: name, check_suite: id, sender}) => {
      const repository = repositoryNamed(github, name);
      await rerequestSuite(github, repository, known(repository.suites, id, 'check suite'), senderOr(github, sender, repository));
    },
  },
  'POST merge-groups': {
    needs: 'repository numbers',
    takes: 'sender',
    run: async (github, {repository: name, numbers, sender}) => {
      const repository = repositoryNamed(github, name);
      const {ref, sha, baseSha} = await requestChecks(github, repository, {numbers, sender: senderOr(github, sender, repository)});
      return {ref, head_sha: sha, base_sha: baseSha};
    },
  },
  'POST destroy-merge-group': {
    needs: 'repository ref reason',
    takes: 'sender',
    run: async (github, {repository: name, ref, reason, sender}) => {
      const repository = repositoryNamed(github, name);
      await destroy(github, repository, {ref, reason, sender: senderOr(github, sender, repository)});
    },
  },
  'POST faults': {
    needs: 'faults',
    run: ({faults}, {faults: wanted}) => {
      faults.set(wanted);
    },
  },
  'POST limits': {
    needs: '',
    takes: 'installation limit used reset_in_seconds points_per_minute content_per_minute concurrent retry_after',
    run: ({limits}, {installation, limit, used, reset_in_seconds, ...secondary}) => {
      Object.assign(limits.secondary, secondary);
      if (installation !== undefined) limits.set(`installation ID ${installation}`, {limit, used, reset_in_seconds});
    },
  },
  'POST clock': {
    needs: 'offset_seconds',
    run: ({world}, {offset_seconds: seconds}) => {
      world.clockOffset = seconds * 1000;
      return {now: world.time()};
    },
  },
  'POST hooks': {
    needs: '',
    takes: 'hold copies delay_ms lose at_once',
    run: ({hooks}, settings) => Object.assign(hooks.settings, settings),
  },
  'POST release-hooks': {
    needs: '',
    takes: 'order',
    run: ({hooks}, {order = 'sent'}) => ({released: hooks.release(order)}),
  },
  'POST redeliver': {
    needs: 'delivery',
    run: ({hooks}, {delivery}) => ({found: hooks.redeliver(delivery)}),
  },
  'POST hooks-idle': {
    needs: '',
    run: async ({hooks}) => {
      await hooks.idle();
    },
  },
  'GET deliveries': {
    needs: '',
    run: ({hooks}) => hooks.deliveries.map(deliveryJson),
  },
  'GET requests': {
    needs: '',
    run: ({requests}) => requests,
  },
  'GET state': {
    needs: '',
    takes: 'repository',
    run: dump,
  },
  'GET check-runs': {
    needs: 'repository sha',
    run: (github, {repository: name, sha}) => dumpRuns(github, repositoryNamed(github, name), sha)[sha] ?? [],
  },
};
