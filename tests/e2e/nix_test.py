#!/usr/bin/env python3
"""The package and the NixOS module of nix/: evaluated without nixpkgs, see tests/nix, and held against what they have to agree with."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import building
import harness
import nix_evaluation

ROOT = nix_evaluation.ROOT
SERVER = nix_evaluation.examples()[0]

# What nixpkgs calls a package of Debian's.
NIXPKGS = {
    "bubblewrap": "bubblewrap",
    "cmake": "cmake",
    "git": "git",
    "libboost-dev": "boost",
    "libcli11-dev": "cli11",
    "libcurl4-openssl-dev": "curl",
    "libexpected-dev": "tl-expected",
    "libfmt-dev": "fmt",
    "libgmock-dev": "gtest",
    "libgtest-dev": "gtest",
    "librapidcheck-dev": "rapidcheck",
    "libseccomp-dev": "libseccomp",
    "libspdlog-dev": "spdlog",
    "libsqlite3-dev": "sqlite",
    "libssl-dev": "openssl",
    "libtomlplusplus-dev": "tomlplusplus",
    "libzstd-dev": "zstd",
    "ninja-build": "ninja",
    "nix-bin": "nix",
    "nlohmann-json3-dev": "nlohmann_json",
    "pkg-config": "pkg-config",
    "prometheus-cpp-dev": "prometheus-cpp",
    "python3": "python3",
    "zstd": "zstd",
}
# What only people who work on EkaCI need, or nixpkgs' stdenv brings along.
NOT_IN_THE_PACKAGE = {"ccache", "debootstrap", "libbenchmark-dev", "openssl"}
COMPILERS = "compilers and what belongs to them"
# Of the package alone.
NOT_OF_DEBIAN = {"lib", "stdenv", "makeWrapper"}

# Rooms whose tests a Nix build cannot run; nix/package.nix says why.
NOT_TESTED_IN_A_BUILD = {"nix", "process"}

# Directives in which the module's service differs from packaging/ekaci.service on purpose, with the reason.
DIFFERENT = {
    "ExecStart": "the program and the configuration are in the Nix store",
    "LoadCredential": "the operator says where secrets are",
}


def debian_packages():
    """{section: [package, …]} of scripts/packages.txt."""
    found, section = {}, ""
    for line in (ROOT / "scripts/packages.txt").read_text().splitlines():
        if line.startswith("# "):
            section = line[2:]
        elif line:
            found.setdefault(section, []).append(line)
    return found


def unit():
    """{section: {directive: [word, …]}} of packaging/ekaci.service; a directive that is given twice has the words of both."""
    found, section = {}, None
    for line in (ROOT / "packaging/ekaci.service").read_text().splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            section.setdefault(name, []).extend(value.split())
    return found


def words(value):
    """A setting of a service as NixOS writes it into the unit."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [word for each in (value if isinstance(value, list) else [value]) for word in str(each).split()]


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="ekaci-nix-"))
        cls.addClassCleanup(remove, folder)
        cls.evaluation = nix_evaluation.Evaluation(folder)


def remove(folder):
    # Stores are read-only to all but root.
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
    shutil.rmtree(folder, ignore_errors=True)


