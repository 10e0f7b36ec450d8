#!/usr/bin/env python3
"""Many webhooks at once, doubled, shuffled, late, lost, forged, slow and huge, while GitHub answers with errors and limits and the server is
killed: nothing is lost, nothing is doubled, the server's memory stays bounded, and in the end all is as it is where nothing went wrong.

EKACI_WEBHOOKS  at least so many webhooks, some hundreds (1000)
EKACI_KILLS     how often the server is killed meanwhile (25)
EKACI_SEED      what happens when (1)
"""

import collections
import concurrent.futures
import contextlib
import hashlib
import hmac
import itertools
import json
import os
import random
import re
import socket
import unittest
import urllib.error
import urllib.request
import uuid

import serving
from serving import REPOSITORY

WEBHOOKS = int(os.environ.get("EKACI_WEBHOOKS", "1000"))
KILLS = int(os.environ.get("EKACI_KILLS", "25"))
SEED = int(os.environ.get("EKACI_SEED", "1"))
# Of the example's pull requests, as they end without any trouble. None is the base of another, so that it does not matter which is first.
_CONCLUSIONS = {"rebuild": "success", "fixed": "success", "added-succeeding": "success", "new-failure": "failure"}
_PULLS = 6
# What people do with a pull request, and how often.
_DEEDS = {"label": 4, "push": 4, "draft": 1, "close": 1, "title": 1, "comment": 1}
_WEBHOOKS_OF_A_DEED = 2  # at least: what is said of it, some of that several times, and of the checks that follow from it
# Of the server's process, not of what it starts. Half of it is what bodies may take that are not answered yet, of all clients together.
_MEMORY = 512 << 20
_SMALL, _HUGE = 1000, 20 << 20  # bytes of webhooks that are no people's
_SENT = (("nobody", _SMALL), ("signed", _SMALL)) * 5 + (("nobody", _HUGE), ("signed", _HUGE))  # in turn
_SLOW = 200  # clients at once: fewer than the server has connections
# All at once, again and again; of those that fit a request the first befalls it.
_FAULTS = (
    {"match": "POST .*/check-runs", "drop": True, "carried_out": True, "times": 1},
    {"match": "POST .*/check-runs", "status": 502, "times": 1},
    {"match": "PATCH .*/check-runs", "drop": True, "times": 1},
    {"match": "check-runs", "status": 500, "times": 1},
    {"match": "check-runs", "status": 403, "headers": {"retry-after": "1"}, "times": 1},
    {"match": "access_tokens", "status": 503, "times": 1},
    {"match": "/pulls", "status": 502, "times": 1},
    {"match": r"\.git/", "status": 500, "times": 1},
    {"match": "check-runs", "delay_ms": 300, "times": 2},
)
# How webhooks come for a while.
_DELIVERIES = (
    {"copies": 4, "at_once": 8},
    {"copies": 3, "at_once": 4},
    {"copies": 1, "at_once": 1},
    {"copies": 2, "at_once": 8, "delay_ms": 50},
    {"hold": True, "copies": 2, "at_once": 8},
    {"hold": True, "at_once": 1},
    {"lose": True},
)
_USUAL_DELIVERY = {"hold": False, "lose": False, "copies": 1, "at_once": 1, "delay_ms": 0}


