#!/usr/bin/env python3
"""One server from its registration on, which is led through everything for which it calls GitHub: tests/github/operations.txt without
tests/github/uncalled.txt is what it calls, each of it, and nothing else."""

import unittest

import building
import github
import registering
import serving
from serving import REPOSITORY

_MARKS = '[labels]\nenabled = true\n[comments]\nwhen = "always"\n'


class EveryOperation(registering.Case):
    def test_is_called_unless_it_is_listed_as_uncalled(self):
        folder = self.scratch.example(of=building.EXAMPLE)
        server = self.server(more=_MARKS)
        self.register(server, server.start_setup())
        app = github.App(int((server.state / "app/id").read_text()), "", "", "", "", "")
        self.hub.make_repository(REPOSITORY, folder, private=True, collaborators={"rae": "write"})
        self.hub.install(app, "acme", [REPOSITORY])

        # A check or a comment whose creation is not answered is looked for, and a label of an earlier count is taken away.
        unanswered = {"drop": True, "carried_out": True, "times": 1}
        self.hub.faults({"match": "POST /repos/.*/check-runs", **unanswered}, {"match": "POST /repos/.*/comments", **unanswered})
        pull = self.hub.open_pull_request(REPOSITORY, folder, "pr/rebuild", author="eve", fork=True, labels=["rebuilds: 501-1000", "urgent"])
        asked = self.concluded_as(pull, "action_required")
        self.hub.click(REPOSITORY, asked["id"], "approve", "rae")
        self.concluded_as(pull, "success")
        self.hub.wait_for(lambda: self.labels(pull) == ["rebuilds: 1-10", "urgent"], 60)
        self.hub.wait_for(lambda: "## ✅ merge\n" in self.comment(pull), 60)

        # What two edits within one second left is read.
        self.hub.wait_for(lambda: self.edit_twice(pull) and self.is_exercised("GET /repos/{owner}/{repo}/pulls/{pull_number}"), 60)

        self.hub.assert_contract_held()
        self.hub.assert_covered()

    def concluded_as(self, pull, conclusion):
        """The summary of a pull request, once it is completed in this way."""
        summary = lambda: self.hub.check_run(REPOSITORY, pull.head_sha, serving.SUMMARY)  # noqa: E731
        self.hub.wait_for(lambda: summary().get("conclusion") == conclusion, 120)
        return summary()

    def edit_twice(self, pull):
        for title in ("one", "another"):
            self.hub.edit(pull, title=title)
        self.hub.wait_for_hooks()
        return True

    def is_exercised(self, operation):
        return operation not in self.hub.never_exercised()

    def comment(self, pull):
        """What the only comment on a pull request says."""
        [comment] = self.hub.repository(REPOSITORY)["comments"].get(str(pull.number), [{"body": ""}])
        return comment["body"]

    def labels(self, pull):
        return sorted(self.hub.repository(REPOSITORY)["labels"][str(pull.number)])


if __name__ == "__main__":
    unittest.main()
