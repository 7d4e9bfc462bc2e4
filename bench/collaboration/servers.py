"""The servers that are compared: each a process on one core, with a way to make documents and to connect to them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
PREPARED = PEERS / "node_modules/.cache/codecrafter"
# The server has the first core for itself, whoever loads it the second.
SERVER_CORE, LOAD_CORE = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def processor_ticks(pid):
    """What a process and those below it have used. proc(5)."""
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats.append((int(path.parent.name), path.read_text().rsplit(")", 1)[1].split()))
        except OSError:
            pass
    below, ticks = {pid}, 0
    for one, fields in sorted(stats):
        if one in below or int(fields[1]) in below:
            below.add(one)
            ticks += sum(map(int, fields[11:15]))
    return ticks


class Server:
    """A running server. Subclasses say how to start it and where its documents are."""

    name = ""
    protocol = "y-websocket"
    # Whether documents outlive a restart.
    keeps = False

    def __init__(self):
        self.port = free_port()
        self.data = Path(tempfile.mkdtemp(prefix="bench-collaboration-"))
        self.made = 0
        self.start()

    def start(self):
        command, env = self.command()
        self.process = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, *command],
            env={**os.environ, **env},
            stdout=subprocess.DEVNULL,
            stderr=(self.data / "log").open("ab"),
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    self.settle()
                    return self.ready()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not listen: {(self.data / 'log').read_text()[-2000:]}")

    def ready(self):
        pass

    def settle(self):
        """Waits until the server and what it has started are idle."""
        before = -1
        while (now := processor_ticks(self.process.pid)) > before + 2:
            before = now
            time.sleep(0.5)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def close(self):
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)

    def memory_kib(self):
        """Resident, and the most so far."""
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return tuple(int(fields[key].split()[0]) for key in ("VmRSS", "VmHWM"))

    def document(self):
        """The name of a new document."""
        self.made += 1
        return f"bench-{self.made}"

    def connection(self, document, writes=False):
        """A connection for the load generator's plan."""
        url = f"ws://127.0.0.1:{self.port}/{document}"
        return {"url": url, "protocol": self.protocol, "document": document, "writes": writes}


class YWebsocket(Server):
    name = "@y/websocket-server"

    def command(self):
        return ["node", str(PEERS / "node_modules/@y/websocket-server/src/server.js")], {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }


class Hocuspocus(Server):
    name = "@hocuspocus/server"
    protocol = "hocuspocus"

    def command(self):
        return ["node", str(PEERS / "hocuspocus.mjs"), str(self.port)], {}


class YSweet(Server):
    name = "y-sweet"
    keeps = True

    def command(self):
        store = self.data / "documents"
        return [shutil.which("y-sweet"), "serve", "--host", "127.0.0.1", "--port", str(self.port), str(store)], {}

    def document(self):
        name = super().document()
        self.call("/doc/new", {"docId": name})
        return name

    def connection(self, document, writes=False):
        return {**super().connection(f"d/{document}/ws/{document}", writes), "document": document}

    def call(self, path, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class CodeCrafter(Server):
    name = "CodeCrafter"
    keeps = True
    token = None

    def command(self):
        # What toolchains prepare once, in the background, is not what is measured.
        PREPARED.mkdir(parents=True, exist_ok=True)
        if not (self.data / "cache").exists():
            (self.data / "cache").symlink_to(PREPARED)
        return [os.environ["CODECRAFTER_BIN"], "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data)], {
            "CODECRAFTER_RATE_LIMITS": "off",
            "CODECRAFTER_QUOTA_SESSIONS": "100000",
        }

    def ready(self):
        # It listens before it has looked at what this machine can do, and answers afterwards.
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=60).close()
        if self.token is None:
            person = {"username": "bench", "email": "bench@example.org", "password": "a long bench passphrase"}
            self.token = self.call("/auth/register", person)["access_token"]

    def call(self, path, body):
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=60) as answer:
            return json.load(answer)

    def document(self):
        return self.call("/sessions", {"title": "bench", "language": "python"})["id"]

    def connection(self, document, writes=False):
        url = f"ws://127.0.0.1:{self.port}/api/v1/sync/{document}?token={self.token}"
        return {"url": url, "protocol": self.protocol, "document": document, "writes": writes}


def servers(only):
    """Those that are there."""
    found = [CodeCrafter, YWebsocket, Hocuspocus] + ([YSweet] if shutil.which("y-sweet") else [])
    return [one for one in found if not only or one.name in only]
