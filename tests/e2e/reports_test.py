#!/usr/bin/env python3
"""What a person reads of every pull request of the example: each rendering against golden files, earlier reviews shown again, and why
each attribute is rebuilt, held against the .drv files.

Golden files are examples/expected/reports/<branch>.{txt,json,md,html}. EKACI_UPDATE_GOLDEN=1 writes them anew: look at what changed.
"""

import json
import os
import re
import shutil
import unicodedata
import unittest

import harness
import plain_nix
import plain_why

GOLDEN = harness.EXAMPLES / "expected" / "reports"
PULL_REQUESTS = sorted(path.stem for path in (harness.EXAMPLES / "pull-requests").glob("*.patch"))
UPDATE = os.environ.get("EKACI_UPDATE_GOLDEN") == "1"
RENDERINGS = ("txt", "json", "md", "html")
COLUMNS = 80

# Error messages are Nix's own, so golden files are right for one version of it.
_NIX_OF_GOLDEN = "nix (Nix) 2.8."

_DURATION = r"(?:\d+ h \d\d min|\d+ min \d\d s|\d+\.\d s|\d+ ms)"
_SIZE = r"\d+(?:\.\d)? (?:[KMG]iB|B)"
_VERSION = r"nix \((?:Nix|Lix)[^)]*\) [0-9][\w.+-]*"


def fixed(text):
    """A line about the run itself, without what is another each time."""
    for pattern, word in ((_DURATION, "TIME"), (_SIZE, "MEMORY"), (_VERSION, "NIX"), (r"\b[0-9a-f]{40}\b", "COMMIT")):
        text = re.sub(pattern, word, text)
    return text


def fixed_terminal(text):
    """The footer on one line, for where it breaks depends on the figures."""
    paragraphs = text.split("\n\n")
    for index, paragraph in enumerate(paragraphs):
        line = " ".join(paragraph.split())
        if re.search(rf"(^|; ){_DURATION} in all$", line):
            paragraphs[index] = "  " + fixed(line) + ("\n" if paragraph.endswith("\n") else "")
    return "\n\n".join(paragraphs)


def fixed_json(text):
    text = re.sub(r'("(?:\w+Microseconds|peakMemoryBytes|workersStarted)": )\d+', r'\1"MEASURED"', text)
    head, evaluator, rest = text.partition('"evaluator": {')
    for key in ("version", "binary", "settings"):
        rest = re.sub(rf'("{key}": )"(?:[^"\\]|\\.)*"', rf'\1"{key.upper()}"', rest, count=1)
    return head + evaluator + rest


def fixed_markdown(text):
    head, footer, rest = text.rpartition("\n---\n")
    return head + footer + fixed(rest)


def fixed_html(text):
    """Without style and script, which are the same in every report, and their hashes."""
    text = re.sub(r"(<(style|script)>).*?(</\2>)", r"\1\3", text, flags=re.DOTALL)
    text = re.sub(r"'sha256-[^']*'", "'sha256-HASH'", text)
    return re.sub(r"<footer>.*?</footer>", lambda footer: fixed(footer[0]), text, flags=re.DOTALL)


FIXED = {"txt": fixed_terminal, "json": fixed_json, "md": fixed_markdown, "html": fixed_html}


def words(text):
    """The text with all white space alike, so that it does not matter where lines break."""
    return " ".join(text.split())


class Reviews:
    """Every pull request, reviewed in order: the first evaluates the base, all others know it."""

    def __init__(self):
        self.scratch = harness.Scratch()
        unittest.addModuleCleanup(self.scratch.close)
        self.repository = self.scratch.example()
        self.status = {}
        self.texts = {name: self.review(name) for name in PULL_REQUESTS}

    def review(self, name):
        files = {kind: self.scratch.folder / f"{name}.{kind}" for kind in RENDERINGS if kind != "txt"}
        done = self.run("review", *harness.MORE_ARGUMENTS, *written_to(files), f"main..pr/{name}")
        self.status[name] = done.returncode
        if not all(file.exists() for file in files.values()):
            raise AssertionError(f"{name} is not written in every rendering: {done}")
        return {"txt": done.stdout, **{kind: file.read_text() for kind, file in files.items()}}

    def run(self, command, *arguments, repository=None, columns=COLUMNS, **more):
        environment = self.scratch.environment(COLUMNS=str(columns), **more)
        return self.scratch.run(command, "--repo", repository or self.repository, *arguments, environment=environment)


