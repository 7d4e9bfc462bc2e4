"""Hello in each language: bare, and from POST to result over HTTP, in turns. Started by `run` beside this file."""

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

BIN = os.environ.get("CODECRAFTER_BIN", "")
CPP_FLAGS = ["-std=gnu++20", "-O2"]
# Waited between runs, in s: a person is slower than the next jail, with an interpreter in it.
PAUSE = 0.15
# Requests of the throughput measurement, and how many at a time.
THROUGHPUT, AT_A_TIME = 1200, 8
# The length of an answer.
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
# Of what runs bare: no more than the platform gives. NODE_EXTRA_CA_CERTS alone costs Node.js 25 ms.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


class Hello:
    """A program, how a person would run it, and what the platform may take: times bare, or ms more than bare."""

    def __init__(self, name, language, file, text, compile, run, goal, comment="//", rounds=15):
        self.name, self.language, self.file, self.text = name, language, file, text
        self.compile, self.run, self.goal = compile, run, goal
        self.comment, self.rounds = comment, rounds


HELLOS = [
    Hello("Python", "python", "main.py", "print('hello')\n", None, ["/usr/bin/python3", "main.py"], "+3", "#", 60),
    Hello("JavaScript", "javascript", "main.js", "console.log('hello');\n", None, ["node", "main.js"], "×1.06", rounds=30),
    Hello("C", "c", "main.c", '#include <stdio.h>\nint main(void) { puts("hello"); }\n',
          ["gcc", "-O2", "main.c", "-o", "c"], ["./c"], "×1.15", rounds=30),
    Hello("C++ iostream", "cpp", "main.cpp", '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
          ["g++", *CPP_FLAGS, "main.cpp", "-o", "cpp"], ["./cpp"], "×0.75"),
    Hello("C++ bits/stdc++.h", "cpp", "all.cpp", '#include <bits/stdc++.h>\nint main() { std::cout << "hello\\n"; }\n',
          ["g++", *CPP_FLAGS, "all.cpp", "-o", "all"], ["./all"], "×0.25", rounds=8),
    Hello("Java", "java", "Main.java",
          'public class Main { public static void main(String[] a) { System.out.println("hello"); } }\n',
          ["javac", "Main.java"], ["java", "Main"], "×0.5"),
    Hello("Go", "go", "main.go", 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello") }\n',
          ["go", "build", "-o", "go", "main.go"], ["./go"], "×1.0"),
    Hello("Rust", "rust", "main.rs", 'fn main() { println!("hello"); }\n',
          ["rustc", "-O", "main.rs", "-o", "rust"], ["./rust"], "×1.15"),
]


