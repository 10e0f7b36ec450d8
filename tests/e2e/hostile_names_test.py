#!/usr/bin/env python3
"""Names and texts that mean harm, in everything that EkaCI prints: no character acts, no two names look alike, none is lost."""

import html
import json
import re
import subprocess
import unittest

import harness
import hostile_tools
from hostile_tools import commit_bytes, repository_with, unprintable

# As Nix reads them: bytes between quotes.
_NAMES = [
    b"a\x1b[2J\\r\xe2\x80\xaeb\\\"c.d\\${e}", b"two\\nlines", b"bad\xff\xfe\xc3(", b"\xff", b"\xfe", b"Case", b"case", b"CASE", b".", b"..",
    b"q", b"q\x1b", b"q\x1b[", b"q\x1b[31m", b"\x9b31m", b"\xc2\x9b31m", b"bell\x07\x08\x08", b"\xe2\x80\xa8line", b"\xef\xbb\xbfmark",
    b"\xf3\xa0\x81\x81tag", b"\xe2\x81\xa6isolate\xe2\x81\xa9", b"\xed\xa0\x80", b"", b"</script><img src=x onerror=alert(1)>", b"`c` | p **b** @all #1 <!--",
    b"[link](javascript:alert(1))", b"\\\\x1b", b"very" + b"long" * 300, b"__proto__", b"constructor", b"&lt;",
]  # fmt: skip
_TEXT = b"\x1b[31m<b>\xe2\x80\xae\xff|`@all"


def _tree(version):
    lines = [b"{"]
    for number, name in enumerate(_NAMES):
        lines.append(
            b'  "%s" = derivation { name = "n%d"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "%s%s" ]; "E\x1b[31m" = "%s%s"; }'
            b' // { version = "%s%s"; pname = "%s"; meta = { license = "%s"; maintainers = [ "%s" ]; position = "x.nix%s:%d"; }; };'
            % (name, number, version, _TEXT, version, _TEXT, version, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, number)
        )
    lines.append(b'  fails = builtins.addErrorContext "%s" (throw "%s%s");' % (_TEXT, version, _TEXT))
    lines.append(b'  "gone%s" = %s;' % (version, hostile_tools.derivation("gone").encode()))
    return b"\n".join([*lines, b"}\n"])


class Renderings(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.repository = repository_with(cls.scratch.folder / "names", _tree(b"1"))
        commit_bytes(cls.repository, "default.nix", _tree(b"2"))
        cls.written = cls.run_bytes("review", *harness.MORE_ARGUMENTS, "--all", *cls.files("review"), "main~1..main")
        cls.shown = cls.run_bytes("show", "--all", *cls.files("show"))
        cls.report = json.loads((cls.scratch.folder / "review.json").read_bytes())

    @classmethod
    def files(cls, name):
        return [word for kind in ("json", "markdown", "html") for word in (f"--{kind}", cls.scratch.folder / f"{name}.{kind}")]

    @classmethod
    def run_bytes(cls, command, *arguments):
        return subprocess.run([harness.BINARY, command, "--repo", cls.repository, *arguments], env=cls.scratch.environment(), capture_output=True)

    def rendering(self, kind):
        return (self.scratch.folder / f"review.{kind}").read_text(encoding="utf-8")

    def test_every_rendering_is_made(self):
        self.assertEqual((self.written.returncode, self.written.stderr), (harness.UNDECIDED, b""))
        self.assertEqual(len(self.report["changes"]), len(_NAMES) + 3)

    def test_no_character_acts_in_any_of_them(self):
        for name in ("review.json", "review.markdown", "review.html", "show.json", "show.markdown", "show.html"):
            with self.subTest(rendering=name):
                self.assertEqual(unprintable((self.scratch.folder / name).read_bytes()), [])
        for done in (self.written, self.shown):
            self.assertEqual(unprintable(done.stdout + done.stderr), [])

    def test_colours_are_the_only_escapes(self):
        done = self.run_bytes("show", "--all", "--colour", "always")
        self.assertEqual(unprintable(re.sub(rb"\x1b\[[0-9;]*m", b"", done.stdout)), [])
        self.assertNotIn(b"[31m<b>", done.stdout)

    def test_no_two_names_look_alike(self):
        attributes = [change["attribute"] for change in self.report["changes"]]
        self.assertEqual(len(set(attributes)), len(attributes))
        for quoted in ('"q\\x1b"', '"q\\x1b["', '"q\\x1b[31m"', '"\\xff"', '"\\xfe"', '"\\\\x1b"', '"two\\nlines"', "Case", "case", "CASE"):
            with self.subTest(name=quoted):
                self.assertIn(quoted, attributes)
                self.assertIn(quoted, self.written.stdout.decode())
                # The page has them in what its script reads.
                self.assertIn(json.dumps(quoted), html.unescape(self.rendering("html")))

    def test_a_review_that_is_shown_again_is_the_same(self):
        for kind in ("json", "markdown", "html"):
            with self.subTest(rendering=kind):
                self.assertEqual((self.scratch.folder / f"show.{kind}").read_bytes(), (self.scratch.folder / f"review.{kind}").read_bytes())

    def test_why_takes_the_names_that_the_report_prints(self):
        for change in self.report["changes"]:
            if change["change"] != "rebuilt" or unprintable(change["attribute"]):
                continue
            with self.subTest(attribute=change["attribute"][:40]):
                done = self.run_bytes("why", change["attribute"])
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertEqual(unprintable(done.stdout), [])
                self.assertIn(change["head"]["drvPath"], done.stdout.decode().replace("\n", ""))

    def test_why_says_safely_that_there_is_no_such_attribute(self):
        for name in (b"no\x1b[31m\xff", b'"\xe2\x80\xae"', b'"open', b"a..b", b'"a\\'):
            with self.subTest(name=name):
                done = self.run_bytes("why", name)
                self.assertIn(done.returncode, (harness.USAGE, harness.COULD_NOT_RUN))
                self.assertEqual(unprintable(done.stderr), [])
                self.assertEqual((done.stderr.count(b"\n"), done.stdout), (1, b""))

    def test_the_page_has_no_element_of_theirs(self):
        page = self.rendering("html")
        self.assertNotRegex(page, r"<(img|b)[ >][^<]*(onerror|\\u202e)")
        self.assertEqual(page.count("</script>"), page.count("<script"))

    def test_markdown_has_no_mention_link_or_markup_of_theirs(self):
        outside_of_code = re.sub(r"(`+)(.+?)\1(?!`)", "", re.sub(r"```.*?```", "", self.rendering("markdown"), flags=re.S))
        for text in ("@all", "](javascript", "<img", "<!--", "**b**", "<b>"):
            with self.subTest(text=text):
                self.assertNotIn(text, outside_of_code)


if __name__ == "__main__":
    unittest.main()
