#!/usr/bin/env python3
"""Records a conversation with a real Nix daemon for src/wire/transcript_test.cc, both directions.

usage: record.py NAME COMMAND...

Writes NAME.client and NAME.daemon. COMMAND is a daemon that speaks on its standard streams and serves a fresh store, such as
`env NIX_REMOTE=local?root=DIR NIX_CONF_DIR=DIR nix-daemon --stdio`. The protocol is written out here once more on purpose: what
the test's session sends is held against these bytes.
"""

import struct
import subprocess
import sys

STORE = "/nix/store/"
PRESENT = STORE + "ybf7by4xvcgjhwilsg87rqz9di79bify-greeting"
ABSENT = STORE + "00000000000000000000000000000001-absent"


def number(value):
    return struct.pack("<Q", value)


def text(value):
    data = value.encode()
    return number(len(data)) + data + bytes(-len(data) % 8)


def texts(values):
    return number(len(values)) + b"".join(map(text, values))


class Daemon:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.sent = b""
        self.got = b""

    def send(self, data):
        self.sent += data
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def bytes(self, length):
        data = self.process.stdout.read(length)
        assert len(data) == length, "the daemon has gone"
        self.got += data
        return data

    def number(self):
        return struct.unpack("<Q", self.bytes(8))[0]

    def text(self):
        length = self.number()
        value = self.bytes(length)
        self.bytes(-length % 8)
        return value.decode(errors="replace")

    def texts(self):
        return [self.text() for _ in range(self.number())]

    def fields(self):
        return [self.text() if self.number() else self.number() for _ in range(self.number())]

    def wait(self):
        """Whether the answer follows."""
        while True:
            tag = self.number()
            if tag == 0x616C7473:
                return True
            if tag == 0x6F6C6D67:
                self.text()
            elif tag == 0x53545254:
                self.number(), self.number(), self.number(), self.text(), self.fields(), self.number()
            elif tag == 0x53544F50:
                self.number()
            elif tag == 0x52534C54:
                self.number(), self.number(), self.fields()
            elif tag == 0x63787470:
                self.text(), self.number(), self.text(), self.text(), self.number()
                for _ in range(self.number()):
                    self.number(), self.text()
                return False
            else:
                raise ValueError(f"{tag:x}")

    def facts(self):
        return self.text(), self.text(), self.texts(), self.number(), self.number(), self.number(), self.texts(), self.text()

    def greet(self):
        self.send(number(0x6E697863) + number(0x126))
        assert self.number() == 0x6478696F
        self.minor = min(self.number() & 0xFF, 38)
        if self.minor >= 38:
            self.send(texts([]))
        self.send(number(0) + number(0))
        if self.minor >= 38:
            self.texts()
        self.text()
        if self.minor >= 35:
            self.number()
        assert self.wait()

    def build(self, name, script):
        out = f"{STORE}0000000000000000000000000000000{len(name)}-{name}"
        self.send(number(36) + text(f"{STORE}11111111111111111111111111111111-{name}.drv"))
        self.send(number(1) + text("out") + text(out) + text("") + text("") + texts([PRESENT]))
        self.send(text("x86_64-linux") + text("/bin/sh") + texts(["-c", script]))
        self.send(number(2) + text("name") + text(name) + text("out") + text(out) + number(0))
        assert self.wait()
        print(self.number(), self.text(), self.number(), self.number(), self.number(), self.number())
        if self.minor >= 37:
            for _ in range(2):
                if self.number():
                    self.number()
        for _ in range(self.number()):
            self.text(), self.text()


def main():
    name, command = sys.argv[1], sys.argv[2:]
    daemon = Daemon(command)
    daemon.greet()
    daemon.send(number(19) + b"".join(map(number, [0, 1, 0, 0, 1, 60, 1, 7, 0, 0, 1, 0])) + number(1) + text("timeout") + text("100"))
    assert daemon.wait()
    daemon.send(number(7) + text("greeting") + text("text:sha256") + texts([]) + number(0) + number(6) + b"hello\n" + number(0))
    assert daemon.wait()
    print(daemon.text(), daemon.facts())
    daemon.send(number(11) + text(PRESENT))
    assert daemon.wait()
    daemon.number()
    daemon.send(number(31) + texts([ABSENT, PRESENT]) + number(0))
    assert daemon.wait()
    print(daemon.texts())
    daemon.send(number(32) + texts([ABSENT, PRESENT]))
    assert daemon.wait()
    print(daemon.texts())
    for path in [PRESENT, ABSENT]:
        daemon.send(number(26) + text(path))
        assert daemon.wait()
        if daemon.number():
            print(daemon.facts())
    daemon.build("good", 'echo one; echo "@nix {\\"action\\":\\"setPhase\\",\\"phase\\":\\"buildPhase\\"}"; echo two >&2; echo done > $out')
    daemon.build("bad", "echo one; exit 3")
    daemon.send(number(9) + number(0) + number(1))
    assert daemon.wait()
    daemon.number()
    for direction, data in ("client", daemon.sent), ("daemon", daemon.got):
        with open(f"{name}.{direction}", "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