REVIEWS = None


def setUpModule():
    global REVIEWS
    if not harness.BINARY.exists():
        raise AssertionError(f"there is no {harness.BINARY}; build it, or name it in EKACI")
    REVIEWS = Reviews()


def written_to(files):
    return ["--json", files["json"], "--markdown", files["md"], "--html", files["html"]]


class Reviewed(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.scratch = REVIEWS.scratch
        cls.repository = REVIEWS.repository
        cls.reports = REVIEWS.texts
        cls.status = REVIEWS.status

    def run_ekaci(self, command, *arguments, **more):
        return REVIEWS.run(command, *arguments, **more)

    @classmethod
    def report(cls, name):
        return json.loads(cls.reports[name]["json"])

    def number(self, name):
        """Under which number a review is kept."""
        return PULL_REQUESTS.index(name) + 1


class Renderings(Reviewed):
    def compare(self, name, kind, text):
        file = GOLDEN / f"{name}.{kind}"
        if UPDATE:
            GOLDEN.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.assertTrue(file.exists(), f"there is no {file}; EKACI_UPDATE_GOLDEN=1 writes it")
        self.assertEqual(text, file.read_text(), f"{file.name}: EKACI_UPDATE_GOLDEN=1 writes it anew")

    def test_are_as_they_were(self):
        version = self.report(PULL_REQUESTS[0])["evaluator"]["version"]
        if not version.startswith(_NIX_OF_GOLDEN):
            self.skipTest(f"golden files are of {_NIX_OF_GOLDEN}x, and this is {version}")
        if harness.GIVEN_ARGUMENTS:
            self.skipTest("golden files are of reviews without EKACI_ARGUMENTS")
        for name in PULL_REQUESTS:
            for kind in RENDERINGS:
                with self.subTest(pull_request=name, rendering=kind):
                    self.compare(name, kind, FIXED[kind](self.reports[name][kind]))

    def test_have_no_golden_file_of_what_is_no_pull_request(self):
        known = {f"{name}.{kind}" for name in PULL_REQUESTS for kind in RENDERINGS}
        self.assertEqual({file.name for file in GOLDEN.iterdir()}, known)

    def test_say_nothing_of_this_machine_but_where_the_evaluator_is(self):
        for name in PULL_REQUESTS:
            for kind in RENDERINGS:
                self.assertNotIn(str(self.scratch.folder), FIXED[kind](self.reports[name][kind]), name)

    def test_all_say_the_verdict(self):
        for name, texts in self.reports.items():
            verdict = self.report(name)["verdict"]
            for kind in RENDERINGS:
                with self.subTest(pull_request=name, rendering=kind):
                    self.assertIn(verdict["decision"].replace("_", " "), texts[kind].replace("_", " ").lower())
                    self.assertIn(verdict["sentence"], words(texts[kind]))

    def test_no_line_is_wider_than_the_terminal(self):
        for name, texts in self.reports.items():
            wide = [line for line in texts["txt"].splitlines() if sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) > COLUMNS]
            self.assertEqual(wide, [], name)

    def test_a_page_loads_nothing(self):
        for name, texts in self.reports.items():
            page = texts["html"]
            self.assertIn("default-src 'none'", page, name)
            self.assertNotRegex(page, r"(?:src|href)=[\"']?(?!#)[^\"'>\s]", name)

    def test_a_comment_fits(self):
        for name, texts in self.reports.items():
            self.assertLessEqual(len(texts["md"]), 65535, name)


