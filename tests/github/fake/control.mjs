// The control interface, `/_control/…`: what people and GitHub itself do, done by a test. README.md lists it.

import {answerJson, bodyOf} from '../http_tools.mjs';
import {appWithSecrets, changeInstallation, install, makeApp, suspend, uninstall} from './apps.mjs';
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
  return {};
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

/** Every command, by method and name; each is given the body, or the query where it only reads, and answers with JSON. */
const COMMANDS = {
  'POST apps': (github, body) => appWithSecrets(github.world, makeApp(github, body)),
  'POST app-hook': ({world}, {app, url, secret}) => {
    const {hook} = known(world.apps, app, 'App');
    if (url !== undefined) hook.url = url;
    if (secret !== undefined) hook.secret = secret;
    return {};
  },
  'POST manifests': ({world}, {owner, manifest}) => ({code: acceptManifest(world, {owner, manifest})}),
  'POST users': ({world}, {login, type}) => ({id: world.user(login, type).id}),
  'POST repositories': async (github, body) => fullRepositoryJson(github.world, await makeRepository(github, body)),
  'POST rules': (github, {repository, ...rules}) => {
    setRules(github.world, repositoryNamed(github, repository), rules);
    return {};
  },
  'POST move': (github, {repository: name, name: to, owner, sender}) => {
    const repository = repositoryNamed(github, name);
    move(github, repository, {name: to, owner, sender: senderOr(github, sender, repository)});
    return {full_name: fullNameOf(repository)};
  },
  'POST installations': (github, {app, repositories, ...rest}) =>
    installationJson(github.world, install(github, {...rest, app: known(github.world.apps, app, 'App'), repositories: repositoriesNamed(github, repositories ?? 'all')})),
  'POST installation-repositories': (github, {installation, add = [], remove = []}) => {
    changeInstallation(github, known(github.world.installations, installation, 'installation'), {add: repositoriesNamed(github, add), remove: repositoriesNamed(github, remove)});
    return {};
  },
  'POST suspend': (github, {installation, suspended = true}) => {
    suspend(github, known(github.world.installations, installation, 'installation'), suspended);
    return {};
  },
  'POST uninstall': (github, {installation}) => {
    uninstall(github, known(github.world.installations, installation, 'installation'));
    return {};
  },
  'POST expire-tokens': ({world}) => {
    world.tokens.clear();
    return {};
  },
  'POST pulls': async (github, {repository: name, ...wanted}) => {
    const repository = repositoryNamed(github, name);
    return pullAnswer(github, repository, await openPull(github, repository, wanted));
  },
  'POST push': push,
  'POST state': (github, command) => onPull(github, command, (repository, pull, sender) => setState(github, repository, pull, {state: command.state, sender})),
  'POST draft': (github, command) => onPull(github, command, (repository, pull, sender) => setDraft(github, repository, pull, {draft: command.draft, sender})),
  'POST edit': (github, {title, body, base, ...command}) => onPull(github, command, (repository, pull, sender) => edit(github, repository, pull, {title, body, base, sender})),
  'POST label': (github, command) => onPull(github, command, (repository, pull, sender) => addLabel(github, repository, pull, {name: command.label, sender})),
  'POST unlabel': (github, command) => onPull(github, command, (repository, pull, sender) => removeLabel(github, repository, pull, {name: command.label, sender})),
  'POST reviews': (github, {event, body, commit_id, ...command}) => {
    const {repository, pull, sender} = pullOfCommand(github, command);
    return review(github, repository, pull, {user: sender, event, body, commit_id});
  },
  'POST comments': (github, {body, ...command}) => {
    const {repository, pull, sender} = pullOfCommand(github, command);
    return {id: addComment(github, repository, pull, {user: sender, body}).id};
  },
  'POST edit-comment': (github, {repository: name, comment, body, sender}) => {
    const repository = repositoryNamed(github, name);
    editComment(github, repository, commentOf(repository, comment), {body, sender: senderOr(github, sender, repository)});
    return {};
  },
  'POST delete-comment': (github, {repository: name, comment, sender}) => {
    const repository = repositoryNamed(github, name);
    deleteComment(github, repository, commentOf(repository, comment), {sender: senderOr(github, sender, repository)});
    return {};
  },
  'POST click': (github, command) => onRun(github, command, (repository, run, sender) => clickAction(github, repository, run, {identifier: command.identifier, sender})),
  'POST rerequest': (github, command) => onRun(github, command, (repository, run, sender) => rerequestRun(github, repository, run, sender)),
  'POST rerequest-suite': async (github, {repository: name, check_suite: id, sender}) => {
    const repository = repositoryNamed(github, name);
    await rerequestSuite(github, repository, known(repository.suites, id, 'check suite'), senderOr(github, sender, repository));
    return {};
  },
  'POST merge-groups': async (github, {repository: name, numbers, sender}) => {
    const repository = repositoryNamed(github, name);
    const {ref, sha, baseSha} = await requestChecks(github, repository, {numbers, sender: senderOr(github, sender, repository)});
    return {ref, head_sha: sha, base_sha: baseSha};
  },
  'POST destroy-merge-group': async (github, {repository: name, ref, reason, sender}) => {
    const repository = repositoryNamed(github, name);
    await destroy(github, repository, {ref, reason, sender: senderOr(github, sender, repository)});
    return {};
  },
  'POST faults': ({faults}, {faults: wanted}) => {
    faults.set(wanted);
    return {};
  },
  'POST limits': ({limits}, {installation, limit, used, reset_in_seconds, ...secondary}) => {
    Object.assign(limits.secondary, secondary);
    if (installation !== undefined) limits.set(`installation ID ${installation}`, {limit, used, reset_in_seconds});
    return {};
  },
  'POST clock': ({world}, {offset_seconds: seconds}) => {
    world.clockOffset = seconds * 1000;
    return {now: world.time()};
  },
  'POST hooks': ({hooks}, settings) => Object.assign(hooks.settings, settings),
  'POST release-hooks': ({hooks}, {order = 'sent'}) => ({released: hooks.release(order)}),
  'POST redeliver': ({hooks}, {delivery}) => ({found: hooks.redeliver(delivery)}),
  'POST hooks-idle': async ({hooks}) => {
    await hooks.idle();
    return {};
  },
  'GET deliveries': ({hooks}) => hooks.deliveries.map(deliveryJson),
  'GET requests': ({requests}) => requests,
  'GET state': dump,
  'GET check-runs': (github, {repository: name, sha}) => dumpRuns(github, repositoryNamed(github, name), sha)[sha] ?? [],
};

/** Carries out a command. What it refuses is answered as the API would; a command that does not exist with 404. */
export async function handleControl(github, request, response) {
  const {pathname, searchParams} = new URL(request.url, 'http://control');
  const name = `${request.method} ${pathname.replace('/_control/', '')}`;
  const body = await bodyOf(request);
  try {
    const said = body.length > 0 ? JSON.parse(body) : Object.fromEntries(searchParams);
    if (!COMMANDS[name]) throw new Refusal(404, `there is no command ${name}; there are ${Object.keys(COMMANDS).join(', ')}`);
    answerJson(response, 200, (await COMMANDS[name](github, said)) ?? {});
  } catch (error) {
    answerJson(response, error instanceof Refusal ? error.status : 500, {message: error.message, errors: error.errors, ...(error instanceof Refusal ? {} : {stack: error.stack})});
  }
}
