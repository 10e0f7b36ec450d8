#!/usr/bin/env python3
"""What a server and a cache keep, and for how long; a disk without room; a backup, and a server that starts from it."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

import harness
import serving
from serving import REPOSITORY

DAY = 24 * 3600


def make_old(path, days):
    then = time.time() - days * DAY
    os.utime(path, (then, then), follow_symlinks=False)


def logs_of(state):
    return sorted((state / "logs").rglob("*.log.zst"))


def trees_of(state):
    return [path for path in (state / "trees").iterdir() if path.is_dir() and not path.name.startswith(".")]


def add_old_logs(state, number, days=400):
    """Logs as of builds long ago; no attempt names them."""
    for i in range(number):
        name = f"{i:032d}"
        file = state / "logs" / name[:2] / f"{name}-1.log.zst"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * 100)
        make_old(file, days)


def integrity(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


def open_files(process):
    """What a process has open, as Linux names it; what it closes meanwhile is left out."""
    files = []
    for link in pathlib.Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            files.append(os.readlink(link))
    return files


class Collecting(serving.Case):
    """`ekaci gc` of a server."""

    def gc(self, *arguments, **more):
        return self.scratch.run("gc", "--config", self.server.configuration, *arguments, **more)

    def told(self, *arguments):
        done = self.gc("--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def dropped(self, *arguments):
        """{what: (why, count)}"""
        return {line["what"]: (line["why"], line["count"]) for line in self.told(*arguments)["dropped"]}

    def test_says_what_is_too_old_and_drops_it_while_the_server_goes_on(self):
        self.concluded_as(self.open("new-failure").head_sha, "failure")
        state = self.server.state
        logs, trees = logs_of(state), trees_of(state)
        self.assertTrue(logs and trees)
        self.assertEqual(self.dropped(), {}, "all of it is new")
        make_old(logs[0], 100)
        for tree in trees:
            make_old(f"{tree}.lock", 8)
        would = self.dropped("--dry-run")
        self.assertEqual(would, {"logs": ("age", 1), "trees": ("age", len(trees))})
        self.assertEqual((logs_of(state), len(trees_of(state))), (logs, len(trees)), "nothing is dropped")
        table = self.gc("--dry-run")
        self.assertIn("would drop", table.stdout)
        self.assertRegex(table.stdout, r"logs +1 +\S+ \S+ +not used for longer than it is kept")
        self.assertEqual(self.dropped(), would)
        self.assertEqual((logs_of(state), trees_of(state)), (logs[1:], []))
        self.assertIn("nothing to drop", self.gc().stdout)
        self.assertIn("dropped 1 logs", self.server.log())
        # What was dropped is made again where it is wanted.
        self.concluded_as(self.open("mixed").head_sha, "failure")

    def test_attempts_that_are_too_old_go_with_their_logs_and_are_made_again(self):
        self.concluded_as(self.open("added-failing").head_sha, "failure")
        database = self.server.state / "ekaci.db"
        with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection, connection:
            names = [name.decode() for (name,) in connection.execute("SELECT log FROM attempt WHERE log <> x''")]
            connection.execute("UPDATE attempt SET used_us = used_us - ?", (400 * DAY * 1_000_000,))
        self.assertEqual(self.dropped()["attempts"][0], "age")
        left = {path.name for path in logs_of(self.server.state)}
        self.assertFalse(left & {f"{name}.log.zst" for name in names})

    def test_sizes_that_nobody_asked_for_go_and_are_learnt_again(self):
        self.concluded(self.open("fixed").head_sha)
        with contextlib.closing(sqlite3.connect(self.server.state / "ekaci.db", timeout=10)) as connection:
            ((paths,),) = connection.execute("SELECT count(*) FROM path")
            self.assertGreater(paths, 1)
            self.assertNotIn("sizes", self.dropped())
            with connection:
                connection.execute("UPDATE path SET used_day = used_day - 400")
            # The newest stays.
            self.assertEqual(self.dropped("--dry-run")["sizes"], ("age", paths - 1))
            self.assertEqual(self.dropped()["sizes"], ("age", paths - 1))
            self.assertNotIn("sizes", self.dropped())
            self.concluded(self.open("rebuild").head_sha)
            ((again,),) = connection.execute("SELECT count(*) FROM path WHERE nar_size > 0")
            self.assertGreater(again, 1)

    def test_killed_in_the_middle_the_rest_is_dropped_the_next_time(self):
        state = self.server.state
        for _ in range(2):
            add_old_logs(state, 1500)
            with subprocess.Popen(
                [harness.BINARY, "gc", "--config", self.server.configuration],
                env=self.scratch.environment(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ):
                self.hub.wait_for(lambda: len(logs_of(state)) < 1500, 30)
                self.server.kill()
            self.server.start()
        self.told()
        self.assertFalse([path for path in logs_of(state) if path.name.startswith("0000")])
        self.assertEqual(integrity(state / "ekaci.db"), "ok")

    def test_of_a_server_that_does_not_run_it_is_done_at_once(self):
        self.server.stop()
        try:
            add_old_logs(self.server.state, 3)
            self.assertEqual(self.dropped("--dry-run")["logs"], ("age", 3))
            self.assertEqual(self.dropped()["logs"], ("age", 3))
        finally:
            self.server.start()

    def test_the_bounds_of_a_server_stand_in_its_configuration(self):
        self.assert_fails_with(self.gc("--disk", "1G"), harness.USAGE, "[retention]")


class FullDisk(serving.Case):
    """Less is free than the server is to leave free."""

    def test_reviews_wait_and_webhooks_are_kept_until_there_is_room_again(self):
        place = pathlib.Path(tempfile.mkdtemp(prefix="ekaci-e2e-disk-"))
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        free = shutil.disk_usage(place).free
        ballast = 2 << 30
        if free < 4 * ballast:
            raise unittest.SkipTest(f"{free} bytes are too few to play with")
        # Others write to the disk as well: what is taken and given back here has to be more than that.
        text = self.server.configuration.read_text().replace('keep_free = "0"', f'keep_free = "{free - ballast // 2}"')
        self.server.configuration.write_text(text.replace(str(self.server.state), str(place / "state")))
        self.server.stop()
        with open(place / "ballast", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, ballast)
        self.server.start()
        pull = self.open("rebuild")
        self.hub.wait_for(lambda: self.summary(pull.head_sha), 30)
        self.hub.wait_for_hooks()
        self.hub.wait_for(lambda: self.status()["waiting"] >= 1, 30)
        status = self.status()
        self.assertEqual(status["running"], 0, status)
        self.assertIn("are free where", status["heldUp"]["why"])
        self.assertNotEqual(self.summary(pull.head_sha)["status"], "completed")
        self.assertIn("no review is begun", self.server.log())
        (place / "ballast").unlink()
        self.concluded_as(pull.head_sha, "success", 60)
        self.assertIsNone(self.status()["heldUp"])


class Backup(serving.Case):
    def back_up(self, destination):
        return self.scratch.run("backup", "--config", self.server.configuration, destination)

    def assert_no_check_twice(self, *shas):
        for sha in shas:
            names = [run["name"] for run in self.hub.check_runs(REPOSITORY, sha)]
            self.assertEqual(len(names), len(set(names)), names)

    def test_is_private_and_whole_and_replaces_nothing(self):
        self.concluded(self.open("fixed").head_sha)
        copy = self.server.folder / "copy.db"
        done = self.back_up(copy)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("checked", done.stdout)
        self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
        self.assertEqual(integrity(copy), "ok")
        self.assert_fails_with(self.back_up(copy), harness.COULD_NOT_RUN, "exists already")
        self.assert_fails_with(self.back_up(self.server.folder / "no" / "copy.db"), harness.COULD_NOT_RUN, "beside")
        left = [path.name for path in self.server.folder.iterdir() if path.name.startswith("copy.db") and path != copy]
        self.assertEqual(left, [])

    def test_a_server_that_starts_from_it_goes_on_and_makes_no_check_twice(self):
        before = self.open("new-failure")
        self.concluded_as(before.head_sha, "failure")
        copy = self.server.folder / "backup.db"
        self.assertEqual(self.back_up(copy).returncode, 0)
        after = self.open("deep-failure", author="yan")
        self.concluded_as(after.head_sha, "failure")
        self.hub.wait_for(lambda: sum(name.startswith("EkaCI / build") for name in self.names(after.head_sha)) == 7, 30)
        kept = {sha: self.names(sha) for sha in (before.head_sha, after.head_sha)}
        self.server.kill()
        # The disk is lost, and a new one has nothing but the backup.
        subprocess.run(["chmod", "-R", "u+w", self.server.state], check=True)
        shutil.rmtree(self.server.state)
        self.server.state.mkdir(mode=0o700)
        shutil.copy(copy, self.server.state / "ekaci.db")
        self.server.start()
        # It finds out by itself what it missed.
        self.hub.wait_for(lambda: self.standing(f"#{after.number}").get("state") == "do not merge", 120)
        self.concluded_as(after.head_sha, "failure")
        self.assertEqual(self.standing(f"#{before.number}").get("state"), "do not merge")
        later = self.open("added-succeeding")
        self.concluded_as(later.head_sha, "success")
        self.assert_no_check_twice(before.head_sha, after.head_sha, later.head_sha)
        self.hub.wait_for(lambda: {sha: self.names(sha) for sha in kept} == kept, 30)
        self.hub.assert_contract_held()


class SecondServer(serving.Case):
    """A state directory is one server's, and of commands that look at it."""

    def test_is_refused_before_it_does_anything(self):
        pull = self.open("rebuild")
        second = self.server.folder / "second.toml"
        text = self.server.configuration.read_text()
        text = text.replace(f"127.0.0.1:{self.server.port}", "127.0.0.1:0").replace("[server]", f'[server]\nsocket = "{self.server.folder}/second"')
        second.write_text(text)
        log = self.server.log()
        done = self.scratch.run("serve", "--config", second)
        self.assert_fails_with(done, harness.COULD_NOT_RUN, "another server runs on", str(self.server.state), "`state` in [server]")
        self.assertEqual(done.stdout, "")
        self.concluded_as(pull.head_sha, "success")
        names = [run["name"] for run in self.hub.check_runs(REPOSITORY, pull.head_sha)]
        self.assertEqual(len(names), len(set(names)), names)
        self.assertNotIn(" error ", self.server.log()[len(log) :])

    def test_is_not_what_looking_at_one_is(self):
        for command in (["status"], ["gc", "--dry-run"], ["backup"], ["admin", "list"]):
            with self.subTest(command=command):
                more = [self.server.folder / "copy.db"] if command == ["backup"] else []
                done = self.scratch.run(*command, "--config", self.server.configuration, *more)
                self.assertEqual(done.returncode, 0, done.stderr)
                # Whoever believes to be the last to close a database removes its journal.
                self.assertEqual([file for file in open_files(self.server.process.pid) if "ekaci.db" in file and "(deleted)" in file], [])

    def test_is_welcome_once_the_first_is_gone(self):
        for end in (self.server.kill, self.server.stop):
            end()
            self.server.start()


