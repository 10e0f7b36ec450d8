#!/usr/bin/env python3
"""What is answered cheaply, shown, built, labelled or commented on by rules: paths that need no review, whose pull requests are built, checks
of changed attributes, labels by rebuild count, comments where they are asked for, pushes that are built when there is time."""

import json
import pathlib
import sqlite3
import unittest

import building
import harness
import plain_nix
import serving
from serving import REPOSITORY

NOTES = "doc/notes.md"
RULES = {"skip": {"paths": ["doc/**", "*.md", "!doc/required.md"]}}


def commit_on(folder, branch, start, files):
    """Makes a branch at `start` with one commit more, in which `files` have these texts; {name: pathlib.Path} is a symlink."""
    plain_nix.git(folder, "checkout", "--quiet", "-B", branch, start)
    for name, text in files.items():
        file = pathlib.Path(folder) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        if isinstance(text, pathlib.Path):
            file.symlink_to(text)
        else:
            file.write_text(text)
    plain_nix.git(folder, "add", "--all")
    plain_nix.git(folder, "commit", "--quiet", "--message", branch)
    plain_nix.git(folder, "checkout", "--quiet", "main")


def add_rules(folder):
    """The branch `ruled`: main with a rule for paths."""
    configuration = json.loads((folder / ".ekaci/config.json").read_text())
    commit_on(folder, "ruled", "main", {".ekaci/config.json": json.dumps({**configuration, **RULES}, indent=2)})


def package_of(folder):
    """The text of a package's file, with a change that nothing is rebuilt for."""
    return (folder / "default.nix").read_text() + "# more\n"


class PathRules(serving.Case):
    """A change of documentation is not evaluated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        add_rules(cls.folder)
        cls.hub.push(REPOSITORY, cls.folder, "ruled", branch="main")

    def open_files(self, name, files):
        commit_on(self.folder, f"pr/{name}", "ruled", files)
        return self.open(name)

    def assert_skipped(self, sha):
        summary = self.concluded(sha)
        self.assertEqual(summary["conclusion"], "neutral", summary)
        self.assertIn("Nothing to review", summary["output"]["title"])
        self.assertIn(".ekaci/config.json", summary["output"]["title"])
        self.assertIn("nothing-to-review", summary["output"]["summary"])
        self.assertEqual(set(self.names(sha)), {serving.SUMMARY})

    def assert_evaluated(self, sha, *conclusions):
        self.assertIn(self.concluded(sha)["conclusion"], conclusions)
        self.hub.wait_for(lambda: any(name.startswith("EkaCI / evaluate ") for name in self.names(sha)), 30)

    def test_of_documentation_alone_is_neutral_in_the_merge_queue_too(self):
        pull = self.open_files("documentation", {NOTES: "more\n", "README.md": "less\n"})
        self.assert_skipped(pull.head_sha)
        group = self.hub.make_merge_group(REPOSITORY, [pull.number])
        self.assert_skipped(group.head_sha)

    def test_of_a_stranger_needs_no_approval(self):
        commit_on(self.folder, "pr/typo", "ruled", {"README.md": "a typo\n"})
        pull = self.open("typo", author="eve", author_association="NONE")
        self.assert_skipped(pull.head_sha)
        self.assertNotIn("approve", [action["identifier"] for action in self.summary(pull.head_sha)["actions"]])

    def test_of_anything_else_is_evaluated(self):
        for name, files in {
            "besides-a-package": {NOTES: "more\n", "default.nix": package_of(self.folder)},
            "an-exception": {"doc/required.md": "more\n"},
            "nix-in-doc": {"doc/example.nix": "{ }\n"},
            "a-symlink": {"doc/link.md": pathlib.Path("../README.md")},
        }.items():
            with self.subTest(name=name):
                self.assert_evaluated(self.open_files(name, files).head_sha, "success")

    def test_cannot_widen_the_rule_by_itself(self):
        configuration = json.loads(plain_nix.git(self.folder, "show", "ruled:.ekaci/config.json"))
        configuration["skip"]["paths"] = ["**"]
        pull = self.open_files("escape", {".ekaci/config.json": json.dumps(configuration)})
        self.assert_evaluated(pull.head_sha, "action_required")
        self.assertEqual(self.summary(pull.head_sha)["output"]["title"], "approval needed to accept a changed configuration")
        self.assertIn("which paths need no review", self.summary(pull.head_sha)["output"]["summary"])

    def test_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


class PathRulesByHand(building.Case):
    """`ekaci review` says the same, in every form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.scratch.example(of=building.EXAMPLE)
        add_rules(cls.folder)
        commit_on(cls.folder, "notes", "ruled", {NOTES: "more\n"})

    def test_nothing_is_evaluated_and_every_report_says_why(self):
        files = {name: self.scratch.folder / f"report.{name}" for name in ("md", "html")}
        outcome = self.scratch.review_with([], self.folder, "ruled..notes", "--markdown", files["md"], "--html", files["html"])
        self.assertEqual(outcome.status, harness.MERGE, outcome)
        self.assertEqual((outcome.report["jobs"], outcome.report["changes"]), ([], []))
        self.assertEqual(outcome.report["verdict"]["decision"], "merge")
        met = {line["name"]: line["state"] for line in outcome.report["verdict"]["requirements"]}
        self.assertEqual(met, {"no-conflict": "met", "nothing-to-review": "met", "configuration-unchanged": "met"})
        for text in (outcome.output, files["md"].read_text(), files["html"].read_text(), outcome.report["verdict"]["sentence"]):
            self.assertIn("Nothing to review", text)
            self.assertIn("doc/", text)
        self.assertIn("Nothing to review", self.scratch.run("show", "--repo", self.folder).stdout)

    def test_who_names_a_job_has_it_evaluated(self):
        job = next(iter(harness.configuration(self.folder)))
        outcome = self.scratch.review_with(["--no-build"], self.folder, "ruled..notes", "--job", job)
        self.assertEqual(len(outcome.report["jobs"]), 1, outcome)

    def test_a_pattern_that_is_none_is_said_with_its_place(self):
        commit_on(self.folder, "wrong", "main", {".ekaci/config.json": '{"skip": {"paths": ["doc/"]}}'})
        commit_on(self.folder, "beyond", "wrong", {NOTES: "more\n"})
        outcome = self.scratch.review(self.folder, "wrong..beyond")
        self.assert_fails_with(outcome, harness.USAGE, ".ekaci/config.json:1:21: the pattern 'doc/' ends with a slash")


