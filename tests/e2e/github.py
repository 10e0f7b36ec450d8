"""The fake GitHub of tests/github, from Python: starts it, commands it, and looks at what it has been told.

    with github.GitHub(hooks="http://127.0.0.1:8080/webhook") as hub:
        app = hub.make_app("EkaCI", owner="acme")
        hub.make_repository("acme/pkgs", folder)
        hub.install(app, "acme", ["acme/pkgs"])
        pull = hub.open_pull_request("acme/pkgs", folder, "fix-a", author="zoe", fork=True)
        hub.wait_for(lambda: hub.check_run("acme/pkgs", pull.head_sha, "EkaCI").get("conclusion"), 60)
        hub.assert_contract_held()

tests/github/README.md says what each command does. Answers are GitHub's JSON, as dictionaries.
"""

import dataclasses
import json
import pathlib
import subprocess
import time
import typing
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAIN = ROOT / "tests/github/main.mjs"

Json = typing.Dict[str, typing.Any]
T = typing.TypeVar("T")


class ControlError(Exception):
    """The fake could not do what it was told to."""


class ContractBroken(AssertionError):
    """A request broke GitHub's contract."""


@dataclasses.dataclass(frozen=True)
class App:
    """A registered GitHub App, with the secrets that its owner gets."""

    id: int
    slug: str
    client_id: str
    client_secret: str
    webhook_secret: str
    private_key: str  # PEM


@dataclasses.dataclass(frozen=True)
class PullRequest:
    """A pull request as it was when the command was answered."""

    repository: str
    number: int
    head_sha: str
    base_sha: str
    data: Json = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class MergeGroup:
    """A group of the merge queue."""

    repository: str
    ref: str
    head_sha: str
    base_sha: str


