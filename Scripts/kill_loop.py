"""Kills one training run again and again and shows that it ends with the bits of a run that was left alone.

    Scripts/kill_loop.py .build/release/palindrome VIDEOS [--kills 100] [--steps 150] [--seed 0]

The run is short (preset tiny) and saves after every step. Half of the kills (SIGKILL) come at a moment drawn at random
from the start of the process on, the others as soon as a file of a save is seen under the name that it has until it is
complete. After every kill the newest checkpoint is checked against its manifest, independently of the program, and must
not be older than the one before. Prints figures as JSON; ends with 1 where anything was lost.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def arguments(options, run, resume):
    words = [options.palindrome, "pretrain", options.videos, "--out", run, "--cache", os.path.join(options.work, "cache")]
    words += ["--preset", "tiny", "--size", "32", "--batch", "2", "--steps", str(options.steps), "--checkpoint-every", "1"]
    words += ["--evaluate-every", "50", "--holdout", "0.05", "--quiet", "--seed", str(options.seed)]
    return words + (["--resume"] if resume else [])


def steps(run):
    folder = os.path.join(run, "checkpoints")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name[5:]) for name in names if name.startswith("step-") and name[5:].isdigit())


def is_complete(folder):
    try:
        with open(os.path.join(folder, "manifest.json")) as file:
            files = json.load(file)["files"]
        for name, entry in files.items():
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            if len(content) != entry["size"] or hashlib.sha256(content).hexdigest() != entry["sha256"]:
                return False
        return True
    except (OSError, ValueError, KeyError):
        return False


def is_saving(run):
    for folder in (run, os.path.join(run, "checkpoints")):
        try:
            if any(".partial-" in name for name in os.listdir(folder)):
                return True
        except OSError:
            pass
    return False


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("palindrome")
    parser.add_argument("videos")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.work = tempfile.mkdtemp(prefix="kill-loop-")
    draw = random.Random(options.seed)
    try:
        whole, run = os.path.join(options.work, "whole"), os.path.join(options.work, "run")
        began = time.monotonic()
        subprocess.run(arguments(options, whole, False), check=True, stdout=subprocess.DEVNULL)
        alone = time.monotonic() - began

        figures = {"kills": 0, "during_a_save": 0, "before_a_step": 0, "torn_newest": 0, "went_back": 0, "ended_early": 0}
        newest, startup = 0, 2.0
        began = time.monotonic()
        while figures["kills"] < options.kills:
            resume = os.path.exists(os.path.join(run, "config.json"))
            started = time.monotonic()
            process = subprocess.Popen(arguments(options, run, resume), stdout=subprocess.DEVNULL)
            waits_for_save = draw.random() < 0.5
            moment = started + draw.uniform(0, 1.3) * startup
            delay = draw.uniform(0, 0.02)
            while process.poll() is None:
                now = time.monotonic()
                # Those left by the last kill go before the first step.
                if waits_for_save and now - started > startup / 2 and is_saving(run):
                    time.sleep(delay)
                    break
                if not waits_for_save and now > moment:
                    break
                time.sleep(0.0005)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            status = process.wait()
            if status != -signal.SIGKILL:
                # The run had come to its end, or failed.
                figures["ended_early"] += 1
                if status != 0:
                    print(f"ended with {status}", file=sys.stderr)
                    return 1
                break
            elapsed = time.monotonic() - started
            figures["kills"] += 1
            figures["during_a_save"] += is_saving(run)
            known = steps(run)
            found = known[-1] if known else 0
            figures["before_a_step"] += found == newest
            # Seconds from the start to the first step's save, about.
            startup = 0.5 * (startup + elapsed) if found > newest else 1.1 * startup
            figures["torn_newest"] += bool(known) and not is_complete(os.path.join(run, "checkpoints", f"step-{found}"))
            figures["went_back"] += found < newest
            newest = max(newest, found)
        subprocess.run(arguments(options, run, True), check=True, stdout=subprocess.DEVNULL)
        figures["killed_s"] = round(time.monotonic() - began, 1)
        figures["alone_s"] = round(alone, 1)
        figures["steps"] = options.steps
        figures["step_at_last_kill"] = newest
        figures["left_aside"] = int(is_saving(run))
        name = "model.safetensors"
        figures["same_bits"] = digest(os.path.join(whole, name)) == digest(os.path.join(run, name))
        figures["sha256"] = digest(os.path.join(run, name))
        print(json.dumps(figures))
        lost = figures["torn_newest"] + figures["went_back"] + figures["left_aside"]
        return 0 if figures["same_bits"] and not lost and figures["kills"] == options.kills else 1
    finally:
        shutil.rmtree(options.work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
