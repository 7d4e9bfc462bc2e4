"""Measures and prints tables: see run."""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time

from servers import LOAD_CORE, servers

LOAD = os.environ["COLLABORATION_LOAD"]
# Name: documents, clients of each, writers of each, deliveries/s that even slow servers reach.
SCENARIOS = {
    "1 document × 50 writers": (1, 50, 50, 20_000),
    "100 documents × 4 writers": (100, 4, 4, 10_000),
    "1 document × 200, 2 writers": (1, 200, 2, 20_000),
}
# What counts as keeping up.
P99_MS = 100
DRAIN_S = 3


def say(text=""):
    print(text, flush=True)


def load(connections, timeout=180, **mode):
    """Runs the load generator once."""
    plan = json.dumps({"connections": connections, "mode": mode})
    done = subprocess.run(
        ["taskset", "-c", LOAD_CORE, LOAD], input=plan, capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode:
        return {"error": done.stderr.strip()[-300:]}
    return json.loads(done.stdout)


def clients(server, documents, each, writers):
    made = [server.document() for _ in range(documents)]
    return [server.connection(document, writes=n < writers) for document in made for n in range(each)]


def typed(server, shape, deliveries, seconds, drain_s=DRAIN_S):
    """Types in fresh documents at a rate that makes so many deliveries a second."""
    documents, each, writers = shape
    result = load(
        clients(server, documents, each, writers),
        kind="type",
        updates_per_second=deliveries / (each - 1),
        warm_up_s=1,
        seconds=seconds,
        drain_s=drain_s,
        server_pid=server.process.pid,
    )
    result["kept_up"] = (
        not result.get("error")
        and result["delivered"] == result["expected"]
        and result["sent_per_s"] > 0.95 * result["offered_per_s"]
        and result["p99_ms"] < P99_MS
    )
    return result


def highest(make, shape, first, seconds, steps):
    """The highest rate that is kept up: doubled until it is not, then halved between."""
    best, failed, rate = None, None, first
    for _ in range(14):
        # Each rate on a server of its own: what one rate leaves behind must not slow the next.
        server = make()
        try:
            result = typed(server, shape, rate, seconds)
            resident, most = server.memory_kib()
        finally:
            server.close()
        result["memory_mib"] = most / 1024
        print(".", end="", flush=True, file=sys.stderr)
        if result["kept_up"]:
            best = (rate, result)
        else:
            failed = rate
        if failed is None:
            rate *= 2
        elif best is None:
            rate /= 2
        elif steps > 0:
            steps -= 1
            rate = (best[0] + failed) / 2
        else:
            break
    return best


def deliveries(makers, args):
    """The highest sustained deliveries/s."""
    for name, (documents, each, writers, first) in SCENARIOS.items():
        say(f"\n### {name}\n")
        say("| server | deliveries/s, p99 < 100 ms | of the best peer | p50 | p99 | core busy | µs of processor per delivery | most memory |")
        say("|---|---|---|---|---|---|---|---|")
        found = [
            (make.name, highest(make, (documents, each, writers), first, args.seconds, args.steps)) for make in makers
        ]
        peers = [best[1]["deliveries_per_s"] for name, best in found if best and name != "CodeCrafter"]
        for name, best in found:
            if best is None:
                say(f"| {name} | none | | | | | | |")
                continue
            r = best[1]
            ratio = f"× {r['deliveries_per_s'] / max(peers):.2f}" if peers else ""
            say(
                f"| {name} | {r['deliveries_per_s']:,.0f} | {ratio} | {r['p50_ms']:.1f} ms | {r['p99_ms']:.1f} ms "
                f"| {r['server_busy']:.0%} | {r['server_us_per_delivery']:.2f} | {r['memory_mib']:.0f} MiB |"
            )


def light(makers, args):
    """From key to peer with hardly any load."""
    say("\n### Light load: two people, 20 edits a second\n")
    say("| server | p50 | p99 |\n|---|---|---|")
    for make in makers:
        server = make()
        try:
            r = typed(server, (1, 2, 2), 20, 3 * args.seconds)
            say(f"| {make.name} | {r['p50_ms']:.2f} ms | {r['p99_ms']:.2f} ms |" if not r["error"] else f"| {make.name} | {r['error']} | |")
        finally:
            server.close()


@contextlib.contextmanager
def staying(connections, **mode):
    """Runs the load generator until the block ends; what it says once it is ready."""
    plan = json.dumps({"connections": connections, "mode": mode})
    process = subprocess.Popen(
        ["taskset", "-c", LOAD_CORE, LOAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        process.stdin.write(plan)
        process.stdin.close()
        line = process.stdout.readline()
        yield json.loads(line) if line else {"error": "it ended"}
    finally:
        process.kill()
        process.wait()


def held(server, connections):
    """Resident KiB more with these connections than before."""
    before = server.memory_kib()[0]
    with staying(connections, kind="hold") as ready:
        time.sleep(3)
        return float("nan") if "error" in ready else server.memory_kib()[0] - before


def memory(makers, args):
    """What an idle connection and an open document take."""
    count = 1_000
    say(f"\n### Memory at {count:,} idle connections\n")
    say("| server | a connection, all on one document | a connection with a document of its own | so a document |\n|---|---|---|---|")
    for make in makers:
        per = []
        for documents in (1, count):
            server = make()
            try:
                load(clients(server, 20, 1, 0), kind="open")
                per.append(held(server, clients(server, documents, count // documents, 0)) / count)
            finally:
                server.close()
        say(f"| {make.name} | {per[0]:.1f} KiB | {per[1]:.1f} KiB | {per[1] - per[0]:.1f} KiB |")


def opened(server, document, at_once=1):
    result = load([server.connection(document)] * at_once, kind="open")
    return max(result["ms"]) if "ms" in result else float("nan"), result.get("bytes", 0)


def restarted(server, document, rounds):
    """Until the first client has the document, after a restart."""
    took = []
    for _ in range(rounds):
        server.stop()
        server.start()
        took.append(opened(server, document)[0])
    return f"{statistics.median(took):.0f} ms"


def open_large(makers, args):
    """A late joiner, and ten at once; after a restart, where there is something to load from."""
    say("\n### Opening a document of small edits (5 MB), until the client has all of it\n")
    say("| server | bytes | late joiner | ten at once | first after a restart |\n|---|---|---|---|---|")
    for make in makers:
        server = make()
        try:
            document = server.document()
            with staying([server.connection(document)], kind="fill", characters=480_000, per_update=50) as ready:
                if "error" in ready:
                    say(f"| {make.name} | {ready['error']} | | | |")
                    continue
                time.sleep(2)
                late = [opened(server, document) for _ in range(args.rounds)]
                ten = [opened(server, document, 10)[0] for _ in range(args.rounds)]
            restart = restarted(server, document, args.rounds) if make.keeps else "nothing is kept"
            say(
                f"| {make.name} | {late[0][1]:,} | {statistics.median(ms for ms, _ in late):.0f} ms "
                f"| {statistics.median(ten):.0f} ms | {restart} |"
            )
        finally:
            server.close()


def growth_of_delivery(makers, args):
    """Whether the cost of a delivery rises with the number of documents."""
    counts = (1, 10, 100, 300)
    say("\n### Processor time of a delivery, by the number of documents; 4 people type 10 characters/s in each\n")
    say("| server | " + " | ".join(f"{n}" for n in counts) + " |\n|---|" + "---|" * len(counts))
    for make in makers:
        cells = []
        for count in counts:
            server = make()
            try:
                r = typed(server, (count, 4, 4), count * 4 * 10 * 3, 2 * args.seconds)
                cells.append(f"{r['server_us_per_delivery']:.1f} µs" if r["kept_up"] else "not kept up")
            finally:
                server.close()
        say(f"| {make.name} | " + " | ".join(cells) + " |")


def growth_of_history(makers, args):
    """Whether opening takes longer with the length of the history."""
    lengths = (1_000, 10_000, 100_000)
    say("\n### First opening after a restart, by the number of edits; every document is as long\n")
    say("| server | " + " | ".join(f"{n:,} edits" for n in lengths) + " |\n|---|" + "---|" * len(lengths))
    for make in (make for make in makers if make.keeps):
        cells = []
        server = make()
        try:
            for length in lengths:
                document = server.document()
                per_update = lengths[-1] // length
                mode = {"kind": "fill", "characters": lengths[-1], "per_update": per_update}
                with staying([server.connection(document)], **mode):
                    time.sleep(2)
                cells.append(restarted(server, document, args.rounds))
        finally:
            server.close()
        say(f"| {make.name} | " + " | ".join(cells) + " |")


def overload(makers, args):
    """Twice the best rate: is anything lost, and when has it arrived?"""
    say("\n### Overload: 1 document × 50 writers at 4,000,000 deliveries/s for 5 s\n")
    say("| server | sent | lost | doubled | all there after | most memory |\n|---|---|---|---|---|---|")
    for make in makers:
        server = make()
        try:
            r = typed(server, (1, 50, 50), 4_000_000, 5, drain_s=60)
            most = server.memory_kib()[1] / 1024
            if r.get("error"):
                say(f"| {make.name} | {r['error']} | | | | {most:.0f} MiB |")
                continue
            lost = 1 - r["delivered"] / r["expected"]
            say(
                f"| {make.name} | {r['sent_per_s'] / r['offered_per_s']:.0%} | {lost:.0%} | {r['doubled']:,} "
                f"| {r['drained_ms'] / 1000:.1f} s | {most:.0f} MiB |"
            )
        finally:
            server.close()


PARTS = {
    "deliveries": deliveries,
    "light": light,
    "memory": memory,
    "open": open_large,
    "growth": growth_of_delivery,
    "history": growth_of_history,
    "overload": overload,
}


def main():
    parser = argparse.ArgumentParser(prog="script/bench collaboration", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="WHAT", help=", ".join(PARTS))
    parser.add_argument("--only", type=lambda names: names.split(","), help="servers, by name")
    parser.add_argument("--quick", action="store_true", help="shorter and coarser")
    args = parser.parse_args()
    args.seconds, args.steps, args.rounds = (2, 1, 1) if args.quick else (4, 3, 3)
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(PARTS)}")
    makers = servers(args.only)
    for part in args.parts or PARTS:
        PARTS[part](makers, args)


if __name__ == "__main__":
    main()
