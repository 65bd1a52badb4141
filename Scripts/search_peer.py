"""NumPy's way to the nearest rows, beside `palindrome search`: one JSON line for each way of holding the file.

  python3 Scripts/search_peer.py make E.npy [--rows 1000000] [--columns 256]   # random unit rows
  python3 Scripts/search_peer.py run E.npy --query 7 [-k 10] [--repeat 5]

memory: the array was loaded beforehand, the time is that of the query alone. mapped: np.load(mmap_mode="r"), as
palindrome reads it, from the page cache. loaded: reading the file and the query.
"""
import argparse
import json
import resource
import statistics
import time

import numpy as np


def make(path, rows, columns):
    random = np.random.default_rng(0)
    out = np.lib.format.open_memmap(path, "w+", np.float32, (rows, columns))
    for first in range(0, rows, 65536):
        part = random.standard_normal((min(65536, rows - first), columns), np.float32)
        out[first:first + len(part)] = part / np.linalg.norm(part, axis=1, keepdims=True)
    out.flush()


def nearest(e, q, k):
    scores = e @ q
    best = np.argpartition(scores, -k)[-k:]
    return best[np.argsort(-scores[best])]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", choices=["make", "run"])
    p.add_argument("file")
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--columns", type=int, default=256)
    p.add_argument("--query", type=int, default=0)
    p.add_argument("-k", type=int, default=10)
    p.add_argument("--repeat", type=int, default=5)
    p.add_argument("--way", choices=["memory", "mapped", "loaded"], default="memory")
    a = p.parse_args()
    if a.what == "make":
        return make(a.file, a.rows, a.columns)
    held = np.load(a.file, mmap_mode="r" if a.way == "mapped" else None)
    times = []
    for _ in range(a.repeat):
        start = time.perf_counter()
        e = np.load(a.file) if a.way == "loaded" else held
        rows = nearest(e, np.array(e[a.query]), a.k + 1)
        times.append(time.perf_counter() - start)
    print(json.dumps({
        "peer": f"numpy {np.__version__}", "way": a.way, "seconds": round(statistics.median(times), 4),
        "best_s": round(min(times), 4), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rows": [int(r) for r in rows if r != a.query][:a.k]}))


if __name__ == "__main__":
    main()
