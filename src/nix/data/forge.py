#!/usr/bin/env python3
"""A forge for tests: an https server on a port of 127.0.0.1 that serves a tree as a tarball.

usage: forge.py DIRECTORY

Makes a certificate in DIRECTORY (certificate.pem), prints the port, and serves until its standard input ends.
What a path contains decides: `missing` 404, `private` a redirect to 127.0.0.1, `huge` a tarball without end, `slow` one byte and
then silence, `bomb` a small file that unpacks to a large one; everything else is the tarball of DIRECTORY/tree.
Each request is appended to DIRECTORY/requests as `<host> <path>`.
"""

import gzip
import http.server
import io
import os
import pathlib
import ssl
import subprocess
import sys
import tarfile
import threading
import zlib

HOSTS = "github.com api.github.com gitlab.com git.sr.ht inputs.example.org".split()
DIRECTORY = pathlib.Path(sys.argv[1])


def make_certificate():
    names = ",".join("DNS:" + host for host in HOSTS)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
        + ["-subj", "/CN=forge", "-addext", "subjectAltName=" + names]
        + ["-keyout", DIRECTORY / "key.pem", "-out", DIRECTORY / "certificate.pem"],
        check=True,
        stderr=subprocess.DEVNULL,
    )


def tarball(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo("forge-tree/" + name)
            entry.size = len(content)
            entry.mtime = 1_700_000_000
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def tree():
    root = DIRECTORY / "tree"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def endless_tarball():
    entry = tarfile.TarInfo("forge-tree/endless")
    entry.size = 8_000_000_000
    compressor = zlib.compressobj(level=0, wbits=31)
    yield compressor.compress(entry.tobuf())
    while True:
        yield compressor.compress(os.urandom(100_000))


def silence():
    yield b"x"
    threading.Event().wait()


class Forge(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        with open(DIRECTORY / "requests", "a", encoding="utf-8") as log:
            log.write(f"{self.headers.get('Host')} {self.path}\n")
        if "missing" in self.path:
            self.send_error(404)
        elif "private" in self.path:
            self.answer(302, [("Location", "https://127.0.0.1/secret"), ("Content-Length", "0")])
        elif "huge" in self.path:
            self.endless(endless_tarball())
        elif "slow" in self.path:
            self.endless(silence())
        else:
            body = tarball({"large": bytes(64_000_000)} if "bomb" in self.path else tree())
            self.answer(200, [("Content-Length", str(len(body))), ("ETag", '"forge"')])
            self.wfile.write(body)

    def answer(self, status, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def endless(self, pieces):
        self.answer(200, [("Content-Length", "1000000000000")])
        try:
            for piece in pieces:
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        pass


def main():
    make_certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(DIRECTORY / "certificate.pem", DIRECTORY / "key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forge)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


main()
