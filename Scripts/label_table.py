"""What a handful of labels give: draws labels, runs `palindrome selftrain` on them, and prints the table.

  python3 Scripts/label_table.py run .build/release/palindrome WORK --set weizmann FOLDER --model pixels
  python3 Scripts/label_table.py table WORK

`run` takes one set (a folder with labels.csv: path,label and, where clips belong together, group) and one model, draws 2,
5 and 10 labels a class with seeds 0 to 4 and trains by each method; a draw that is in WORK/runs.jsonl already is not run
again. Of the groups half are drawn from and the rest are the test list, so that no group is in both; without groups
the same is done with the clips of each class. Clips that are neither stay unlabelled, as the test clips do. `--ceiling`
runs on all labels of the drawn half. Intervals are of 95 % over the draws (t).
"""
import argparse
import collections
import csv
import json
import math
import os
import random
import shutil
import subprocess
import sys

T95 = [0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]


def draw(rows, per, seed):
    """(labelled, test); `per` labels a class, or all of the half that may be labelled where it is None."""
    rng = random.Random(seed)
    groups = sorted({r["group"] for r in rows if r.get("group")})
    classes = sorted({r["label"] for r in rows})
    if groups:
        rng.shuffle(groups)
        known = set(groups[: (len(groups) + 1) // 2])
        pool = [r for r in rows if r["group"] in known]
    else:
        pool = []
        for name in classes:
            members = [r for r in rows if r["label"] == name]
            pool += rng.sample(members, (len(members) + 1) // 2)
    paths = {r["path"] for r in pool}
    test = [r for r in rows if r["path"] not in paths]
    if per is None:
        return pool, test
    labelled = []
    for name in classes:
        members = [r for r in pool if r["label"] == name]
        rng.shuffle(members)
        if len(members) < per:
            return None
        # One of each group in turn: a class whose labels are all of one group cannot be judged across groups.
        turns = collections.Counter()
        order = []
        for place, row in enumerate(members):
            key = row.get("group") or str(place)
            order.append((turns[key], place))
            turns[key] += 1
        labelled += [members[place] for _, place in sorted(order)[:per]]
    return labelled, test


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        grouped = all(r.get("group") for r in rows)
        writer.writerow(["path", "label"] + (["group"] if grouped else []))
        for r in rows:
            writer.writerow([r["path"], r["label"]] + ([r["group"]] if grouped else []))


def run(a):
    name, folder = a.set
    os.makedirs(a.work, exist_ok=True)
    log = os.path.join(a.work, "runs.jsonl")
    done = {key(r) for r in read(log)}
    with open(os.path.join(folder, "labels.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    jobs = [(per, seed, method, a.rounds) for per in a.labels for seed in a.seeds for method in a.methods]
    if a.ceiling:
        jobs += [(0, seed, "noisy-student", 0) for seed in a.seeds]
    for per, seed, method, rounds in jobs:
        if (name, a.name or a.model, per, seed, method) in done:
            continue
        drawn = draw(rows, per or None, seed)
        if drawn is None:
            print(f"{name}: no {per} labels of each class", file=sys.stderr)
            continue
        files = [os.path.join(a.work, f"{part}.csv") for part in ("labels", "test")]
        for file, part in zip(files, drawn):
            write(file, part)
        out = os.path.join(a.work, "classifier")
        shutil.rmtree(out, ignore_errors=True)
        command = [
            a.palindrome, "selftrain", folder, "--model", a.model, "--labels", files[0], "--test", files[1], "--out", out,
            "--cache", os.path.join(a.work, "cache"), "--method", method, "--rounds", str(rounds), "--seed", str(seed),
            "--json", "--quiet"] + a.options.split()
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        truth = {r["path"]: r["label"] for r in drawn[1]}
        with open(os.path.join(out, "predictions.csv"), newline="") as file:
            said = [(float(r["confidence"]), int(r["label"] == truth[r["path"]]))
                    for r in csv.DictReader(file) if r["path"] in truth]
        names = [r["name"] for r in found["rounds"]]
        record = {
            "set": name, "model": a.name or a.model, "labels": per, "seed": seed, "method": method,
            "chosen": names.index(found["chosen"]), "rounds": found["rounds"], "ece_test": found["ece_test"],
            "seconds": found["seconds"], "said": said}
        with open(log, "a") as file:
            file.write(json.dumps(record) + "\n")
        print(name, record["model"], per, seed, method, *(f"{r['test']['accuracy']:.3f}" for r in found["rounds"]))


def key(r):
    return r["set"], r["model"], r["labels"], r["seed"], r["method"]


def read(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def mean(values):
    return sum(values) / len(values)


def half(values):
    """The half-width of the 95 % interval of the mean."""
    count, middle = len(values), mean(values)
    if count < 2:
        return float("nan")
    deviation = math.sqrt(sum((v - middle) ** 2 for v in values) / (count - 1))
    return (T95[count - 1] if count <= len(T95) else 1.96) * deviation / math.sqrt(count)


def error(said):
    """The expected calibration error in ten bins of equal width."""
    bins = collections.defaultdict(lambda: [0.0, 0])
    for confidence, right in said:
        place = min(9, int(confidence * 10))
        bins[place][0] += confidence
        bins[place][1] += right
    return sum(abs(c - r) for c, r in bins.values()) / max(1, len(said))


def table(a):
    cells = collections.defaultdict(list)
    for r in read(os.path.join(a.work, "runs.jsonl")):
        cells[r["set"], r["model"], r["labels"], r["method"]].append(r)
    head = ["set", "model", "labels a class", "method", "draws", "labels only", "round 1", "round 2", "round 3", "kept",
            "kept - labels only", "expected - test", "test in interval", "ECE of a draw", "ECE, draws together"]
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for (name, model, per, method), runs in cells.items():
        def score(r, place):
            return r["rounds"][min(place, len(r["rounds"]) - 1)]["test"]["accuracy"] * 100

        def show(values, signed=False):
            return f"{mean(values):{'+' if signed else ''}.1f}±{half(values):.1f}"

        kept = [score(r, r["chosen"]) for r in runs]
        last = [r["rounds"][r["chosen"]] for r in runs]
        ends = [r["expected"] for r in last]
        # Test accuracies come in steps of a clip.
        inside = sum(e["interval"][0] - 0.5 / r["test"]["count"] <= k / 100 <= e["interval"][1] + 0.5 / r["test"]["count"]
                     for e, r, k in zip(ends, last, kept))
        row = [name, model, str(per) if per else "all", method if per else "labels only", str(len(runs)),
               show([score(r, 0) for r in runs])]
        if per:
            row += [f"{mean([score(r, place) for r in runs]):.1f}" for place in (1, 2, 3)]
            row += [show(kept), show([k - score(r, 0) for k, r in zip(kept, runs)], True)]
        else:
            row += [""] * 5
        row += [show([100 * e["accuracy"] - k for e, k in zip(ends, kept)], True),
                f"{inside} of {len(runs)}",
                f"{mean([r['ece_test'] for r in runs]):.3f}", f"{error([s for r in runs for s in r['said']]):.3f}"]
        print("| " + " | ".join(row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("run")
    one.add_argument("palindrome")
    one.add_argument("work")
    one.add_argument("--set", nargs=2, required=True, metavar=("NAME", "FOLDER"))
    one.add_argument("--model", required=True)
    one.add_argument("--name", help="of the model in the table")
    one.add_argument("--labels", type=int, nargs="*", default=[2, 5, 10])
    one.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2, 3, 4])
    one.add_argument("--methods", nargs="*", default=["noisy-student", "pseudo", "fixmatch", "mean-teacher"])
    one.add_argument("--rounds", type=int, default=3)
    one.add_argument("--ceiling", action="store_true")
    one.add_argument("--options", default="", help="more for selftrain, in one word")
    one.set_defaults(run=run)
    two = commands.add_parser("table")
    two.add_argument("work")
    two.set_defaults(run=table)
    a = parser.parse_args()
    a.run(a)


main()
