"""The image encoder in evaluation mode in PyTorch, channels_last, fp32 and bf16: what `palindrome bench encode` is held against.

Needs the peers' resnet.py on PYTHONPATH. Prints one JSON line a mode: frames_per_s, the median of the timed repetitions.
"""
import argparse
import json
import statistics
import time

import torch
from resnet import ResNet18Stride8


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--size", type=int, default=128)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--steps", type=int, default=5)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    for mode in ("fp32", "bf16"):
        torch.manual_seed(0)
        net = ResNet18Stride8(a.width).eval().to(memory_format=torch.channels_last)
        frames = torch.randn(a.batch, 3, a.size, a.size).to(memory_format=torch.channels_last)
        times = []
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "bf16"):
            for _ in range(a.steps + 2):
                start = time.perf_counter()
                net(frames)
                times.append(time.perf_counter() - start)
        print(json.dumps({"peer": f"torch {torch.__version__}", "mode": mode, "width": a.width, "size": a.size,
                          "batch": a.batch, "threads": a.threads,
                          "frames_per_s": round(a.batch / statistics.median(times[2:]), 2)}), flush=True)


if __name__ == "__main__":
    main()
