"""What a server counts of itself, read as Prometheus does."""

import http.client
import re
import socket

_SAMPLE = re.compile(r'^([a-z_]+)(?:\{([^}]*)\})? (\S+)$')
_LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


class OverSocket(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("ekaci", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(self.path))


def ask(connection, method, path, body=None, headers=None):
    """(status, headers, body) of one request."""
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def get(port, path):
    """Likewise, of a GET on this machine."""
    return ask(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "GET", path)


def samples(text):
    """{(name, (label, value), …): number} of the text format."""
    read = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, number = _SAMPLE.match(line).groups()
        read[(name, *sorted(_LABEL.findall(labels or "")))] = float(number)
    return read


def sum_of(numbers, name, **labels):
    """Of all series of a metric that have these labels."""
    wanted = set(labels.items())
    return sum(number for key, number in numbers.items() if key[0] == name and wanted <= set(key[1:]))
