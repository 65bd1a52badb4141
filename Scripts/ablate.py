#!/usr/bin/env python3
"""One row of the ablation table: pretrains with given settings, scores the model, appends what came of it.

  Scripts/ablate.py --table t.csv --name open --videos VIDEOS --davis DAVIS -- --preset small --steps 300 --residual-gain 1

What follows `--` goes to `palindrome pretrain`; `--model random`, `pixels` or a file scores that instead. The run
folder is kept under --runs by its name: a command that was cut short goes on where it stopped, and a row that is in
the table already is not made again, so that a list of such lines can be started anew at any time.
Standard library only; the scores are those of `palindrome evaluate davis`.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys

SETTINGS = {
    "reference": ["--protocol", "reference"],
    "centred": ["--center"],
    "centred_2+3": ["--center", "--layers", "layer2+layer3"],
}


def davis(binary, model, a, extra):
    command = [binary, "evaluate", "davis", "--model", model, "--root", a.davis, "--height", str(a.height), "--json", "--quiet"]
    if a.sequences:
        command += ["--sequences", a.sequences]
    done = subprocess.run(command + extra, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command + extra)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def read(table):
    if not table.exists():
        return []
    with table.open(newline="") as f:
        return list(csv.DictReader(f))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default=".build/release/palindrome")
    p.add_argument("--table", required=True)
    p.add_argument("--name", required=True)
    p.add_argument("--runs", default="runs/ablation")
    p.add_argument("--videos")
    p.add_argument("--davis", required=True)
    p.add_argument("--height", type=int, default=240)
    p.add_argument("--sequences")
    p.add_argument("--settings", default="reference,centred", help="which of " + ", ".join(SETTINGS))
    p.add_argument("--model", help="scores this model instead of training one; options of it follow --")
    p.add_argument("pretrain", nargs="*")
    a = p.parse_args()
    if not a.model and not a.videos:
        p.error("--videos, the folder to train on, or --model is needed")
    table = pathlib.Path(a.table)
    if any(row["name"] == a.name and row["height"] == str(a.height) for row in read(table)):
        return print(f"{a.name}: in the table already")
    row = {"name": a.name, "height": a.height, "steps": "", "minutes": ""}
    extra = []
    if a.model:
        model, extra = a.model, a.pretrain
    else:
        run = pathlib.Path(a.runs) / a.name
        command = [a.binary, "pretrain", a.videos, "--out", str(run), "--json", "--quiet"] + a.pretrain
        if (run / "config.json").exists():
            command.append("--resume")
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit status {done.returncode}")
        result = json.loads(done.stdout)
        row["steps"] = result.get("steps", "")
        times = [json.loads(line).get("seconds") for line in (run / "metrics.jsonl").open()]
        row["minutes"] = round(max(t for t in times if t is not None) / 60, 2)
        for score in result.get("scores", []):
            row[score["name"]] = round(score["value"], 4)
        model = str(run)
    for setting in a.settings.split(","):
        scores = davis(a.binary, model, a, extra + SETTINGS[setting])
        row["JF_" + setting] = round(scores["JF_mean"], 4)
    row["settings"] = " ".join(a.pretrain)
    # Read again: another run may have written meanwhile.
    rows = read(table) + [row]
    names = []
    for r in rows:
        names += [n for n in r if n not in names]
    names.sort(key=lambda n: (n == "settings", not (n in ("name", "height", "steps", "minutes") or n.startswith("JF_"))))
    part = table.with_suffix(".part")
    with part.open("w", newline="") as f:
        writer = csv.DictWriter(f, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(table)
    print(", ".join(f"{k} {v}" for k, v in row.items()))


if __name__ == "__main__":
    main()