class Cache(harness.Case):
    """`ekaci gc` of what `ekaci review` keeps."""

    def test_drops_what_is_older_than_is_said(self):
        gc = lambda *arguments: self.scratch.run("gc", *arguments)  # noqa: E731
        self.assert_fails_with(gc(), harness.COULD_NOT_RUN, "nothing is kept")
        repository = self.scratch.example()
        self.scratch.review(repository, "main..pr/version-bump")
        cache = self.scratch.cache / "ekaci"
        trees = trees_of(cache)
        self.assertTrue(trees)
        self.assertIn("nothing to drop", gc("--dry-run").stdout)
        make_old(f"{trees[0]}.lock", 2)
        told = json.loads(gc("--dry-run", "--json", "--older-than", "1d").stdout)
        self.assertEqual([(line["what"], line["count"]) for line in told["dropped"]], [("trees", 1)])
        self.assertEqual(gc("--older-than", "1d").returncode, 0)
        self.assertEqual(len(trees_of(cache)), len(trees) - 1)
        told = json.loads(gc("--json", "--disk", "0").stdout)
        self.assertLessEqual({"trees", "evaluations", "reviews"}, {line["what"] for line in told["dropped"]})
        self.assertTrue(all(line["why"] == "budget" for line in told["dropped"]))
        self.assertEqual(integrity(cache / "ekaci.db"), "ok")
        self.assertEqual(self.scratch.review(repository, "main..pr/version-bump").status, harness.UNDECIDED)
        self.assert_fails_with(gc("--older-than", "soon"), harness.USAGE, "7d")


if __name__ == "__main__":
    unittest.main()