class Showing(Reviewed):
    def shown(self, *arguments):
        files = {kind: self.scratch.folder / f"shown.{kind}" for kind in ("json", "md", "html")}
        done = self.run_ekaci("show", *written_to(files), *arguments)
        self.assertEqual(done.stderr, "")
        return done.returncode, {"txt": done.stdout, **{kind: file.read_text() for kind, file in files.items()}}

    def test_shows_the_latest_as_it_was_written(self):
        latest = PULL_REQUESTS[-1]
        self.assertEqual(self.shown(), (self.status[latest], self.reports[latest]))

    def test_shows_each_by_its_number_as_it_was_written(self):
        for name in PULL_REQUESTS:
            with self.subTest(pull_request=name):
                status, texts = self.shown(str(self.number(name)))
                self.assertEqual(status, self.status[name])
                for kind in RENDERINGS:
                    self.assertEqual(texts[kind], self.reports[name][kind], kind)

    def test_shows_from_below_the_repository(self):
        done = self.run_ekaci("show", repository=self.repository / "pkgs" / "by-name")
        self.assertEqual(done.stdout, self.reports[PULL_REQUESTS[-1]]["txt"], done.stderr)

    def test_one_rendering_can_have_standard_output_for_itself(self):
        for kind, option in (("json", "--json"), ("md", "--markdown"), ("html", "--html")):
            self.assertEqual(self.run_ekaci("show", option, "-").stdout, self.reports[PULL_REQUESTS[-1]][kind])
        self.assert_fails_with(self.run_ekaci("show", "--json", "-", "--html", "-"), harness.USAGE, "standard output")

    def test_lists_the_latest_first(self):
        done = self.run_ekaci("show", "--list")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual([int(line.split()[0]) for line in lines], list(range(len(PULL_REQUESTS), 0, -1)))
        for name, line in zip(reversed(PULL_REQUESTS), lines, strict=True):
            report = self.report(name)
            for word in (report["verdict"]["decision"].replace("_", " "), f"main..pr/{name}", report["head"]["commit"][:10]):
                self.assertIn(word, line)

    def test_an_unknown_number(self):
        self.assert_fails_with(self.run_ekaci("show", "99"), harness.COULD_NOT_RUN, "99", "ekaci show --list")

    def test_what_is_no_number(self):
        for word in ("latest", "-1", "1e3", "18446744073709551616"):
            self.assertIn(self.run_ekaci("show", "--", word).returncode, (harness.USAGE, harness.COULD_NOT_RUN), word)

    def test_another_repository_has_reviews_of_its_own(self):
        other = harness.new_repository(self.scratch.folder / "other")
        self.assert_fails_with(self.run_ekaci("show", repository=other), harness.COULD_NOT_RUN, "ekaci review")
        self.assertNotIn("pr/", self.run_ekaci("show", "--list", repository=other).stdout)
        self.assert_fails_with(self.run_ekaci("show", "1", repository=other), harness.USAGE, "review 1 is of", str(self.repository), "--repo")


