#!/usr/bin/env python3
"""One row of the ablation table: pretrains with given settings, scores the model, appends what came of it.

  Scripts/ablate.py --table t.csv --name open --videos VIDEOS --davis DAVIS -- --preset small --steps 300 --residual-gain 1
  Scripts/ablate.py --table t.csv --name walk-0 --videos VIDEOS --probe actions=ACTIONS/labels.csv -- --objectives walk

What follows `--` goes to `palindrome pretrain`; `--model random`, `pixels` or a file scores that instead. Scores are J&F
on a DAVIS tree, accuracies of probes on labelled clips with the half-width of their interval, the held-out scores of the
training, and the rank and spread of the features at its end. The run
folder is kept under --runs by its name: a command that was cut short goes on where it stopped, and a row that is in
the table already is not made again, so that a list of such lines can be started anew at any time.
Standard library only; the scores are those of `palindrome evaluate davis` and `palindrome probe`.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys

SETTINGS = {
    "reference": ["--protocol", "reference"],
    "centred": ["--center", "--layers", "layer3"],
    "layers2+3": ["--layers", "layer2+layer3"],
    "centred_2+3": ["--center", "--layers", "layer2+layer3"],
}


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def davis(model, a, extra):
    command = [a.binary, "evaluate", "davis", "--model", model, "--root", a.davis, "--height", str(a.height), "--json", "--quiet"]
    if a.sequences:
        command += ["--sequences", a.sequences]
    return run(command + extra)


def probe(model, labels, a, extra):
    scores = run([a.binary, "probe", "--features", model, "--labels", labels, "--json", "--quiet"] + extra)
    for kind in ("linear", "knn"):
        accuracy, interval = scores[f"{kind}_accuracy"], scores[f"{kind}_interval"]
        yield kind, round(accuracy, 4)
        if interval:
            yield f"{kind}_half", round(interval[1] - accuracy, 4)


def spread(metrics):
    """The last rank and spread of the features that a run recorded, by column."""
    found = {}
    for line in metrics.open():
        for name, value in json.loads(line).items():
            if value is not None and name.startswith("held_out/") and name.endswith(("/effective_rank", "/feature_std")):
                found[name.removeprefix("held_out/")] = round(value, 4)
    return found


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
    p.add_argument("--davis", help="a DAVIS tree to score tracking on")
    p.add_argument("--probe", action="append", default=[], metavar="NAME=LABELS.csv", help="labelled clips to probe; several are allowed")
    p.add_argument("--probe-options", default="", help="options of palindrome probe, in one word with spaces")
    p.add_argument("--height", type=int, default=240)
    p.add_argument("--sequences")
    p.add_argument("--settings", default="reference,centred", help="which of " + ", ".join(SETTINGS))
    p.add_argument("--model", help="scores this model instead of training one; options of it follow --")
    p.add_argument("pretrain", nargs="*")
    a = p.parse_args()
    if not a.model and not a.videos:
        p.error("--videos, the folder to train on, or --model is needed")
    if not a.davis and not a.probe:
        p.error("nothing to score on; give --davis or --probe")
    table = pathlib.Path(a.table)
    if any(row["name"] == a.name and row["height"] == str(a.height) for row in read(table)):
        return print(f"{a.name}: in the table already")
    row = {"name": a.name, "height": a.height, "steps": "", "minutes": ""}
    extra = []
    if a.model:
        model, extra = a.model, a.pretrain
    else:
        folder = pathlib.Path(a.runs) / a.name
        command = [a.binary, "pretrain", a.videos, "--out", str(folder), "--json", "--quiet"] + a.pretrain
        if (folder / "config.json").exists():
            command.append("--resume")
        result = run(command)
        row["steps"] = result.get("steps", "")
        times = [json.loads(line).get("seconds") for line in (folder / "metrics.jsonl").open()]
        row["minutes"] = round(max(t for t in times if t is not None) / 60, 2)
        for score in result.get("held_out", []):
            row[score["name"]] = round(score["value"], 4)
        row.update(spread(folder / "metrics.jsonl"))
        model = str(folder)
    if a.davis:
        for setting in a.settings.split(","):
            row["JF_" + setting] = round(davis(model, a, extra + SETTINGS[setting])["JF_mean"], 4)
    for word in a.probe:
        name, labels = word.split("=", 1)
        for kind, value in probe(model, labels, a, extra + a.probe_options.split()):
            row[f"{name}_{kind}"] = value
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