def configured(folder, **sections):
    """The text of the repository's configuration with these sections in it."""
    return json.dumps({**json.loads(plain_nix.git(folder, "show", "main:.ekaci/config.json")), **sections}, indent=2)


class TrustCase(serving.Case):
    """A base that trusts Zelda besides, and another that trusts nobody."""

    STRANGER = {"author_association": "NONE"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for branch, target, trust in (("trusting", "main", {"authors": ["Zelda"]}), ("strict", "strict", {"builds": "approved"})):
            commit_on(cls.folder, branch, "main", {".ekaci/config.json": configured(cls.folder, trust=trust)})
            cls.hub.push(REPOSITORY, cls.folder, branch, branch=target)

    def assert_waits(self, pull):
        """That nothing of it is built before an approval; its summary."""
        summary = self.concluded_as(pull.head_sha, "action_required")
        self.assertIn("approve", [action["identifier"] for action in summary["actions"]])
        self.assertFalse(any(name.startswith("EkaCI / build") for name in self.names(pull.head_sha)))
        self.hub.wait_for(lambda: self.standing(f"#{pull.number}").get("awaitsApproval"), 30)
        return summary


class Trust(TrustCase):
    """Is what base's configuration makes of the server's."""

    def test_of_whom_the_base_names_is_built_at_once(self):
        pull = self.open("new-failure", author="zelda", **self.STRANGER)
        self.concluded_as(pull.head_sha, "failure")
        self.hub.wait_for(lambda: any(name.startswith("EkaCI / build") for name in self.names(pull.head_sha)), 30)
        self.assertFalse(self.standing(f"#{pull.number}")["awaitsApproval"])

    def test_is_not_what_a_head_says_of_itself(self):
        configuration = configured(self.folder, trust={"authors": ["Zelda", "eve"]})
        plain_nix.git(self.folder, "checkout", "--quiet", "-B", "pr/self", "pr/new-failure")
        commit_on(self.folder, "pr/self", "pr/self", {".ekaci/config.json": configuration})
        plain_nix.git(self.folder, "checkout", "--quiet", "pr/self")
        plain_nix.git(self.folder, "merge", "--quiet", "--strategy-option=ours", "--no-edit", "trusting")
        plain_nix.git(self.folder, "checkout", "--quiet", "main")
        summary = self.assert_waits(self.open("self", author="eve", **self.STRANGER))
        self.assertIn("whose builds need no approval", summary["output"]["summary"])

    def test_of_nobody_has_members_wait_until_someone_approves_that_commit(self):
        pull = self.open("new-failure", base="strict", author="yan")
        asked = self.assert_waits(pull)
        self.hub.click(REPOSITORY, asked["id"], "approve", "rae")
        self.concluded_as(pull.head_sha, "failure")

    def test_of_a_member_is_not_lent_to_whose_fork_the_head_is_in(self):
        pull = self.open("fixed", author="zoe", fork="mallory")
        self.assert_waits(pull)
        self.concluded_as(self.open("rebuild", author="zoe", fork="zelda").head_sha, "success")

    def test_zz_keeps_githubs_contract(self):
        self.hub.assert_contract_held()


class TrustOfTheServerAlone(TrustCase):
    """Where repositories may name nobody, they may still ask for approvals."""

    more = "[trust]\nfrom_repository = false"

    def test_is_not_widened_and_may_be_narrowed(self):
        self.assert_waits(self.open("new-failure", author="zelda", **self.STRANGER))
        self.assert_waits(self.open("rebuild", base="strict", author="yan"))
        self.concluded_as(self.open("fixed").head_sha, "success")


class ChangedChecks(serving.Case):
    """Every new and changed attribute has a check of its own, up to a bound."""

    more = '[checks]\nmode = "changed"\nattributes = 8'

    def builds(self, sha):
        return {name: conclusion for name, conclusion in self.names(sha).items() if name.startswith("EkaCI / build ")}

    def wait_for_builds(self, pull, number):
        self.concluded(pull.head_sha)
        self.hub.wait_for(lambda: len(self.builds(pull.head_sha)) >= number, 30)
        return self.builds(pull.head_sha)

    def test_that_succeed_say_so(self):
        found = self.wait_for_builds(self.open("added-succeeding"), 1)
        self.assertEqual(found, {"EkaCI / build lantern (x86_64-linux)": "success"})

    def test_that_fail_come_first_and_what_is_not_known_is_no_success(self):
        pull = self.open("mixed")
        found = self.wait_for_builds(pull, 8)
        self.assertEqual(len(found), 8)
        for attribute in ("bell", "wheelhouse", "cannon", "boat", "deck", "planks"):
            self.assertEqual(found[f"EkaCI / build {attribute} (x86_64-linux)"], "failure")
        self.assertIn("At most 8 of 11", self.summary(pull.head_sha)["output"]["summary"])

    def test_of_a_stranger_wait_for_the_approval(self):
        pull = self.open("fixed", author="eve", author_association="NONE")
        found = self.wait_for_builds(pull, 2)
        self.assertEqual(set(found.values()), {"action_required"})

    def test_that_fail_as_before_are_not_held_against_the_change(self):
        self.assertEqual(set(self.wait_for_builds(self.open("old-failure"), 2).values()), {"neutral"})


class Labels(serving.Case):
    """Tell on each pull request how much it rebuilds."""

    more = "[labels]\nenabled = true\nthresholds = [1, 6]"

    def labels(self, pull):
        return set(self.hub.repository(REPOSITORY)["labels"].get(str(pull.number), []))

    def wait_for_labels(self, pull, *names):
        self.concluded(pull.head_sha)
        self.hub.wait_for(lambda: self.labels(pull) == set(names), 30)

    def test_are_ours_alone_and_one_of_them(self):
        pull = self.open("rebuild", labels=["bug", "Rebuilds: 9000"])
        self.wait_for_labels(pull, "bug", "rebuilds: 6+")
        pushed = self.hub.push(REPOSITORY, self.folder, "pr/added-succeeding", number=pull.number)
        self.concluded(pushed)
        self.hub.wait_for(lambda: self.labels(pull) == {"bug", "rebuilds: 1-5"}, 30)

    def test_are_missing_where_nobody_can_tell(self):
        commit_on(self.folder, "theirs", "main", {"README.md": "theirs\n"})
        self.hub.push(REPOSITORY, self.folder, "theirs", branch="main")
        commit_on(self.folder, "pr/conflict", "main", {"README.md": "mine\n"})
        self.wait_for_labels(self.open("conflict", labels=["rebuilds: 6+", "later"]), "later")
        commit_on(self.folder, "pr/other", "main", {"OTHER.md": "mine\n"})
        self.wait_for_labels(self.open("other"), "rebuilds: 0")

    def test_that_are_already_right_are_left_alone(self):
        pull = self.open("fixed", labels=["rebuilds: 1-5"])
        self.concluded(pull.head_sha)
        asked = f"/repos/{REPOSITORY}/issues/{pull.number}/labels"
        self.hub.wait_for(lambda: any(request["path"].startswith(asked) for request in self.hub.requests()), 30)
        self.assertEqual({request["method"] for request in self.hub.requests() if request["path"].startswith(asked)}, {"GET"})
        self.hub.assert_contract_held()

    def test_are_owed_through_errors_and_a_death(self):
        self.hub.faults(*[{"match": f"/repos/{REPOSITORY}/issues/", "status": 502, "times": 2}])
        pull = self.open("new-failure")
        self.concluded(pull.head_sha)
        self.server.start_again()
        self.hub.wait_for(lambda: any(label.startswith("rebuilds: ") for label in self.labels(pull)), 60)


class LabelsWithoutPermission(serving.Case):
    """The operator hears of it, and nothing else is held up."""

    more = "[labels]\nenabled = true"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub.uninstall(cls.installation)
        cls.hub.install(cls.server.app, "acme", [REPOSITORY], permissions={"checks": "write", "contents": "read", "pull_requests": "read"})
        cls.hub.wait_for_hooks()

    def test_are_given_up(self):
        first = self.open("rebuild")
        self.concluded_as(first.head_sha, "success")
        self.hub.wait_for(lambda: f"label refused: {REPOSITORY} #{first.number}" in self.server.log(), 30)
        self.hub.wait_for(lambda: self.status()["refusedOnPullRequests"], 30)
        refused = self.status()["refusedOnPullRequests"][0]
        self.assertEqual((refused["what"], refused["subject"]), ("label", f"#{first.number}"))
        self.assertIn("label", [stuck["kind"] for stuck in self.status()["stuck"]])
        self.assertIn("1 label that GitHub will not take", self.scratch.run("status", "--config", self.server.configuration).stdout)
        self.concluded_as(self.open("added-succeeding").head_sha, "success")


class Comments(serving.Case):
    """A pull request has one, if asked for, which is changed."""

    more = '[comments]\nwhen = "on_failure"'

    def comments(self, pull):
        return [comment["body"] for comment in self.hub.repository(REPOSITORY)["comments"].get(str(pull.number), [])]

    def wait_for_comment(self, pull, sha, verdict):
        """The only comment, once it says this of this commit."""
        self.concluded(sha)
        self.hub.wait_for(lambda: any(sha in text for text in self.comments(pull)), 30)
        [text] = self.comments(pull)
        self.assertRegex(text, rf"(?m)^## \S+ {verdict}$")
        return text

    def push(self, pull, name):
        return self.hub.push(REPOSITORY, self.folder, f"pr/{name}", number=pull.number)

    def test_one_is_made_by_a_failure_and_told_what_comes_after_it(self):
        pull = self.open("new-failure")
        text = self.wait_for_comment(pull, pull.head_sha, "do not merge")
        self.assertIn("### Root failures", text)
        self.assertIn("### Counts", text)
        self.assertIn(f"/{REPOSITORY}/pull/{pull.number}/checks?sha={pull.head_sha}", text)
        self.wait_for_comment(pull, self.push(pull, "rebuild"), "merge")
        self.wait_for_comment(pull, self.push(pull, "mixed"), "do not merge")
        self.hub.assert_contract_held()

    def test_none_is_made_by_what_is_good(self):
        pull = self.open("rebuild")
        self.concluded_as(pull.head_sha, "success")
        self.hub.wait_for(lambda: self.status()["owed"]["checks"] == 0, 30)
        self.assertEqual(self.comments(pull), [])

    def test_one_is_made_through_errors_and_a_death(self):
        self.hub.faults(
            {"match": "POST /repos/.*/comments", "drop": True, "carried_out": True, "times": 1},
            {"match": "/repos/.*/comments", "status": 502, "times": 2},
        )
        pull = self.open("mixed")
        self.hub.wait_for(lambda: self.comments(pull), 120)
        self.server.start_again()
        self.wait_for_comment(pull, pull.head_sha, "do not merge")
        self.wait_for_comment(pull, self.push(pull, "rebuild"), "merge")

    def test_one_that_was_deleted_is_made_anew(self):
        pull = self.open("added-failing")
        self.wait_for_comment(pull, pull.head_sha, "do not merge")
        [comment] = self.hub.repository(REPOSITORY)["comments"][str(pull.number)]
        self.hub.command("delete-comment", repository=REPOSITORY, comment=comment["id"])
        self.wait_for_comment(pull, self.push(pull, "mixed"), "do not merge")


class NewPermissions(serving.Case):
    """What was refused for want of a permission is sent when the App has it."""

    more = '[labels]\nenabled = true\n[comments]\nwhen = "always"'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.few = {"checks": "read", "contents": "read", "pull_requests": "read"}
        cls.hub.accept_permissions(cls.installation, **cls.few)
        cls.hub.wait_for_hooks()

    def is_told(self, pull):
        """Whether a pull request has its check, its label and its comment."""
        known = self.hub.repository(REPOSITORY)
        number = str(pull.number)
        return self.summary(pull.head_sha).get("conclusion") and known["labels"].get(number) and known["comments"].get(number)

    def is_refused(self, pull):
        """Whether the server has given up all of it."""
        status = self.status()
        what = {"check"} if any(check["head"] == pull.head_sha for check in status["refused"]) else set()
        what |= {one["what"] for one in status["refusedOnPullRequests"] if one["subject"] == f"#{pull.number}"}
        return what == {"check", "label", "comment"}

    def test_after_the_notice_and_after_a_start_without_one(self):
        first = self.open("rebuild")
        self.hub.wait_for(lambda: self.is_refused(first), 120)
        self.hub.accept_permissions(self.installation, checks="write", contents="read", pull_requests="write")
        self.hub.wait_for(lambda: self.is_told(first), 60)
        self.assertEqual(self.status()["refusedOnPullRequests"], [])

        self.hub.accept_permissions(self.installation, **self.few)
        self.hub.wait_for_hooks()
        second = self.open("added-succeeding")
        self.hub.wait_for(lambda: self.is_refused(second), 120)
        self.server.stop()
        self.hub.hooks(lose=True)
        self.hub.accept_permissions(self.installation, checks="write", contents="read", pull_requests="write")
        self.hub.hooks(lose=False)
        self.server.start()
        self.hub.wait_for(lambda: self.is_told(second), 60)
        self.hub.assert_contract_held()


class Pushes(serving.Case):
    """To the target branch are built when there is time."""

    more = '[reviews]\npush_to_target = "build"'

    def attempts(self):
        with sqlite3.connect(f"file:{self.server.state / 'ekaci.db'}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM attempt").fetchone()[0]

    def test_the_first_is_recorded_and_what_follows_is_built(self):
        self.hub.push(REPOSITORY, self.folder, "pr/added-succeeding", branch="main")
        self.hub.wait_for(lambda: self.standing("branch main").get("state") == "merge", 120)
        self.assertEqual(self.attempts(), 0)
        plain_nix.git(self.folder, "checkout", "--quiet", "-B", "next", "pr/added-succeeding")
        plain_nix.git(self.folder, "merge", "--quiet", "--no-edit", "pr/rebuild")
        plain_nix.git(self.folder, "checkout", "--quiet", "main")
        self.hub.push(REPOSITORY, self.folder, "next", branch="main")
        self.hub.wait_for(lambda: self.attempts() > 0, 120)
        self.hub.wait_for(lambda: self.standing("branch main").get("state") == "merge", 120)


if __name__ == "__main__":
    unittest.main()