class Reading(Reviewed):
    """How much is read, and of what."""

    def text(self, name, *arguments, columns=COLUMNS):
        done = self.run_ekaci("show", str(self.number(name)), *arguments, columns=columns)
        self.assertEqual((done.returncode, done.stderr), (self.status[name], ""))
        return done.stdout

    def test_quiet_is_the_verdict_and_the_counts(self):
        for name in PULL_REQUESTS:
            with self.subTest(pull_request=name):
                text = words(self.text(name, "--quiet"))
                report = self.report(name)
                self.assertIn(report["verdict"]["sentence"], text)
                for job in report["jobs"]:
                    self.assertIn(f"{job['job']} {job['system']}: {job['attributes']} attributes", text)
                for word in ("why rebuilt", "why built", "what the change itself does", "in all"):
                    self.assertNotIn(word, text)

    def test_all_names_every_change(self):
        for name in PULL_REQUESTS:
            text = words(self.text(name, "--all", columns=500))
            for change in self.report(name)["changes"]:
                with self.subTest(pull_request=name, attribute=change["attribute"]):
                    # What is rebuilt through its inputs is named below its set.
                    self.assertIn(change["attribute"] if change["direct"] else change["attribute"].split(".")[-1], text)
            self.assertNotIn("--all", text)

    def test_all_cuts_no_name(self):
        name = "shanties.halyard.haul-away-joe"
        for columns in (60, 80, 120):
            text = self.text("everything", "--all", columns=columns)
            self.assertIn(name, text)
            self.assertNotIn("haul-awa…", text)

    def test_a_maintainer_sees_their_own(self):
        for maintainer in ("asa-lindqvist", "ben-okafor", "mara-quist"):
            self.hold_filter("--maintainer", "@" + maintainer.upper(), lambda change: maintainer in maintainers_of(change))

    def test_a_set_is_that_set_and_what_is_in_it(self):
        self.hold_filter("--set", "shanties", lambda change: change["path"][0] == "shanties" and len(change["path"]) > 1)
        self.hold_filter("--set", "shanties.halyard", lambda change: change["path"][:2] == ["shanties", "halyard"])
        self.hold_filter("--set", ".", lambda change: len(change["path"]) == 1)

    def test_two_filters_have_to_fit_both(self):
        text = words(self.text("everything", "--set", ".", "--maintainer", "asa-lindqvist"))
        kept = [c for c in self.report("everything")["changes"] if len(c["path"]) == 1 and "asa-lindqvist" in maintainers_of(c)]
        self.assertIn(f"hides {len(self.report('everything')['changes']) - len(kept)} of", text)

    def hold_filter(self, option, value, is_kept):
        for name in PULL_REQUESTS:
            changes = self.report(name)["changes"]
            kept = [change for change in changes if is_kept(change)]
            with self.subTest(pull_request=name, filter=f"{option} {value}"):
                text = self.text(name, option, value, "--all", columns=500)
                self.assertIn(self.report(name)["verdict"]["sentence"], words(text), "a filter never moves the verdict")
                if len(kept) < len(changes):
                    self.assertIn(f"hides {len(changes) - len(kept)} of {len(changes)} changes", words(text))
                listed = re.split(r"\nwhy (?:re)?built", text.partition("what the change itself does")[2])[0]
                direct = {change["attribute"] for change in changes if change["direct"]}
                for attribute in direct - {change["attribute"] for change in kept}:
                    self.assertNotRegex(listed, rf"(?m)^  \S {re.escape(attribute)} ")

    def test_a_review_is_read_like_one_that_is_shown(self):
        cache = self.scratch.folder / "cache-of-reading"
        shutil.copytree(self.scratch.cache, cache)
        for options in (["--quiet"], ["--quiet", "--set", "shanties"]):
            done = self.run_ekaci("review", *harness.MORE_ARGUMENTS, *options, "main..pr/everything", XDG_CACHE_HOME=str(cache))
            self.assertEqual(done.stdout, self.text("everything", *options), done.stderr)

    def test_a_set_that_cannot_be(self):
        self.assert_fails_with(self.run_ekaci("show", "--set", "a..b"), harness.USAGE, "a..b")

    def test_json_holds_everything_whatever_is_filtered(self):
        done = self.run_ekaci("show", "--json", "-", "--maintainer", "nobody")
        self.assertEqual(done.stdout, self.reports[PULL_REQUESTS[-1]]["json"])


def maintainers_of(change):
    return {name for side in (change["base"], change["head"]) if side for name in side.get("metadata", {}).get("maintainers", [])}


