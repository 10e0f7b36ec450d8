#!/usr/bin/env python3
"""Who may know whom: holds every `#include "room/…"` below src/ against the table of the house.

The table is the design's and is written out here on purpose: CMake's USES follows it, and this test holds both.
"""

import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[1] / "src"

# Each room with the rooms it names directly; what those may know, it may know.
DIRECT = {
    "base": [],
    "retention": ["base"],
    "net": ["base"],
    "model": ["base"],
    "drv": ["model"],
    "wire": ["model"],
    "graph": ["model"],
    "review": ["graph"],
    "report": ["review", "forge"],
    "engine": ["review", "drv"],
    "forge": ["model"],
    "process": ["base"],
    "config": ["model"],
    "git": ["process", "engine"],
    "nix": ["process", "drv", "wire", "engine"],
    "db": ["drv", "wire", "engine", "forge"],
    "logs": ["engine"],
    "api": ["net", "forge"],
    "github": ["net", "forge"],
    "helper": ["base"],
    "app": ["report", "config", "git", "nix", "db", "logs", "github", "api", "retention"],
}
# Of these rooms the adapters may know the interface and nothing else.
INTERFACE_ONLY = {
    "engine": {"engine/ports.h", "engine/build_ports.h"},
    "forge": {"forge/check.h", "forge/notice.h", "forge/ports.h", "forge/subject.h"},
}
ADAPTERS = {"git", "nix", "db", "logs", "github"}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
USES = re.compile(r"ekaci_room\(\s*(\w+)([^)]*)\)")
KEYWORDS = {"USES", "LIBRARIES", "PRIVATE_LIBRARIES", "TEST_USES"}


def allowed(room):
    """The room itself and every room it may know."""
    found = {room}
    waiting = [room]
    while waiting:
        for other in DIRECT[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def rooms():
    return sorted(path.name for path in SOURCE.iterdir() if path.is_dir())


def sources(room):
    """The room's files; tests may know the rooms that TEST_USES names as well, and are checked for cycles by CMake."""
    return [path for path in sorted((SOURCE / room).rglob("*")) if path.suffix in (".h", ".cc") and not path.name.endswith("_test.cc")]


def used_rooms(room, keyword):
    """What a room's CMakeLists.txt lists after a keyword."""
    match = USES.search((SOURCE / room / "CMakeLists.txt").read_text())
    words = match.group(2).split() if match else []
    taken, current = [], None
    for word in words:
        if word in KEYWORDS:
            current = word
        elif current == keyword:
            taken.append(word)
    return taken


class Layering(unittest.TestCase):
    def test_every_room_is_in_the_table(self):
        self.assertEqual(rooms(), sorted(DIRECT))

    def test_the_table_has_no_cycle(self):
        for room in DIRECT:
            for other in allowed(room) - {room}:
                self.assertNotIn(room, allowed(other), f"{room} and {other} know each other")

    def test_no_file_includes_a_room_it_may_not_know(self):
        wrong = []
        for room in rooms():
            for path in sources(room):
                for include in INCLUDE.findall(path.read_text()):
                    other = include.split("/")[0]
                    if "/" in include and other in DIRECT and other not in allowed(room):
                        wrong.append(f"{path.relative_to(SOURCE)} includes {include}")
        self.assertEqual(wrong, [], "rooms that may not know each other")

    def test_every_include_of_ours_names_its_room(self):
        wrong = []
        for room in rooms():
            for path in sources(room):
                for include in INCLUDE.findall(path.read_text()):
                    if "/" not in include and (path.parent / include).exists():
                        wrong.append(f'{path.relative_to(SOURCE)} includes "{include}"; write "{room}/{include}"')
        self.assertEqual(wrong, [])

    def test_adapters_know_only_the_engines_ports(self):
        wrong = []
        for room in ADAPTERS & set(rooms()):
            for path in sources(room):
                for include in INCLUDE.findall(path.read_text()):
                    other = include.split("/")[0]
                    if other in INTERFACE_ONLY and include not in INTERFACE_ONLY[other]:
                        wrong.append(f"{path.relative_to(SOURCE)} includes {include}")
        self.assertEqual(wrong, [], "adapters implement ports.h and know no more of the engine")

    def test_cmake_links_no_room_that_the_table_forbids(self):
        for room in rooms():
            for other in used_rooms(room, "USES"):
                self.assertIn(other, allowed(room), f"src/{room}/CMakeLists.txt")


if __name__ == "__main__":
    unittest.main()