class Client:
    """One connection to the server, logged in. HTTP/1.1 by hand: Python's own client takes 0.3 ms for a request."""

    def __init__(self, url, token=None):
        address = urlsplit(url)
        self.socket = socket.create_connection((address.hostname, address.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.headers = f"Host: {address.netloc}\r\nContent-Type: application/json\r\n"
        if token:
            self.headers += f"Authorization: Bearer {token}\r\n"

    def request(self, path, body):
        body = json.dumps(body).encode()
        head = f"POST /api/v1{path} HTTP/1.1\r\n{self.headers}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def post(self, path, body):
        status, content = self.exchange(self.request(path, body))
        answer = json.loads(content)
        if status >= 300:
            sys.exit(f"{path}: {status} {answer}")
        return answer

    def exchange(self, request):
        self.socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.some()
        head, content = received.split(b"\r\n\r\n", 1)
        length = int(LENGTH.search(head)[1])
        while len(content) < length:
            content += self.some()
        return int(head[9:12]), content

    def some(self):
        piece = self.socket.recv(65536)
        if not piece:
            sys.exit("the server closed the connection")
        return piece

    def run(self, hello, text):
        answer = self.post(*running(hello, text))
        if answer.get("outcome") != "ok" or answer["run"]["stdout"] != "hello\n":
            sys.exit(f"no hello: {answer}")
        return answer


def running(hello, text):
    """Where to post what, to run it."""
    return "/executions?wait=true", {"language": hello.language, "files": [{"path": hello.file, "content": text}]}


@contextlib.contextmanager
def server(folder):
    """The release executable with a data folder of its own; its address."""
    command = [BIN, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "data"]
    env = os.environ | {"CODECRAFTER_RATE_LIMITS": "off", "CODECRAFTER_LOG": "warn"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    try:
        line = process.stdout.readline()
        if "ready" not in line:
            sys.exit("the server did not start")
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait()


def log_in(url):
    account = {"username": "ada", "email": "ada@example.org", "password": "a long enough passphrase"}
    return Client(url).post("/auth/register", account)["access_token"]


def bare(argv, folder):
    """Starts and waits, as cheaply as this interpreter can."""
    os.chdir(folder)
    quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
    process = os.posix_spawnp(argv[0], argv, ENVIRONMENT, file_actions=quiet)
    if os.waitpid(process, 0)[1] != 0:
        sys.exit(f"{argv} failed")


def timed(function, *arguments):
    begun = time.perf_counter()
    answer = function(*arguments)
    return 1e3 * (time.perf_counter() - begun), answer


def measure(hello, client, folder, rounds):
    """Times in ms: bare compile and run, bare run alone, the platform with new source, the same once more. Each begins
    after a pause, as a person's does."""
    times = {"bare": [], "bare run": [], "new": [], "again": []}
    # The first round warms everything up.
    for round in range(rounds + 1):
        text = f"{hello.text}{hello.comment} {time.time_ns()}\n"
        (folder / hello.file).write_text(text)
        both = [timed(bare, argv, folder)[0] for argv in (hello.compile, hello.run) if argv]
        time.sleep(PAUSE)
        alone, _ = timed(bare, hello.run, folder)
        time.sleep(PAUSE)
        new, answer = timed(client.run, hello, text)
        assert not answer["cached"]
        time.sleep(PAUSE)
        again, answer = timed(client.run, hello, text)
        assert answer["cached"] == bool(hello.compile)
        time.sleep(PAUSE)
        if round > 0:
            taken = {"bare": sum(both), "bare run": alone, "new": new, "again": again}
            for name, value in taken.items():
                times[name].append(value)
    return times


def middle(times):
    return statistics.median(times)


def low(times):
    """The lowest tenth: says more than the median on a machine with other work."""
    return sorted(times)[len(times) // 10]


def languages(client, folder, wanted, rounds):
    print(f"\n{'in ms: median (p10)':22} {'bare':>16} {'POST→result':>16} {'ratio':>12} {'goal':>6}"
          f" {'bare run':>14} {'again':>14} {'added':>12}")
    for hello in HELLOS:
        if wanted and hello.language not in wanted:
            continue
        times = measure(hello, client, folder, rounds or hello.rounds)
        both = lambda name: f"{middle(times[name]):.1f} ({low(times[name]):.1f})"
        ratio = f"{middle(times['new']) / middle(times['bare']):.2f} ({low(times['new']) / low(times['bare']):.2f})"
        added = [part(times["again"]) - part(times["bare run"]) for part in (middle, low)]
        print(f"{hello.name:22} {both('bare'):>16} {both('new'):>16} {ratio:>12} {hello.goal:>6}"
              f" {both('bare run'):>14} {both('again'):>14} {added[0]:>5.1f} ({added[1]:.1f})", flush=True)


def throughput(url, token, folder):
    """C hello, compiled once, as often as possible: a loop of fork and exec against clients side by side."""
    hello = next(hello for hello in HELLOS if hello.language == "c")
    (folder / hello.file).write_text(hello.text)
    bare(hello.compile, folder)
    begun = time.perf_counter()
    for _ in range(THROUGHPUT):
        bare(hello.run, folder)
    bare_rate = THROUGHPUT / (time.perf_counter() - begun)

    # Made and looked at as cheaply as it can be: this process has the same processors as the server.
    request = Client(url, token).request(*running(hello, hello.text))

    def work():
        client = Client(url, token)
        for _ in range(THROUGHPUT // AT_A_TIME):
            status, content = client.exchange(request)
            if status != 200 or b'"stdout":"hello\\n"' not in content:
                sys.exit(f"no hello: {status} {content}")

    begun = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(AT_A_TIME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = THROUGHPUT / (time.perf_counter() - begun)
    print(f"\nC hello over HTTP, {AT_A_TIME} at a time: {rate:.0f}/s; bare fork and exec, one after the other: "
          f"{bare_rate:.0f}/s; ratio {rate / bare_rate:.2f}")


@contextlib.contextmanager
def docker(folder):
    """A Docker daemon of our own, without network, and the command that speaks with it."""
    address = f"unix://{folder}/docker.sock"
    command = ["dockerd", "--iptables=false", "--bridge=none", "--host", address, "--pidfile", folder / "docker.pid",
               "--data-root", folder / "docker", "--exec-root", folder / "docker-exec"]
    with open(folder / "docker.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        client = ["docker", "--host", address]
        for _ in range(300):
            if process.poll() is not None or subprocess.run([*client, "info"], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        yield client if process.poll() is None else None
    finally:
        process.terminate()
        process.wait()


def containers(folder):
    """A container per run, where Docker is there: hello, static, alone in its image."""
    if not shutil.which("dockerd") or not shutil.which("docker"):
        print("\na container per run: left out, Docker is not there (script/bootstrap --bench)")
        return
    (folder / "main.c").write_text(next(hello.text for hello in HELLOS if hello.language == "c"))
    subprocess.run(["gcc", "-O2", "-static", "-s", "main.c", "-o", "hello"], cwd=folder, check=True)
    with docker(folder) as client:
        image = tarred(folder / "hello")
        if client is None or subprocess.run([*client, "import", "-", "hello"], input=image, capture_output=True).returncode:
            print(f"\na container per run: left out, dockerd does not work here: {last_line(folder / 'docker.log')}")
            return
        argv = [*client, "run", "--rm", "--network=none", "hello", "/hello"]
        done = subprocess.run(argv, capture_output=True, text=True)
        if done.stdout != "hello\n":
            print(f"\na container per run: left out, none starts: {done.stderr.strip()}")
            return
        times = [timed(bare, argv, folder)[0] for _ in range(15)]
    print(f"\na container per run, static C hello: {middle(times):.0f} ({low(times):.0f}) ms")


def tarred(file):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.add(file, file.name)
    return archive.getvalue()


def last_line(file):
    return (file.read_text().strip().splitlines() or ["no word from it"])[-1]


def main():
    parser = argparse.ArgumentParser(prog="script/bench execution")
    parser.add_argument("--rounds", type=int, help="of each language")
    parser.add_argument("languages", nargs="*", metavar="LANGUAGE")
    arguments = parser.parse_args()
    if not BIN:
        sys.exit("start it by script/bench execution")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for hello in HELLOS:
            (folder / hello.file).write_text(hello.text)
            # Prepares the toolchain, so that nothing of it happens while we measure.
            argv = [BIN, "--data-dir", folder / "data", "run", folder / hello.file]
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        with server(folder) as url:
            token = log_in(url)
            languages(Client(url, token), folder, arguments.languages, arguments.rounds)
            throughput(url, token, folder)
        containers(folder)


main()
