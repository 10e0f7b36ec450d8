#!/usr/bin/env python3
"""What a server says of itself to those who operate it: metrics, readiness and its log, after a pull request was reviewed."""

import hashlib
import hmac
import http.client
import json
import re
import unittest
import uuid

import harness
import serving
from metrics import OverSocket, ask, get, samples, sum_of
from serving import REPOSITORY

_METRICS_PORT = serving.free_port()


class Operating(serving.Case):
    """A server that says all it can."""

    more = f"""
[log]
level = "debug"
format = "json"

[metrics]
listen = "127.0.0.1:{_METRICS_PORT}"
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pull = cls.open("rebuild")
        cls.concluded_as(cls.pull.head_sha, "success")
        cls.hub.wait_for_hooks()

    @classmethod
    def metrics(cls):
        status, headers, text = get(_METRICS_PORT, "/metrics")
        assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4"), (status, headers)
        return samples(text)

    def sum_of(self, name, **labels):
        """Of all series of a metric that have these labels."""
        return sum_of(self.metrics(), name, **labels)

    def lines(self):
        return [json.loads(line) for line in self.server.log().splitlines()]

    def send(self, body, secret=None, guid=None):
        """The answer to a webhook that somebody made."""
        mac = hmac.new((secret or self.server.app.webhook_secret).encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": guid or str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={mac}",
        }
        return ask(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60), "POST", "/github/webhook", body, headers)

    def announce(self, size):
        """The status of the answer to a webhook that is to be so large, and of which nothing comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/github/webhook")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        return connection.getresponse().status

    def test_metrics_tell_what_was_done_for_the_pull_request(self):
        self.assertGreaterEqual(self.sum_of("ekaci_webhooks_total", event="pull_request", outcome="accepted"), 1)
        self.assertGreaterEqual(self.sum_of("ekaci_reviews_ended_total", verdict="merge"), 1)
        self.assertEqual(self.sum_of("ekaci_reviews_ended_total", verdict="failed"), 0)
        self.assertEqual(self.sum_of("ekaci_review_seconds_count"), self.sum_of("ekaci_reviews_ended_total", verdict="merge"))
        self.assertGreaterEqual(self.sum_of("ekaci_evaluations_total", outcome="completed"), 2)
        self.assertGreaterEqual(self.sum_of("ekaci_builds_total", outcome="succeeded"), 7)
        self.assertEqual(self.sum_of("ekaci_builds_total", outcome="failed"), 0)
        self.assertGreaterEqual(self.sum_of("ekaci_github_calls_total", outcome="good"), 3)
        self.assertGreaterEqual(self.sum_of("ekaci_check_updates_total", outcome="sent"), 1)
        self.assertEqual(self.sum_of("ekaci_repositories"), 1)

    def test_metrics_tell_what_waits_until_nothing_does(self):
        for name in ("ekaci_inbox_waiting", "ekaci_inbox_oldest_seconds", "ekaci_checks_owed", "ekaci_checks_owed_oldest_seconds"):
            self.hub.wait_for(lambda: self.sum_of(name) == 0, 60)
        self.hub.wait_for(lambda: self.sum_of("ekaci_reviews_running") == 0 == self.sum_of("ekaci_reviews_waiting"), 60)
        self.assertEqual(self.sum_of("ekaci_checks_refused"), 0)

    def test_metrics_tell_of_the_machine_and_the_program(self):
        for name in ("ekaci_database_bytes", "ekaci_disk_free_bytes", "process_start_time_seconds", "process_resident_memory_bytes"):
            self.assertGreater(self.sum_of(name), 0, name)
        version = self.scratch.run("--version").stdout.split()[1]
        self.assertEqual(self.metrics()[("ekaci_build_info", ("version", version))], 1)

    def test_every_metric_is_documented(self):
        documented = set(re.findall(r"^\| `([a-z_]+)`", (harness.ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE))
        told = {re.sub(r"(_seconds)_(bucket|sum|count)$", r"\1", key[0]) for key in self.metrics()}
        self.assertEqual(told - documented, set())

    def test_metrics_are_on_the_control_socket_and_not_where_strangers_are(self):
        status, _, text = ask(OverSocket(self.server.state / "control.sock"), "GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn(("ekaci_repositories",), samples(text))
        self.assertEqual(get(self.server.port, "/metrics")[0], 404)
        self.assertEqual(get(_METRICS_PORT, "/status")[0], 404)

    def test_webhooks_that_are_not_taken_are_counted_and_named(self):
        guid = str(uuid.uuid4())
        statuses = []
        for body, secret, name in ((b'{"zen":1}', None, guid), (b'{"zen":1}', None, guid), (b"{}", "wrong", None)):
            status, headers, _ = self.send(body, secret, name)
            statuses.append(status)
            self.assertTrue(headers["X-Request-Id"])
        self.assertEqual(statuses, [202, 202, 401])
        self.assertEqual(self.announce(26 << 20), 413)
        self.hub.wait_for(lambda: self.sum_of("ekaci_webhooks_total", event="unverified", outcome="too_large") == 1, 10)
        self.assertGreaterEqual(self.sum_of("ekaci_webhooks_total", event="push", outcome="accepted"), 1)
        self.assertEqual(self.sum_of("ekaci_webhooks_total", event="push", outcome="repeated"), 1)
        self.assertEqual(self.sum_of("ekaci_webhooks_total", event="unverified", outcome="bad_signature"), 1)
        self.assertGreaterEqual(self.sum_of("ekaci_http_responses_total", status="4xx"), 2)

    def test_it_is_ready(self):
        for status, _, text in (get(self.server.port, "/ready"), ask(OverSocket(self.server.state / "control.sock"), "GET", "/ready")):
            self.assertEqual((status, json.loads(text)["ready"]), (200, True), text)
        names = [check["name"] for check in json.loads(text)["checks"]]
        self.assertEqual(names, ["database", "inbox", "desk", "publisher", "disk"])

    def test_each_line_of_the_log_is_an_object_with_a_time_and_a_level(self):
        self.assertGreater(len(self.lines()), 5)
        for line in self.lines():
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
            self.assertTrue(line["message"])

    def test_lines_about_one_review_say_which(self):
        about = [line for line in self.lines() if line.get("subject") == f"#{self.pull.number}"]
        self.assertEqual({line["repository"] for line in about}, {REPOSITORY})
        self.assertEqual(len({line["review"] for line in about}), 1, about)
        self.assertEqual([about[0]["message"].split(" of ")[0], about[-1]["message"]], ["review", "reviewed: merge"])

    def test_a_webhook_can_be_followed_from_its_answer_to_what_came_of_it(self):
        guid = str(uuid.uuid4())
        _, headers, _ = self.send(b'{"zen":"forwards"}', guid=guid)
        about = lambda: [line for line in self.lines() if line.get("delivery") == guid]
        self.hub.wait_for(lambda: len(about()) >= 2, 30)
        self.assertEqual(about()[0]["request"], headers["X-Request-Id"])

    def test_with_too_little_room_it_is_not_ready_and_says_why(self):
        full = serving.Server(self.scratch, self.hub, name="full", retention='keep_free = "1000TiB"')
        self.addCleanup(full.close)
        full.start()
        status, _, text = get(full.port, "/ready")
        self.assertEqual(status, 503)
        wrong = [check for check in json.loads(text)["checks"] if not check["ready"]]
        self.assertEqual([check["name"] for check in wrong], ["disk"], text)
        self.assertIn("keep_free", wrong[0]["why"])
        self.assertEqual(get(full.port, "/health")[0], 200)
        self.assertIn("not ready: disk", full.log())


if __name__ == "__main__":
    unittest.main()