def resident(process):
    """The most memory that a process has had, in bytes."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))


def deeds(chance, number):
    """So many things that people do, each (what, which pull request, which head where one is pushed); all are open in the end."""
    closed = set()
    for _ in range(number):
        which = chance.randrange(_PULLS)
        what = "reopen" if which in closed else chance.choices(list(_DEEDS), _DEEDS.values())[0]
        closed ^= {which} if what in ("close", "reopen") else set()
        yield what, which, chance.choice(list(_CONCLUSIONS))
    for which in sorted(closed):
        yield "reopen", which, ""


def finding(check):
    """What a check run says but for what it cost, and for whom it was made: pull requests with one head share what stands on that."""
    output = check["output"]

    def of_anyone(text):
        return re.sub(r"#\d+", "#…", text)

    return {
        "status": check["status"],
        "conclusion": check["conclusion"],
        "title": of_anyone(output["title"]),
        "summary": of_anyone(output["summary"].partition("\n---\n")[0]),
        "text": output["text"],
        "annotations": check["annotations"],
        "buttons": [action["identifier"] for action in check["actions"]],
    }


class _World(serving.Case):
    """People, GitHub and a server."""

    @classmethod
    def begin(cls):
        """Opens the pull requests."""
        cls.pulls = []
        cls.heads = {}
        for number, name in zip(range(_PULLS), [*_CONCLUSIONS, *_CONCLUSIONS]):
            pull = cls.open(name, author=f"author{number}")
            cls.pulls.append(pull)
            cls.heads[pull.number] = name

    @classmethod
    def do(cls, what, which, head):
        pull = cls.pulls[which]
        if what == "label":
            cls.hub.label(pull, "x")
            cls.hub.unlabel(pull, "x")
        elif what == "push":
            cls.hub.push(REPOSITORY, cls.folder, f"pr/{head}", number=pull.number)
            cls.heads[pull.number] = head
        elif what == "draft":
            cls.hub.set_draft(pull, True)
            cls.hub.set_draft(pull, False)
        elif what == "close":
            cls.hub.close_pull_request(pull)
        elif what == "reopen":
            cls.hub.reopen(pull)
        elif what == "title":
            cls.hub.edit(pull, title=f"{head}, or so")
        else:
            cls.hub.comment(pull, "zoe", head)

    @classmethod
    def findings(cls):
        """{pull request: {check run: what it says of its head}}"""
        heads = {pull.number: cls.hub.refresh(pull).head_sha for pull in cls.pulls}
        return {number: {run["name"]: finding(run) for run in cls.hub.check_runs(REPOSITORY, sha)} for number, sha in heads.items()}

    @classmethod
    def is_settled(cls):
        """Whether the server has nothing to do, owes nothing, and has decided of the head that GitHub has of each pull request."""
        status = cls.status()
        if status["inbox"]["waiting"] or status["owed"]["checks"] or status["running"] or status["waiting"]:
            return False
        decided = {line["subject"]: line["head"] for line in status["subjects"] if line["state"] in ("merge", "do not merge")}
        return all(cls.hub.refresh(pull).head_sha.startswith(decided.get(f"#{pull.number}", "none")) for pull in cls.pulls)


class _Calm(_World):
    """Where nothing goes wrong."""

    @classmethod
    def end(cls, done):
        """What is found in the end where just this is done."""
        before = len(cls.hub.deliveries())  # those of the App's registration, before there was a server
        cls.begin()
        for deed in done:
            cls.do(*deed)
        cls.hub.wait_for_hooks()
        lost = {delivery["status"] for delivery in cls.hub.deliveries()[before:]} - {"OK"}
        # GitHub waits ten seconds for an answer, and the server as long for its database: a machine may stand still for longer.
        if not lost <= {"timed out", "Service Unavailable"}:
            raise AssertionError(f"webhooks that nothing befell were not taken: {lost}")
        cls.server.start_again()
        cls.hub.wait_for(cls.is_settled, 300)
        return cls.findings()


class Storm(_World):
    # A sanitizer holds on to what was freed: not to so much that it is all that is measured.
    environment = {"ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=16"]))}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls.hub.assert_contract_held)

    def setUp(self):
        self.slow = collections.deque()
        self.addCleanup(lambda: [client.close() for client in self.slow])
        self.senders = concurrent.futures.ThreadPoolExecutor(8)
        self.addCleanup(self.senders.shutdown)
        self.sent = itertools.cycle(_SENT)
        self.answers = collections.Counter()  # (who sent, how large, status)
        self.shuffled = 0  # webhooks that came in another order than they were sent in
        self.peak = 0  # bytes

    # What goes wrong.

    def send(self, who, size):
        """A webhook that nobody signed, or with a right signature; which status it is answered with is counted, 0 where there is none."""
        body = json.dumps({"zen": "x" * size}).encode()
        secret = self.server.app.webhook_secret if who == "signed" else "another"
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "ping",
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
        }
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/github/webhook", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            status = 0  # the server was just being killed
        self.answers[who, size, status] += 1

    def dawdle(self, beginning):
        """Connects, begins a request, and never ends it."""
        with contextlib.suppress(OSError):
            client = socket.create_connection(("127.0.0.1", self.server.port), timeout=5)
            self.slow.append(client)
            client.sendall(beginning)
        if len(self.slow) > _SLOW:
            self.slow.popleft().close()

    def limit(self, chance):
        """GitHub wants to be left alone for a second or two: the hour's calls are spent, or they are too many at once."""
        if chance.random() < 0.5:
            self.hub.limits(self.installation, limit=5000, used=5000, reset_in_seconds=2)
        else:
            self.hub.limits(concurrent=0, retry_after=1)

    def disturb(self, chance):
        """One trouble, or none."""
        self.hub.limits(concurrent=100)
        kind = chance.randrange(36)
        if kind < 9:
            self.release()
            self.hub.hooks(**{**_USUAL_DELIVERY, **chance.choice(_DELIVERIES)})
        elif kind < 10:  # these two seldom: a check that could not be sent some times in a row is put off for minutes
            self.hub.faults(*_FAULTS)
        elif kind < 11:
            self.limit(chance)
        elif kind < 19:
            head = b"POST /github/webhook HTTP/1.1\r\nHost: x\r\nContent-Le"
            self.dawdle(chance.choice((head, head + b'ngth: 1000\r\n\r\n{"zen":')))
        elif kind < 25:
            self.senders.submit(self.send, *next(self.sent))

    def release(self):
        """What was held back comes, the newest first."""
        released = self.hub.release_hooks(order="reversed")
        self.shuffled += released if released > 1 else 0

    def kill(self):
        self.peak = max(self.peak, resident(self.server.process))
        self.server.start_again()

    def end(self):
        """The troubles are over."""
        self.senders.shutdown()
        self.release()
        self.hub.hooks(**_USUAL_DELIVERY)
        self.hub.limits(self.installation, limit=5000, used=0)
        self.hub.limits(concurrent=100)
        self.hub.faults()
        self.hub.wait_for_hooks()
        self.kill()

    def test_all_is_in_the_end_as_it_is_without_it(self):
        done = list(deeds(random.Random(SEED), WEBHOOKS // _WEBHOOKS_OF_A_DEED))
        expected = self.without_it(done)
        self.hub.faults(*_FAULTS)
        self.begin()
        chance = random.Random(SEED + 1)
        kills = set(chance.sample(range(len(done)), min(KILLS, len(done))))
        for step, deed in enumerate(done):
            self.disturb(chance)
            self.do(*deed)
            if step in kills:
                self.kill()
        self.end()
        with contextlib.suppress(TimeoutError):
            self.hub.wait_for(lambda: self.is_settled() and self.findings() == expected, 600)
        for number, found in self.findings().items():
            with self.subTest(pull_request=number, head=self.heads[number]):
                self.assertEqual(found, expected[number])
        self.no_check_is_open_or_doubled()
        self.peak = max(self.peak, resident(self.server.process))
        self.assertLess(self.peak, _MEMORY, "bytes")
        self.all_of_it_happened()

    def without_it(self, done):
        """What is found in the end where the same is done and nothing goes wrong."""
        _Calm.setUpClass()
        try:
            found = _Calm.end(done)
        finally:
            _Calm.doClassCleanups()
        conclusions = {number: checks[serving.SUMMARY]["conclusion"] for number, checks in found.items()}
        self.assertEqual(conclusions, {number: _CONCLUSIONS[head] for number, head in _Calm.heads.items()})
        return found

    def no_check_is_open_or_doubled(self):
        for sha, of_commit in self.hub.repository(REPOSITORY)["check_runs"].items():
            self.assertEqual({run["status"] for run in of_commit}, {"completed"}, sha)
            names = [run["name"] for run in of_commit]
            self.assertEqual(len(names), len(set(names)), f"{sha}: a check run is there twice")

    def all_of_it_happened(self):
        """The storm was one: there were as many webhooks as wanted, and each trouble came."""
        sent = self.hub.deliveries()
        self.assertGreaterEqual(len(sent) + self.answers.total(), WEBHOOKS)
        self.assertGreater(max(collections.Counter(delivery["guid"] for delivery in sent).values()), 1, "doubled")
        self.assertGreater(self.shuffled, 0)
        self.assertLessEqual({"OK", "lost", "failed to connect to host"}, {delivery["status"] for delivery in sent})
        self.assertLessEqual({403, 500, 502, 503, "dropped"}, {request["status"] for request in self.hub.requests()})
        self.assertGreater(len(self.slow), 0)
        # Of what is forged nothing is taken, of what is signed nothing refused but for want of room, however large it is.
        for who, usual in (("nobody", 401), ("signed", 202)):
            for size in (_SMALL, _HUGE):
                found = {status for sender, sent_size, status in self.answers if (sender, sent_size) == (who, size)}
                self.assertIn(usual, found, (who, size))
                self.assertLessEqual(found, {usual, 503, 0}, (who, size))


if __name__ == "__main__":
    unittest.main()
