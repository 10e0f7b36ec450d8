#!/usr/bin/env python3
"""Properties say what they seem to say.

None goes unheard: `rc::check(` says by what it returns whether the property holds, and a test that drops it cannot fail. So each one
stands in `EXPECT_TRUE(…)` or `ASSERT_TRUE(…)`, directly.

None looks at what is not there: `RC_ASSERT(result || result.error() == x)` asks for the error of a success as well, as rapidcheck's
own `||` and `&&` always look at both sides. So these stand in parentheses of their own, or in an `if`.
"""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "fuzz", "bench")

# What is no code. A quotation mark in one of them begins no other.
ASIDE = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)" | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])'""",
    re.DOTALL | re.VERBOSE,
)
CHECK = re.compile(r"\brc\s*::\s*check\s*\(")
CONDITION = re.compile(r"\bRC_(?:ASSERT|ASSERT_FALSE|PRE|DISCARD_IF|SUCCEED_IF|CLASSIFY)\s*\(")
HEARD = re.compile(r"\b(?:EXPECT|ASSERT)_TRUE\s*\(\s*(?:::\s*)?$")


def code_of(text):
    """The text without comments and literals, line by line as long as it was."""
    return ASIDE.sub(lambda aside: " " + "\n" * aside.group().count("\n"), text)


def lines_of(code, begins, is_wrong):
    """The lines of what begins so and is wrong: asked of the code before it, and of the code in it and after."""
    return [
        code.count("\n", 0, found.start()) + 1
        for found in begins.finditer(code)
        if is_wrong(code[: found.start()], code[found.end() :])
    ]


def unheard(text):
    """The lines in which a property is checked and the result dropped, or kept for later."""
    return lines_of(code_of(text), CHECK, lambda before, _: not HEARD.search(before))


def joins_two(condition):
    """Whether `&&` or `||` stands in what an opened parenthesis holds, but in none of its own."""
    depth = 1
    for at, char in enumerate(condition):
        if depth == 1 and condition.startswith(("&&", "||"), at):
            return True
        depth += (char in "([{") - (char in ")]}")
        if depth == 0:
            return False
    return False


def looks_at_both(text):
    """The lines of conditions in which rapidcheck's own operators join two sides."""
    return lines_of(code_of(text), CONDITION, lambda _, condition: joins_two(condition))


def sources():
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".h", ".cc")]


class Guard(unittest.TestCase):
    def test_it_finds_a_result_that_is_dropped(self):
        self.assertEqual(unheard("TEST(A, B) {\n  rc::check([] { RC_ASSERT(false); });\n}\n"), [2])
        self.assertEqual(unheard('rc::check("always", [] {});'), [1])
        self.assertEqual(unheard("\n\nconst bool holds =\n    rc::check([] {});\n"), [4])
        self.assertEqual(unheard("(void)rc :: check (property);"), [1])
        self.assertEqual(unheard("EXPECT_TRUE(true); rc::check(property);"), [1])
        self.assertEqual(unheard("EXPECT_FALSE(rc::check(property));"), [1])

    def test_it_leaves_alone_what_is_heard(self):
        self.assertEqual(unheard("EXPECT_TRUE(rc::check([] {}));"), [])
        self.assertEqual(unheard('ASSERT_TRUE(\n    rc::check("always", [] {})) << "why";'), [])
        self.assertEqual(unheard("EXPECT_TRUE(::rc::check(property));"), [])

    def test_it_is_not_led_astray_by_what_is_no_code(self):
        self.assertEqual(unheard("// rc::check(this)\n/* rc::check(\n) */"), [])
        self.assertEqual(unheard('const char* text = "rc::check(";'), [])
        self.assertEqual(unheard('f("//"); rc::check(property);'), [1])
        self.assertEqual(unheard("f('\"'); rc::check(property); g('\"');"), [1])
        self.assertEqual(unheard('f(R"(" // )"); rc::check(property);'), [1])
        self.assertEqual(unheard("EXPECT_TRUE(  // always\n    rc::check(property));"), [])
        self.assertEqual(unheard("/* one\ntwo */\nrc::check(property);"), [3])

    def test_it_finds_conditions_that_look_at_both_sides(self):
        self.assertEqual(looks_at_both("\nRC_ASSERT(done || done.error() == x);"), [2])
        self.assertEqual(looks_at_both("RC_PRE(one(a, b) &&\n two);"), [1])
        self.assertEqual(looks_at_both("RC_ASSERT(a);\nRC_ASSERT_FALSE(b && *b);"), [2])

    def test_it_leaves_alone_conditions_in_parentheses(self):
        self.assertEqual(looks_at_both("RC_ASSERT((done || done.error() == x)); f(a && b);"), [])
        self.assertEqual(looks_at_both("RC_ASSERT(all_of(list, [](int i) { return i && j; })); // a || b"), [])
        self.assertEqual(looks_at_both('RC_ASSERT(text == "||");'), [])


class Properties(unittest.TestCase):
    def test_none_looks_at_what_is_not_there(self):
        wrong = [f"{path.relative_to(ROOT)}:{line}" for path in sources() for line in looks_at_both(path.read_text(encoding="utf-8"))]
        self.assertEqual(wrong, [], "write RC_ASSERT((… || …)), or an if")

    def test_each_is_in_an_expectation(self):
        wrong = [f"{path.relative_to(ROOT)}:{line}" for path in sources() for line in unheard(path.read_text(encoding="utf-8"))]
        self.assertEqual(wrong, [], "write EXPECT_TRUE(rc::check(…))")

    def test_there_are_some(self):
        """Lest those above hold of nothing."""
        codes = [code_of(path.read_text(encoding="utf-8")) for path in sources()]
        for begins in (CHECK, CONDITION):
            self.assertGreater(sum(len(begins.findall(code)) for code in codes), 50)


if __name__ == "__main__":
    unittest.main()
