#!/usr/bin/env python3
"""Many webhooks at once, doubled, shuffled, forged, slow and huge, while GitHub answers with errors and the server is killed: nothing is lost,
nothing is doubled, and its memory stays bounded.

EKACI_WEBHOOKS  about how many webhooks (400)
EKACI_KILLS     how often the server is killed meanwhile (5)
EKACI_SEED      what happens when (1)
"""

import concurrent.futures
import os
import random
import socket
import unittest
import urllib.error
import urllib.request

import serving
from serving import REPOSITORY

WEBHOOKS = int(os.environ.get("EKACI_WEBHOOKS", "400"))
KILLS = int(os.environ.get("EKACI_KILLS", "5"))
SEED = int(os.environ.get("EKACI_SEED", "1"))
# Of the example's pull requests, as they end without any trouble.
_CONCLUSIONS = {"rebuild": "success", "fixed": "success", "added-succeeding": "success", "new-failure": "failure"}
_MEMORY = 512 << 20  # bytes: of the server, not of what it starts


def resident(process):
    """The most memory that a process has had, in bytes."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))


class Storm(serving.Case):
    def forged(self, number):
        """A body that nobody signed, now and then a huge one."""
        body = b"x" * ((20 << 20) if number % 20 == 0 else 1000)
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": f"forged-{number}"}
        headers["X-Hub-Signature-256"] = "sha256=" + "0" * 64
        request = urllib.request.Request(f"http://127.0.0.1:{self.server.port}/github/webhook", data=body, headers=headers)
        try:
            urllib.request.urlopen(request, timeout=60).close()
            return 200
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0  # the server was just being killed

    def slow_client(self):
        """Connects, begins a request, and never ends it."""
        try:
            client = socket.create_connection(("127.0.0.1", self.server.port), timeout=5)
            client.sendall(b"POST /github/webhook HTTP/1.1\r\nHost: x\r\nContent-Le")
            self.slow.append(client)
        except OSError:
            pass

    def disturb(self, chance, pulls):
        """One thing that makes webhooks, or trouble."""
        kind = chance.randrange(10)
        if kind < 5:
            pull = chance.choice(pulls)
            self.hub.label(pull, "x")
            self.hub.unlabel(pull, "x")
        elif kind < 7:
            pull = chance.choice(pulls)
            name = chance.choice(list(_CONCLUSIONS))
            self.heads[pull.number] = self.hub.push(REPOSITORY, self.folder, f"pr/{name}", number=pull.number), name
        elif kind < 8:
            self.slow_client()
        else:
            self.forgers.submit(self.collect_forged, chance.randrange(1000))

    def collect_forged(self, number):
        self.answers.append(self.forged(number))

    def test_nothing_is_lost_or_doubled(self):
        chance = random.Random(SEED)
        self.slow, self.answers, self.heads = [], [], {}
        self.forgers = concurrent.futures.ThreadPoolExecutor(8)
        self.addCleanup(self.forgers.shutdown)
        self.addCleanup(lambda: [client.close() for client in self.slow])
        self.hub.faults(
            {"match": "check-runs", "status": 502, "times": 30},
            {"match": "check-runs", "status": 403, "headers": {"retry-after": "1"}, "times": 5},
            {"match": "access_tokens", "status": 500, "times": 3},
        )
        self.hub.hooks(copies=2)
        pulls = [self.open(name, author=f"author{number}") for number, name in enumerate(_CONCLUSIONS)]
        self.heads.update({pull.number: (pull.head_sha, name) for pull, name in zip(pulls, _CONCLUSIONS)})
        steps = WEBHOOKS // 4
        kills = set(chance.sample(range(steps), min(KILLS, steps)))
        peak = 0
        for step in range(steps):
            self.disturb(chance, pulls)
            if step in kills:
                peak = max(peak, resident(self.server.process))
                self.server.kill()
                self.server.start()
        self.hub.wait_for_hooks()
        self.hub.faults()
        for sha, name in self.heads.values():
            # A head may come back: what stood there before does not count.
            self.concluded_as(sha, _CONCLUSIONS[name], 300)
        peak = max(peak, resident(self.server.process))
        self.assertLess(peak, _MEMORY, "bytes")
        self.forgers.shutdown()
        self.assertGreater(len(self.answers), 0)
        self.assertLessEqual(set(self.answers), {401, 413, 503, 0})
        self.no_check_is_open_or_doubled()
        self.hub.assert_contract_held()

    def no_check_is_open_or_doubled(self):
        def unfinished():
            runs = self.hub.repository(REPOSITORY)["check_runs"]
            return [run["name"] for of_commit in runs.values() for run in of_commit if run["status"] != "completed"]

        self.hub.wait_for(lambda: not unfinished(), 120)
        for sha, of_commit in self.hub.repository(REPOSITORY)["check_runs"].items():
            names = [run["name"] for run in of_commit]
            self.assertEqual(len(names), len(set(names)), f"{sha}: a check run is there twice")


if __name__ == "__main__":
    unittest.main()