class Why(Reviewed):
    """Every changed attribute of every pull request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Reviews made here are not to be the latest of other tests.
        cls.cache = cls.scratch.folder / "cache-of-why"
        shutil.copytree(cls.scratch.cache, cls.cache)
        cls.derivations = plain_why.Derivations(cls.scratch.nix)
        cls.new = {(name, job["job"], job["system"]): cls.new_derivations(name, job) for name in PULL_REQUESTS for job in cls.report(name)["jobs"]}

    @classmethod
    def new_derivations(cls, name, job):
        report = cls.report(name)
        # The merged tree's objects are wanted, and not in the repository.
        plain_nix.merged_tree(cls.repository, "main", f"pr/{name}", cls.trees())
        base = cls.derivations_of(report, job, "base", report["base"]["tree"])
        return plain_why.New(cls.scratch.nix, cls.derivations, base, cls.derivations_of(report, job, "head", report["head"]["mergedTree"]))

    @classmethod
    def trees(cls):
        return cls.scratch.folder / "trees"

    @classmethod
    def derivations_of(cls, report, job, side, tree):
        """Those of all attributes of a job at one side, as plain Nix instantiates them."""
        folder = plain_nix.checkout(cls.repository, tree, cls.trees())
        definition = harness.configuration(folder).get(job["job"])
        if definition is None:
            return set()
        failing = {tuple(c["path"]) for c in changes_of(report, job) if {"error", "refusal"} & (c[side] or {}).keys()}
        walked = cls.scratch.nix.walk(definition, folder, job["system"], skip=failing)
        paths = sorted(path for path, derivation in walked.items() if derivation)
        return set(cls.scratch.nix.instantiate(definition, folder, job["system"], paths).values())

    def run_ekaci(self, command, *arguments, **more):
        return super().run_ekaci(command, *arguments, XDG_CACHE_HOME=str(self.cache), **more)

    def review_again(self, name):
        self.run_ekaci("review", *harness.MORE_ARGUMENTS, f"main..pr/{name}")

    def test_a_new_derivation_counts_once_however_many_jobs_share_it(self):
        for name in PULL_REQUESTS:
            jobs = [(job["job"], job["system"]) for job in self.report(name)["jobs"]]
            new = set().union(*(self.new[name, *job].paths for job in jobs))
            self.assertEqual(self.report(name)["totals"]["rebuildCount"], len(new), name)

    def test_ways_and_differences_are_those_of_the_derivations(self):
        held = 0
        for name in PULL_REQUESTS:
            report = self.report(name)
            for job in report["jobs"]:
                with self.subTest(pull_request=name, job=job["job"], system=job["system"]):
                    new = self.new[name, job["job"], job["system"]]
                    self.assertEqual(job["rebuildCount"], len(new.paths))
                    faults, compared = plain_why.all_faults(job, changes_of(report, job), self.derivations, new)
                    self.assertEqual(faults, [])
                    replaced = [o for o in job["origins"] if job["rebuilds"][o["derivation"]]["base"]]
                    self.assertEqual(compared, len(replaced), "of so few origins all are compared")
                    held += sum(change["rebuild"] is not None for change in changes_of(report, job))
        self.assertGreater(held, 80)

    def test_a_report_that_is_wrong_would_be_found_out(self):
        def to_first(job):
            (far,) = [step for step in job["rebuilds"] if step["head"].endswith("-fleet-2025.1.drv")]
            far["towards"] = 0

        def without_version(job):
            job["origins"][0]["difference"]["environment"].pop()

        def with_another_variable(job):
            job["origins"][0]["difference"]["environment"].append({"name": "system", "base": "a", "head": "b"})

        def with_another_value(job):
            job["origins"][0]["difference"]["environment"][0]["head"] = "2.1.2"

        def without_source(job):
            job["origins"][0]["difference"]["sources"].clear()

        def wider(job):
            job["origins"][0]["attributes"] += 1

        for wrong in (to_first, without_version, with_another_variable, with_another_value, without_source, wider):
            with self.subTest(wrong=wrong.__name__):
                report = self.report("deep-change")
                job = report["jobs"][0]
                wrong(job)
                new = self.new["deep-change", job["job"], job["system"]]
                faults, _ = plain_why.all_faults(job, changes_of(report, job), self.derivations, new)
                self.assertNotEqual(faults, [])

    def test_says_of_every_changed_attribute_where_it_comes_from_and_what_differs_there(self):
        for name in PULL_REQUESTS:
            # `why` is about the latest review.
            self.review_again(name)
            report = self.report(name)
            for attribute in sorted({change["attribute"] for change in report["changes"]}):
                with self.subTest(pull_request=name, attribute=attribute):
                    done = self.run_ekaci("why", attribute, columns=500)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.hold_attribute(report, attribute, done.stdout)

    def hold_attribute(self, report, attribute, text):
        changes = [change for change in report["changes"] if change["attribute"] == attribute]
        parts = re.split(r"\n\n(?=\S )", text.rstrip("\n"))
        self.assertEqual(len(parts), len(changes), text)
        for change, part in zip(changes, parts):
            heading = f"{change['change'].replace('_', ' ')}; {change['job']}, {change['system']}"
            self.assertEqual([line.strip() for line in part.splitlines()[:2]][1], heading)
            if change["rebuild"] is not None:
                (job,) = [j for j in report["jobs"] if (j["job"], j["system"]) == (change["job"], change["system"])]
                self.hold_way(job, plain_why.way(job, change["rebuild"]), part)
            else:
                self.assertRegex(part, r"\nwhy: no")

    def hold_way(self, job, steps, text):
        rebuilds = [job["rebuilds"][index] for index in steps]
        _, _, below = text.partition("\nwhy: ")
        self.assertEqual(re.findall(r"\n    head +(\S+)", below), [step["head"] for step in rebuilds])
        self.assertEqual(re.findall(r"\n    base +(/\S+)", below), [step["base"] for step in rebuilds if step["base"]])
        there = below.partition("\nwhat differs there\n")[2].partition("\n\n")[0]
        last = rebuilds[-1]
        if last["base"] is None:
            self.assertIn("base has nothing in its place", there)
            return
        plain = plain_why.plain_difference(self.derivations[last["base"]], self.derivations[last["head"]], last["base"], last["head"])
        self.assertEqual(labels(there), plain_labels(plain), text)

    def test_a_step_that_changes_by_itself_as_well_says_what(self):
        self.review_again("version-bump")
        below = self.run_ekaci("why", "tide-table", "--job", "packages", "--system", "x86_64-linux", columns=500).stdout.partition("↓ almanac 2025 → 2026")[2]
        self.assertIn('env version: "2025" → "2026"', below.partition("↓")[0])
        self.assertEqual(below.count("and by itself differs in"), 1, "the rest is rebuilt only through its inputs")

    def test_a_package_whose_own_source_changes_is_changed_directly(self):
        direct = {change["attribute"] for change in self.report("everything")["changes"] if change["direct"]}
        self.assertIn("beacon", direct)
        self.assertNotIn("bundle", direct)

    def test_can_review_first(self):
        done = self.run_ekaci("why", *harness.GIVEN_ARGUMENTS, "hull", "main..pr/deep-change", columns=500)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('version: "2.1" → "2.1.1"', done.stdout)
        self.assertIn("pkgs/by-name/hu/hull/package.nix:8", done.stdout)

    def test_an_attribute_that_does_not_change(self):
        self.review_again("version-bump")
        done = self.run_ekaci("why", "hull")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.count("why: not rebuilt: same derivation"), 2, done.stdout)

    def test_can_be_about_one_job_and_system(self):
        self.review_again("deep-change")
        everywhere = ["packages, aarch64-linux", "packages, x86_64-linux"]
        for options, places in (
            ([], everywhere),
            (["--job", "packages"], everywhere),
            (["--system", "aarch64-linux"], everywhere[:1]),
            (["--job", "packages", "--system", "x86_64-linux"], everywhere[1:]),
        ):
            done = self.run_ekaci("why", "hull", *options)
            self.assertEqual(re.findall(r"(?m)^  rebuilt; (.*)$", done.stdout), places, done)
        self.assert_fails_with(self.run_ekaci("why", "hull", "--job", "release"), harness.COULD_NOT_RUN, "has no attribute hull")
        self.assert_fails_with(self.run_ekaci("why", "bundle", "--job", "none"), harness.USAGE, "packages on x86_64-linux")

    def test_a_misspelt_attribute_is_told_what_is_like_it(self):
        self.review_again("version-bump")
        self.assert_fails_with(self.run_ekaci("why", "tide-tabel"), harness.COULD_NOT_RUN, "has no attribute tide-tabel", "do you mean tide-table")
        self.assertNotIn("do you mean", self.run_ekaci("why", "nothing-like-it-at-all").stderr)

    def test_an_unknown_attribute_is_told_what_is_like_it(self):
        self.review_again("version-bump")
        self.assert_fails_with(self.run_ekaci("why", "navigation.tide-table"), harness.COULD_NOT_RUN, "do you mean tide-table")
        self.review_again("everything")
        self.assert_fails_with(self.run_ekaci("why", "haul-away-joe"), harness.COULD_NOT_RUN, "do you mean shanties.halyard.haul-away-joe")

    def test_what_is_no_attribute(self):
        for word in ("a..b", '"a', ""):
            self.assertEqual(self.run_ekaci("why", "--", word).returncode, harness.USAGE, word)

    def test_a_repository_without_reviews(self):
        other = harness.new_repository(self.scratch.folder / "unreviewed")
        self.assert_fails_with(self.run_ekaci("why", "hull", repository=other), harness.COULD_NOT_RUN, "ekaci review")


def changes_of(report, job):
    return [change for change in report["changes"] if (change["job"], change["system"]) == (job["job"], job["system"])]


def labels(text):
    """What a difference at the terminal names: `env version`, `source src`, `name`, …"""
    return set(re.findall(r"(?m)^  (?:[+-] )?((?:env|source|argument|output|input) \S+?|name|system|builder)(?=:|$)", text))


def plain_labels(plain):
    names = {f"{word} {name}" for part, word in (("environment", "env"), ("arguments", "argument"), ("outputs", "output")) for name in plain[part]}
    names |= {f"source {plain_why.name_of(head or base)}" for base, head in plain["sources"]}
    return names | set(plain["fields"])


if __name__ == "__main__":
    unittest.main()
