"""Ours and the PyTorch peers in turn, A B A B, on the same work; prints the ratios of each pair as a table.

  python3 Scripts/compare.py .build/release/palindrome PEERS [--rounds 5] [--only train-step,encode,propagate]

PEERS is a folder with train_step.py, propagate.py and resnet.py. Nothing else may run meanwhile. Ours is fp32
throughout; the peers run in channels_last, fp32 and bf16.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def lines(command, **extra):
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **extra)
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def works(a):
    """(name, what is done, our command, the peer's command, the key of the rate)"""
    ours, threads = a.palindrome, ["--threads", str(a.threads)]
    for clips in (1, 2):
        for width in (16, 32, 64):
            size = ["--width", str(width), "--clips", str(clips), "--frames", "4"] + threads
            yield ("train-step", f"width {width}, {clips} clip(s) x 4 frames x 49 patches of 64x64",
                   [ours, "bench", "train-step"] + size, [os.path.join(a.peers, "train_step.py")] + size, "patches_per_s")
    for side in (128, 256):
        for width in (16, 32, 64):
            size = ["--width", str(width), "--size", str(side), "--batch", "32"] + threads
            yield ("encode", f"width {width}, 32 frames of {side}x{side}",
                   [ours, "bench", "encode"] + size, [os.path.join(HERE, "encode_peer.py")] + size, "frames_per_s")
    yield ("propagate", "60x107x256, 20 context frames",
           [ours, "bench", "propagate", "--grid", "60", "107", "256", "--frames", "8"] + threads,
           [os.path.join(a.peers, "propagate.py"), "--bench", "60", "107", "256", "--frames", "8"] + threads, "frames_per_s")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("palindrome")
    p.add_argument("peers")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--only", default="train-step,encode,propagate")
    a = p.parse_args()
    unknown = set(a.only.split(",")) - {"train-step", "encode", "propagate"}
    if unknown:
        p.error(f"--only {','.join(sorted(unknown))}: train-step, encode or propagate")
    print(f"{'work':58} {'peer':5} {'ours':>9} {'theirs':>9}   ratio min / median / max")
    for name, what, ours, theirs, key in works(a):
        if name not in a.only.split(","):
            continue
        rates = {}
        for _ in range(a.rounds):
            mine = lines(ours)[0][key]
            for line in lines([sys.executable] + theirs, PYTHONPATH=os.pathsep.join([a.peers, os.environ.get("PYTHONPATH", "")])):
                rates.setdefault(line.get("mode", "fp32"), []).append((mine, line[key]))
        for mode, pairs in rates.items():
            ratios = sorted(m / t for m, t in pairs)
            print(f"{name + ': ' + what:58} {mode:5} {statistics.median(m for m, _ in pairs):9.4g} "
                  f"{statistics.median(t for _, t in pairs):9.4g}   {ratios[0]:.2f} / {statistics.median(ratios):.2f} / {ratios[-1]:.2f}",
                  flush=True)


if __name__ == "__main__":
    main()