class Package(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = cls.evaluation.value("package")

    def test_version_licence_and_name_are_the_sources(self):
        cmake = (ROOT / "CMakeLists.txt").read_text()
        self.assertEqual(self.package["version"], re.search(r"project\(ekaci VERSION ([\d.]+)", cmake).group(1))
        self.assertEqual(self.package["name"], "ekaci-" + self.package["version"])
        self.assertEqual(self.package["license"] + " License", (ROOT / "LICENSE").read_text().splitlines()[0])
        self.assertEqual(self.package["mainProgram"], "ekaci")

    def test_its_inputs_are_those_of_the_list_of_packages(self):
        listed = {package for section, packages in debian_packages().items() if section != COMPILERS for package in packages}
        self.assertEqual(listed - NOT_IN_THE_PACKAGE - set(NIXPKGS), set(), "say in NIXPKGS what nixpkgs calls these, and add them to nix/package.nix")
        expected = {NIXPKGS[package] for package in listed - NOT_IN_THE_PACKAGE}
        self.assertEqual(set(self.package["wants"]) - NOT_OF_DEBIAN, expected)
        run = set(re.findall(r"/nix/store/[0-9a-z]{32}-([^/]+)/bin", self.evaluation.value("install")))
        self.assertEqual(run, {NIXPKGS[package] for package in debian_packages()["running"]})
        self.assertEqual(set(self.evaluation.value("inputs")), set(self.package["wants"]) - {"lib", "stdenv"} - run)

    def test_the_overlay_has_the_same_package(self):
        self.assertEqual(self.evaluation.value("overlay"), self.package["drvPath"])

    @unittest.skipUnless(shutil.which("clang++-19"), "there is no clang++-19")
    def test_the_source_has_what_cmake_needs_and_not_what_is_made(self):
        source = self.evaluation.file(self.package["source"])
        self.assertEqual({path.name for path in source.iterdir()}, {"CMakeLists.txt", "cmake", "docs", "src", "tests"})
        with tempfile.TemporaryDirectory() as build:
            done = subprocess.run(
                ["cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_C_COMPILER=clang-19", "-DCMAKE_CXX_COMPILER=clang++-19"],
                capture_output=True, text=True,
            )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_source_has_what_the_tests_of_its_check_read(self):
        source = self.evaluation.file(self.package["source"])
        for file in sorted((ROOT / "src").rglob("*_test.cc")):
            if file.parent.name in NOT_TESTED_IN_A_BUILD or file.name == "contract_test.cc":
                continue
            for include in re.findall(r'#include "(tests/[^"]+)"', file.read_text()):
                self.assertTrue((source / include).exists(), f"{file} includes {include}")
            for read in re.findall(r'EKACI_SOURCE_DIR\)?(?: \+| /)? "/?([^"]+?)/?"', file.read_text()):
                if "node_modules" not in read:
                    self.assertTrue((source / read).exists(), f"{file} reads {read}")

    def test_every_room_is_tested_or_named(self):
        tested = set(re.search(r"for room in (.*); do", self.package["checkPhase"]).group(1).split())
        rooms = {file.parent.name for file in (ROOT / "src").rglob("*_test.cc")}
        self.assertEqual(rooms - tested, NOT_TESTED_IN_A_BUILD)
        self.assertEqual(tested - rooms, set())

    def test_what_its_check_leaves_out_is_there(self):
        left_out = re.search(r"--gtest_filter='-([^']*)'", self.package["checkPhase"]).group(1).split(":")
        tests = "\n".join(file.read_text() for file in (ROOT / "src").rglob("*_test.cc"))
        for pattern in left_out:
            suite, name = pattern.split(".")
            self.assertRegex(tests, rf"\b{suite}, {name}".replace("*", ".*") + r"\)")


class Module(Case):
    def failures(self, *modules):
        return self.evaluation.value("system.failures", SERVER, *modules)

    def assert_refused(self, word, *modules):
        self.assertTrue(any(word in each for each in self.failures(*modules)), self.failures(*modules))

    def assert_does_not_evaluate(self, word, *modules):
        done = self.evaluation.try_value("system", SERVER, *modules)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(word, done.stderr)

    def test_all_examples_of_the_documentation_evaluate(self):
        server, *others = nix_evaluation.examples()
        for part in ("system", "rest", "configuration"):
            self.evaluation.value(part, server)
        self.assertEqual(self.failures(), [])
        for example in others:
            self.assertEqual(len(self.evaluation.value("packages", example)), 1)

    def test_without_enable_it_does_nothing(self):
        services = self.evaluation.value("services", f"{{ imports = [ {ROOT}/nix/module.nix ]; }}")
        self.assertEqual(services, [])

    def test_the_service_is_that_of_the_unit(self):
        service = self.evaluation.value("system.service", SERVER)
        expected = unit()
        settings = {name: words(value) for name, value in service["serviceConfig"].items() if value != []}
        self.assertEqual(settings.keys(), expected["Service"].keys())
        for name, value in expected["Service"].items():
            if name not in DIFFERENT:
                self.assertEqual(settings[name], value, name)
        self.assertEqual(service["description"].split(), expected["Unit"]["Description"])
        self.assertEqual(service["wants"], expected["Unit"]["Wants"])
        self.assertEqual(service["after"], expected["Unit"]["After"])
        self.assertEqual(service["wantedBy"], expected["Install"]["WantedBy"])
        self.assertEqual({name: set(directives) for name, directives in expected.items() if name != "Service"},
                         {"Unit": {"Description", "Wants", "After"}, "Install": {"WantedBy"}})  # fmt: skip

    def test_what_differs_from_the_unit_differs_in_places_alone(self):
        settings = self.evaluation.value("system.service.serviceConfig", SERVER)
        configuration = self.evaluation.value("configuration", SERVER)
        program, *arguments = settings["ExecStart"].split()
        usual_program, *usual_arguments = unit()["Service"]["ExecStart"]
        self.assertRegex(program, r"^/nix/store/[^/]+-ekaci-[\d.]+/bin/ekaci$")
        self.assertEqual(pathlib.PurePath(usual_program).name, "ekaci")
        self.assertEqual(arguments[:-1], usual_arguments[:-1])
        self.assertEqual(arguments[-1], configuration)
        names = [each.split(":")[0] for each in settings["LoadCredential"]]
        self.assertEqual(names, [each.split(":")[0] for each in unit()["Service"]["LoadCredential"]])

    def test_the_settings_it_knows_are_the_programs(self):
        keys = {}
        for line in (ROOT / "docs/server-configuration.md").read_text().splitlines():
            if table := re.match(r"### `\[(\w+)\]`", line):
                keys[table.group(1)] = {}
            elif key := re.match(r"\| `(\w+)` \| .*? \| (.*?) \|", line):
                if keys:
                    list(keys.values())[-1][key.group(1)] = key.group(2)
        plain = f"{{ imports = [ {ROOT}/nix/module.nix ]; services.ekaci.enable = true; }}"
        for table, settings in self.evaluation.value("system.settings", plain).items():
            for name, default in settings.items():
                self.assertIn(name, keys[table])
                if default is not None:
                    self.assertEqual(f'`"{default}"`', keys[table][name])

    def test_a_credential_that_nothing_provides_is_refused(self):
        self.assert_refused("“other”", '{ services.ekaci.settings.github.previous_webhook_secret.credential = "other"; }')
        encrypted = '{ services.ekaci.encryptedCredentials.other = "/etc/other"; }'
        self.assertEqual(self.failures('{ services.ekaci.settings.github.previous_webhook_secret.credential = "other"; }', encrypted), [])

    def test_a_secret_in_the_store_is_refused(self):
        self.assert_refused("everyone can read", '{ services.ekaci.credentials.other = "${builtins.toFile "secret" "x"}"; }')
        self.assert_refused("everyone can read", '{ services.ekaci.settings.github.previous_webhook_secret.file = "/nix/store/x"; }')

    def test_a_secret_in_the_settings_does_not_evaluate(self):
        self.assert_does_not_evaluate("previous_webhook_secret", '{ services.ekaci.settings.github.previous_webhook_secret = "hunter2"; }')
        self.assert_does_not_evaluate(
            "previous_webhook_secret", '{ services.ekaci.settings.github.previous_webhook_secret = { file = "/a"; credential = "b"; }; }'
        )

    def test_a_state_directory_that_the_service_cannot_write_is_refused(self):
        self.assert_refused("/srv/ekaci", '{ services.ekaci.settings.server.state = "/srv/ekaci"; }')
        self.assert_refused("/var/lib/ekaci2", '{ services.ekaci.settings.server.state = "/var/lib/ekaci2"; }')
        self.assertEqual(self.failures('{ services.ekaci.settings.server.state = "/var/lib/ekaci/one"; }'), [])

    def test_a_machine_without_user_namespaces_is_refused_where_they_are_needed(self):
        without = "{ security.allowUserNamespaces = false; }"
        self.assert_refused("allowUserNamespaces", without)
        self.assertEqual(self.failures(without, "{ services.ekaci.settings.evaluation.sandbox = false; }"), [])

    def test_a_user_of_its_own_is_made_on_request(self):
        self.assertEqual(self.evaluation.value("system.users", SERVER), [])
        own = '{ services.ekaci.user = "ekaci"; }'
        system = self.evaluation.value("system", SERVER, own)
        self.assertEqual((system["users"], system["groups"], system["failures"]), (["ekaci"], ["ekaci"], []))
        settings = system["service"]["serviceConfig"]
        self.assertEqual((settings["User"], settings["Group"], settings["DynamicUser"]), ("ekaci", "ekaci", False))
        other = self.evaluation.value("system", SERVER, '{ services.ekaci = { user = "ci"; group = "builders"; }; }')
        self.assertEqual((other["users"], other["groups"]), ([], []))
        self.assert_refused("user and group", '{ services.ekaci.group = "builders"; }')

    def test_names_that_do_not_exist_do_not_evaluate(self):
        self.assert_does_not_evaluate("services.ekaci.setings", "{ services.ekaci.setings = { }; }")
        self.assert_does_not_evaluate("app_id", '{ services.ekaci.settings.github.app_id = "12345"; }')


class Check(building.Case):
    """The configuration's check, built by Nix with the real program."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.scratch.harbour / "bin").mkdir()
        shutil.copy(harness.BINARY, cls.scratch.harbour / "bin/ekaci")

    def build(self, *modules):
        package = '{ services.ekaci.package = { type = "derivation"; name = "ekaci"; outPath = "/harbour"; }; }'
        expression = nix_evaluation.Evaluation(self.scratch.folder).expression("configuration", SERVER, package, *modules)
        # Asked for as a string: only building gives it.
        built = f'derivation {{ name = "built"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-euc" "/usr/bin/cp ${{{expression}}} $out" ]; }}'
        return self.scratch.run_nix("nix-build", "--no-out-link", "--option", "sandbox", self.scratch.sandbox, "--expr", built)

    def test_a_configuration_that_the_program_takes_is_the_servers(self):
        done = self.build()
        self.assertEqual(done.returncode, 0, done.stderr)
        text = (self.scratch.folder / "store" / done.stdout.strip().lstrip("/")).read_text()
        self.assertIn("app-key", text)
        checked = self.scratch.run("config", "check", self.scratch.folder / "store" / done.stdout.strip().lstrip("/"))
        self.assertIn("App 12345", checked.stdout, checked.stderr)

    def test_one_that_it_does_not_take_is_no_system(self):
        done = self.build('{ services.ekaci.settings.server.lisen = "[::1]:80"; }')
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"ekaci\.toml:\d+:\d+: \[server\] has no key 'lisen'; did you mean 'listen'\?")

    def test_without_the_check_it_is_taken_as_it_is(self):
        done = self.build('{ services.ekaci = { checkConfiguration = false; settings.server.lisen = "[::1]:80"; }; }')
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
