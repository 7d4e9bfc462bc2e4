"""Hello in each language: bare, and from POST to result over HTTP, in turns. Started by `run` beside this file."""

import argparse
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

BIN = os.environ.get("CODECRAFTER_BIN", "")
CPP_FLAGS = ["-std=gnu++20", "-O2"]
# Waited between runs, in s: a person is slower than the next jail.
PAUSE = 0.02
# Requests of the throughput measurement, and how many at a time.
THROUGHPUT, AT_A_TIME = 600, 8


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
    """One connection to the server, logged in."""

    def __init__(self, url, token=None):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self.headers = {"content-type": "application/json"}
        if token:
            self.headers["authorization"] = f"Bearer {token}"

    def post(self, path, body):
        self.connection.request("POST", f"/api/v1{path}", json.dumps(body), self.headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 300:
            sys.exit(f"{path}: {response.status} {answer}")
        return answer

    def run(self, language, file, text):
        files = [{"path": file, "content": text}]
        answer = self.post("/executions?wait=true", {"language": language, "files": files})
        if answer.get("outcome") != "ok" or answer["run"]["stdout"] != "hello\n":
            sys.exit(f"no hello: {answer}")
        return answer


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
    process = os.posix_spawnp(argv[0], argv, os.environ, file_actions=quiet)
    if os.waitpid(process, 0)[1] != 0:
        sys.exit(f"{argv} failed")


def timed(function, *arguments):
    begun = time.perf_counter()
    answer = function(*arguments)
    return 1e3 * (time.perf_counter() - begun), answer


def measure(hello, client, folder, rounds):
    """Times in ms: bare compile and run, bare run alone, the platform with new source, the same once more."""
    times = {"bare": [], "bare run": [], "new": [], "again": []}
    # The first round warms everything up.
    for round in range(rounds + 1):
        text = f"{hello.text}{hello.comment} {time.time_ns()}\n"
        (folder / hello.file).write_text(text)
        compiling = timed(bare, hello.compile, folder)[0] if hello.compile else 0
        running = timed(bare, hello.run, folder)[0]
        time.sleep(PAUSE)
        new, answer = timed(client.run, hello.language, hello.file, text)
        assert not answer["cached"]
        time.sleep(PAUSE)
        again, answer = timed(client.run, hello.language, hello.file, text)
        assert answer["cached"] == bool(hello.compile)
        time.sleep(PAUSE)
        if round > 0:
            taken = {"bare": compiling + running, "bare run": running, "new": new, "again": again}
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

    def work():
        client = Client(url, token)
        for _ in range(THROUGHPUT // AT_A_TIME):
            client.run(hello.language, hello.file, hello.text)

    begun = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(AT_A_TIME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = THROUGHPUT / (time.perf_counter() - begun)
    print(f"\nC hello over HTTP, {AT_A_TIME} at a time: {rate:.0f}/s; bare fork and exec, one after the other: "
          f"{bare_rate:.0f}/s; ratio {rate / bare_rate:.2f}")


def containers(folder):
    """A container per run, where Docker is there."""
    try:
        there = subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    except FileNotFoundError:
        there = False
    if not there:
        print("\na container per run: left out, `docker info` fails")
        return
    image = "debian:stable-slim"
    argv = ["docker", "run", "--rm", "--network=none", image, "true"]
    if subprocess.run(argv, capture_output=True).returncode != 0:
        print(f"\na container per run: left out, {image} does not start")
        return
    times = [timed(bare, argv, folder)[0] for _ in range(10)]
    print(f"\na container per run, `true`: {middle(times):.0f} ({low(times):.0f}) ms")


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
