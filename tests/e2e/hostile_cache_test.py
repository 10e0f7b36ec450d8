#!/usr/bin/env python3
"""The cache and its database locked, damaged, from a newer version, shared by two reviews, or left by one that was killed."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time
import unittest

import harness
import hostile_tools
from hostile_tools import commit_bytes, count_derivations, derivation, leftovers, processes, repository_with, wait_until


def _many(version, count=60):
    return "{ " + " ".join(f"a{number} = {derivation(f'a{number}', f'v = {version};')};" for number in range(count)) + " }"


class Case(hostile_tools.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = repository_with(cls.scratch.folder / "repository", _many(1))
        commit_bytes(cls.repository, "default.nix", _many(2))
        cls.expected = cls.telling(cls.scratch.review(cls.repository, "main~1..main"))

    @staticmethod
    def telling(outcome):
        """What a review says of the change, whenever it is made."""
        report = outcome.report
        return (outcome.status, report["verdict"], report["changes"], report["totals"], report["head"]) if report else (outcome.status, outcome.error)

    def environment_with(self, name):
        """The environment of a cache of its own, and its database."""
        cache = self.scratch.folder / name
        return self.scratch.environment(XDG_CACHE_HOME=str(cache)), cache / "ekaci/ekaci.db"

    def review_with(self, environment, *arguments):
        return self.scratch.review(self.repository, *arguments, "main~1..main", environment=environment)

    def used_cache(self, name):
        environment, database = self.environment_with(name)
        self.assertEqual(self.telling(self.review_with(environment)), self.expected)
        return environment, database


class Database(Case):
    def test_from_a_newer_version_it_is_left_alone(self):
        environment, database = self.used_cache("newer")
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA user_version = 999")
        before = database.read_bytes()
        for command in (["review", *harness.MORE_ARGUMENTS, "main~1..main"], ["show"], ["show", "--list"], ["why", "a1"]):
            with self.subTest(command=command):
                done = self.scratch.run(command[0], "--repo", self.repository, *command[1:], environment=environment)
                self.assert_fails_with(done, harness.COULD_NOT_RUN, "newer", str(database))
        self.assertEqual(database.read_bytes(), before)

    def test_that_is_no_database_is_named_and_left_alone(self):
        environment, database = self.environment_with("rubbish")
        database.parent.mkdir(parents=True)
        for content in (b"this is somebody's letter\n" * 400, os.urandom(20_000)):
            database.write_bytes(content)
            self.assert_fails_with(self.review_with(environment), harness.COULD_NOT_RUN, str(database))
            self.assertEqual(database.read_bytes(), content)

    def test_damage_never_changes_what_a_review_says(self):
        environment, database = self.used_cache("damaged")
        whole = database.read_bytes()
        for start in range(100, len(whole), len(whole) // 6):
            with self.subTest(start=start):
                for more in ("-wal", "-shm"):
                    database.with_name(database.name + more).unlink(missing_ok=True)
                database.write_bytes(whole[:start] + bytes(byte ^ 0x5A for byte in whole[start : start + 3000]) + whole[start + 3000 :])
                outcome = self.review_with(environment)
                if outcome.report is None:
                    self.assert_fails_with(outcome, harness.COULD_NOT_RUN, str(database))
                else:
                    self.assertEqual(self.telling(outcome), self.expected)

    def test_cut_short_it_never_changes_what_a_review_says(self):
        environment, database = self.used_cache("cut")
        whole = database.read_bytes()
        for length in (0, 50, 4096, len(whole) // 2, len(whole) - 1):
            with self.subTest(length=length):
                for more in ("-wal", "-shm"):
                    database.with_name(database.name + more).unlink(missing_ok=True)
                database.write_bytes(whole[:length])
                outcome = self.review_with(environment)
                if outcome.report is None:
                    self.assert_fails_with(outcome, harness.COULD_NOT_RUN, str(database))
                else:
                    self.assertEqual(self.telling(outcome), self.expected)

    def test_that_another_holds_does_not_hang_or_change_the_answer(self):
        environment, database = self.used_cache("locked")
        holder = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        started = subprocess.Popen(
            [str(harness.BINARY), "review", "--repo", str(self.repository), *harness.MORE_ARGUMENTS, "main~1..main"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(started.kill)
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(2)
        holder.execute("ROLLBACK")
        output, error = started.communicate(timeout=60)
        self.assertEqual(started.returncode, self.expected[0], output + error)

    def test_that_cannot_be_written_is_named(self):
        environment, database = self.environment_with("folder")
        database.mkdir(parents=True)
        self.assert_fails_with(self.review_with(environment), harness.COULD_NOT_RUN, str(database))


class AtOnce(Case):
    def test_reviews_of_one_repository_do_not_disturb_each_other(self):
        environment, _ = self.environment_with("shared")
        files = [self.scratch.folder / f"at-once-{number}.json" for number in range(4)]
        started = [
            subprocess.Popen(
                [str(harness.BINARY), "review", "--repo", str(self.repository), "--workers", "1", "--json", str(file), *harness.MORE_ARGUMENTS, "main~1..main"],
                env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for file in files
        ]  # fmt: skip
        for process, file in zip(started, files, strict=True):
            self.addCleanup(process.kill)
            output, error = process.communicate(timeout=120)
            self.assertEqual((process.returncode, error), (self.expected[0], ""), output)
            self.assertEqual(json.loads(file.read_text())["changes"], self.expected[2])
        self.assertEqual(leftovers(self.scratch.folder / "shared"), [])
        listed = self.scratch.run("show", "--list", "--repo", self.repository, environment=environment)
        self.assertEqual(len(listed.stdout.splitlines()), 4, listed)


class Killed(Case):
    """SIGKILL at many moments; then the same command says what it would have said."""

    MOMENTS = 12

    def kill_after(self, seconds, environment, report):
        child = subprocess.Popen(
            [str(harness.BINARY), "review", "--repo", str(self.repository), "--json", str(report), *harness.MORE_ARGUMENTS, "main~1..main"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(child.kill)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)
        return child.returncode == -signal.SIGKILL

    def hold_what_is_left(self, report):
        wait_until(lambda: not processes(self.scratch.folder), "children were left")
        if report.exists():  # a name of its own is all that half a report ever has
            json.loads(report.read_text())

    def time_of_one(self):
        environment, _ = self.environment_with("timed")
        begin = time.monotonic()
        self.review_with(environment)
        return time.monotonic() - begin

    def test_at_any_moment_with_one_cache_for_all(self):
        environment, database = self.environment_with("killed")
        whole = self.time_of_one()
        killed = 0
        for moment in range(self.MOMENTS):
            with self.subTest(moment=moment):
                report = self.scratch.folder / f"killed-{moment}.json"
                killed += self.kill_after(whole * moment / self.MOMENTS, environment, report)
                self.hold_what_is_left(report)
        self.assertGreater(killed, self.MOMENTS // 3)
        self.assertEqual(self.telling(self.review_with(environment)), self.expected)
        self.assertEqual(leftovers(database.parent), [])
        with contextlib.closing(sqlite3.connect(database)) as connection:
            self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def test_while_it_evaluates_every_time(self):
        for number in range(3):
            with self.subTest(number=number):
                environment, database = self.environment_with(f"evaluating-{number}")
                report = self.scratch.folder / f"evaluating-{number}.json"
                child = subprocess.Popen(
                    [str(harness.BINARY), "review", "--repo", str(self.repository), "--json", str(report), *harness.MORE_ARGUMENTS, "main~1..main"],
                    env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                self.addCleanup(child.kill)
                wait_until(lambda folder=database.parent, enough=number * 20: count_derivations(folder) > enough, "no derivation was written")
                child.kill()
                child.wait(60)
                self.hold_what_is_left(report)
                self.assertEqual(self.telling(self.review_with(environment)), self.expected)
                self.assertEqual(leftovers(database.parent), [])


if __name__ == "__main__":
    unittest.main()