def node() -> str:
    """The Node.js that runs the fake; fails with what to do where there is none."""
    found = subprocess.run([str(ROOT / "scripts/setup-node"), "--print"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if found.returncode != 0:
        raise ControlError(found.stderr.strip())
    return found.stdout.strip()


class GitHub:
    """A running fake GitHub with nothing in it, behind its contract proxy; ends with the `with` statement or with this process."""

    def __init__(self, hooks: str = "") -> None:
        """`hooks`: where the Apps get their webhooks that are made without an address."""
        words = [node(), str(MAIN), "--until-stdin-closes", *(["--hooks", hooks] if hooks else [])]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ControlError(f"the fake GitHub ended with status {self._process.wait()} before it was ready")
        addresses = json.loads(line)
        self.api: str = addresses["api"]
        self.web: str = addresses["web"]
        self._control: str = addresses["control"]
        self._violations: str = addresses["violations"]

    def __enter__(self) -> "GitHub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the fake and waits for it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def command(self, name: str, /, **body: typing.Any) -> typing.Any:
        """Gives a command of the control interface; what is None is left out, but for `ref`, which deletes."""
        said = {key: value for key, value in body.items() if value is not None or key == "ref"}
        return _ask(f"{self._control}/{name}", said)

    # Who and what there is.

    def make_app(
        self,
        name: str = "EkaCI",
        owner: str = "acme",
        hook_url: typing.Optional[str] = None,
        webhook_secret: typing.Optional[str] = None,
        permissions: typing.Optional[typing.Dict[str, str]] = None,
        events: typing.Optional[typing.List[str]] = None,
    ) -> App:
        """Registers an App, with the permissions and events of EkaCI's manifest where none are given."""
        made = self.command("apps", name=name, owner=owner, hook_url=hook_url, webhook_secret=webhook_secret, permissions=permissions, events=events)
        return App(made["id"], made["slug"], made["client_id"], made["client_secret"], made["webhook_secret"], made["pem"])

    def set_hook(self, app: App, url: str, secret: typing.Optional[str] = None) -> None:
        """Gives an App's webhook another address, such as when the server under test starts anew on another port."""
        self.command("app-hook", app=app.id, url=url, secret=secret)

    def make_repository(self, repository: str, folder: pathlib.Path, **more: typing.Any) -> Json:
        """Makes `OWNER/NAME` with the default branch of the git repository in `folder`. `more`: private, default_branch, branches,
        collaborators (login to permission), merge_methods, required_checks, owner_type."""
        owner, name = repository.split("/")
        return self.command("repositories", owner=owner, name=name, **{"from": str(folder)}, **more)

    def install(self, app: App, account: str, repositories: typing.Union[str, typing.List[str]] = "all", **more: typing.Any) -> int:
        """Installs an App, on `OWNER/NAME`s or all; gives the installation's id."""
        return self.command("installations", app=app.id, account=account, repositories=repositories, **more)["id"]

    def change_installation(self, installation: int, add: typing.Sequence[str] = (), remove: typing.Sequence[str] = ()) -> None:
        """Adds repositories to an installation that is not for all, or takes them away."""
        self.command("installation-repositories", installation=installation, add=list(add), remove=list(remove))

    def suspend(self, installation: int, suspended: bool = True) -> None:
        self.command("suspend", installation=installation, suspended=suspended)

    def accept_permissions(self, installation: int, **permissions: str) -> None:
        """Has whoever installed an App agree to these permissions in place of those that it had."""
        self.command("accept-permissions", installation=installation, permissions=permissions)

    def uninstall(self, installation: int) -> None:
        self.command("uninstall", installation=installation)

    def set_rules(self, repository: str, **rules: typing.Any) -> None:
        """Changes `private`, `collaborators`, `merge_methods` or `required_checks`."""
        self.command("rules", repository=repository, **rules)

    def move(self, repository: str, name: typing.Optional[str] = None, owner: typing.Optional[str] = None) -> str:
        """Renames a repository, or gives it to another owner; gives its name now."""
        return self.command("move", repository=repository, name=name, owner=owner)["full_name"]

    # What people do.

    def open_pull_request(self, repository: str, folder: pathlib.Path, ref: str, author: str, **more: typing.Any) -> PullRequest:
        """Opens a pull request whose head is `ref` of the git repository in `folder`. `more`: fork (the head is in the author's
        fork, or in that of the user who is named), head_branch, base, title, body, draft, labels, author_association."""
        return _pull(repository, self.command("pulls", repository=repository, **{"from": str(folder)}, ref=ref, author=author, **more))

    def push(
        self,
        repository: str,
        folder: pathlib.Path,
        ref: str,
        branch: typing.Optional[str] = None,
        number: typing.Optional[int] = None,
        sender: typing.Optional[str] = None,
    ) -> str:
        """Pushes `ref` of the git repository in `folder` to a branch, or to the head of a pull request; gives the commit."""
        return self.command("push", repository=repository, branch=branch, number=number, **{"from": str(folder)}, ref=ref, sender=sender)["sha"]

    def delete_branch(self, repository: str, branch: str) -> None:
        self.command("push", repository=repository, branch=branch, ref=None)

    def close_pull_request(self, pull: PullRequest, sender: typing.Optional[str] = None) -> PullRequest:
        return self._on_pull("state", pull, state="closed", sender=sender)

    def reopen(self, pull: PullRequest, sender: typing.Optional[str] = None) -> PullRequest:
        return self._on_pull("state", pull, state="open", sender=sender)

    def set_draft(self, pull: PullRequest, draft: bool, sender: typing.Optional[str] = None) -> PullRequest:
        return self._on_pull("draft", pull, draft=draft, sender=sender)

    def edit(self, pull: PullRequest, **changes: str) -> PullRequest:
        """Changes `title`, `body` or `base`."""
        return self._on_pull("edit", pull, **changes)

    def label(self, pull: PullRequest, label: str, sender: typing.Optional[str] = None) -> PullRequest:
        return self._on_pull("label", pull, label=label, sender=sender)

    def unlabel(self, pull: PullRequest, label: str, sender: typing.Optional[str] = None) -> PullRequest:
        return self._on_pull("unlabel", pull, label=label, sender=sender)

    def comment(self, pull: PullRequest, sender: str, body: str) -> int:
        """Comments on a pull request; gives the comment's id."""
        return self.command("comments", repository=pull.repository, number=pull.number, sender=sender, body=body)["id"]

    def review(self, pull: PullRequest, sender: str, event: str = "APPROVE", body: str = "") -> Json:
        """Reviews: `APPROVE`, `REQUEST_CHANGES` or `COMMENT`."""
        return self.command("reviews", repository=pull.repository, number=pull.number, sender=sender, event=event, body=body)

    def click(self, repository: str, check_run: int, identifier: str, sender: str) -> None:
        """Clicks a button of a check run."""
        self.command("click", repository=repository, check_run=check_run, identifier=identifier, sender=sender)

    def rerequest(self, repository: str, check_run: int, sender: str) -> None:
        """Asks for a check run again."""
        self.command("rerequest", repository=repository, check_run=check_run, sender=sender)

    def rerequest_suite(self, repository: str, check_suite: int, sender: str) -> None:
        """Asks for all runs of a check suite again."""
        self.command("rerequest-suite", repository=repository, check_suite=check_suite, sender=sender)

    def make_merge_group(self, repository: str, numbers: typing.List[int]) -> MergeGroup:
        """Puts pull requests into a merge group, and asks for checks on it."""
        made = self.command("merge-groups", repository=repository, numbers=numbers)
        return MergeGroup(repository, made["ref"], made["head_sha"], made["base_sha"])

    def destroy_merge_group(self, group: MergeGroup, reason: str) -> None:
        """Ends a merge group: `merged`, `invalidated` or `dequeued`."""
        self.command("destroy-merge-group", repository=group.repository, ref=group.ref, reason=reason)

    def refresh(self, pull: PullRequest) -> PullRequest:
        """The pull request as it is now."""
        return _pull(pull.repository, self.repository(pull.repository)["pulls"][str(pull.number)])

    # What goes wrong.

    def faults(self, *faults: Json) -> None:
        """What befalls requests from now on, such as {"match": "POST .*/check-runs", "status": 502, "times": 3}; none: nothing more."""
        self.command("faults", faults=list(faults))

    def limits(self, installation: typing.Optional[int] = None, **limits: int) -> None:
        """Sets an installation's `limit`, `used` and `reset_in_seconds`, and everyone's secondary limits."""
        self.command("limits", installation=installation, **limits)

    def set_clock(self, offset_seconds: float) -> None:
        """Sets the fake's clock ahead of the machine's."""
        self.command("clock", offset_seconds=offset_seconds)

    def expire_tokens(self) -> None:
        self.command("expire-tokens")

    def hooks(self, **settings: typing.Any) -> None:
        """How webhooks are delivered from now on: hold, copies, delay_ms, lose, at_once."""
        self.command("hooks", **settings)

    def release_hooks(self, order: str = "sent") -> int:
        """Delivers what was held back, as `sent` or `reversed`; gives how many."""
        return self.command("release-hooks", order=order)["released"]

    def wait_for_hooks(self) -> None:
        """Waits until no webhook is under way."""
        self.command("hooks-idle")

    # What has come of it.

    def state(self) -> Json:
        """Everything that the fake knows."""
        return self._look("state")

    def repository(self, repository: str) -> Json:
        """What the fake knows of one repository: refs, pulls, labels, reviews, comments, statuses, check_runs."""
        found = self._look("state", repository=repository)["repositories"]
        return next(iter(found.values()))

    def check_runs(self, repository: str, sha: str) -> typing.List[Json]:
        """The check runs of a commit, oldest first, with their `annotations`, `actions` and `updates`."""
        return self._look("check-runs", repository=repository, sha=sha)

    def check_run(self, repository: str, sha: str, name: str) -> Json:
        """The newest check run of a name; empty where there is none yet."""
        return next((run for run in reversed(self.check_runs(repository, sha)) if run["name"] == name), {})

    def requests(self) -> typing.List[Json]:
        """Every request that reached the fake: at, method, path, operation, caller, status."""
        return self._look("requests")

    def deliveries(self) -> typing.List[Json]:
        """Every webhook that was delivered, with what was answered."""
        return self._look("deliveries")

    def violations(self) -> typing.List[Json]:
        """The requests that broke GitHub's contract: operation, method, path, problems."""
        return _ask(self._violations)["requests"]

    def never_exercised(self) -> typing.List[str]:
        """The operations that nobody has called, as `METHOD /path`."""
        return _ask(self._violations)["never"]

    def assert_covered(self) -> None:
        """Fails unless what was never called is just what tests/github/uncalled.txt lists."""
        coverage = _ask(self._violations)["coverage"]
        if coverage["missing"] or coverage["needless"]:
            raise AssertionError(f"not called: {coverage['missing']}; called, though in uncalled.txt: {coverage['needless']}")

    def assert_contract_held(self) -> None:
        """Fails, saying why, where a request broke GitHub's contract, or was for what tests/github/uncalled.txt lists."""
        record = _ask(self._violations)
        broken = [f"{one['method']} {one['path']}: {'; '.join(one['problems'])}" for one in record["requests"]]
        broken += [f"{operation} is called, though in uncalled.txt" for operation in record["coverage"]["needless"]]
        if broken:
            raise ContractBroken("\n".join(broken))

    def wait_for(self, predicate: typing.Callable[[], T], seconds: float) -> T:
        """Asks until the predicate gives something true, which is returned; fails where that takes longer than `seconds`."""
        end = time.monotonic() + seconds
        while True:
            found = predicate()
            if found:
                return found
            if time.monotonic() > end:
                raise TimeoutError(f"after {seconds} s it is still {found!r}")
            time.sleep(0.05)

    def _look(self, name: str, /, **query: str) -> typing.Any:
        return _ask(f"{self._control}/{name}?{urllib.parse.urlencode(query)}")

    def _on_pull(self, name: str, pull: PullRequest, /, **more: typing.Any) -> PullRequest:
        return _pull(pull.repository, self.command(name, repository=pull.repository, number=pull.number, **more))


def _pull(repository: str, answer: Json) -> PullRequest:
    return PullRequest(repository, answer["number"], answer["head_sha"], answer["base_sha"], answer)


def _ask(url: str, body: typing.Optional[Json] = None) -> typing.Any:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise ControlError(f"{url}: {error.code}: {error.read().decode(errors='replace')}") from error
