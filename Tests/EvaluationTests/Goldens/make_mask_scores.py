"""J, F and their statistics over masks, by the definitions of DAVIS (Perazzi et al., CVPR 2016), in NumPy.

Writes mask_scores.safetensors: for case i `found.i` and `truth.i` [frames, h, w] of 0 and 1, `measures.i`
[frames, 2] (J, F), `statistics.i` [2, 3] (mean, recall, decay of J and of F, over the given frames).

  python3 make_mask_scores.py mask_scores.safetensors        (needs numpy and safetensors)
"""
import sys

import numpy as np
from safetensors.numpy import save_file


def boundary(mask):
    """A pixel that differs from its neighbour to the east, south or south-east, those that there are."""
    h, w = mask.shape
    out = np.zeros((h, w), bool)
    for y in range(h):
        for x in range(w):
            for dy, dx in ((0, 1), (1, 0), (1, 1)):
                v, u = (y + dy if y + dy < h else y), (x + dx if x + dx < w else x)
                out[y, x] |= mask[y, x] != mask[v, u]
    return out


def dilate(mask, radius):
    h, w = mask.shape
    ys, xs = np.nonzero(mask)
    out = np.zeros((h, w), bool)
    for y in range(h):
        for x in range(w):
            out[y, x] = bool(((ys - y) ** 2 + (xs - x) ** 2 <= radius ** 2).any())
    return out


def measures(found, truth):
    union = (found | truth).sum()
    region = 1.0 if union == 0 else (found & truth).sum() / union
    radius = int(np.ceil(0.008 * np.linalg.norm(found.shape)))
    a, b = boundary(found), boundary(truth)
    if not a.any() and not b.any():
        return region, 1.0
    if not a.any() or not b.any():
        return region, 0.0
    precision = (a & dilate(b, radius)).sum() / a.sum()
    recall = (b & dilate(a, radius)).sum() / b.sum()
    return region, 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def statistics(values):
    ids = (np.round(np.linspace(1, len(values), 5) + 1e-10) - 1).astype(int)
    bins = [values[ids[i]:ids[i + 1] + 1] for i in range(4)]
    return values.mean(), (values > 0.5).mean(), bins[0].mean() - bins[3].mean()


random = np.random.default_rng(3)
tensors = {}
for case, (frames, h, w) in enumerate([(9, 23, 31), (6, 5, 140), (4, 1, 1), (11, 64, 48)]):
    y, x = np.mgrid[:h, :w]
    found, truth = [], []
    for t in range(frames):
        cy, cx = h * random.uniform(0.2, 0.8), w * random.uniform(0.2, 0.8)
        r = max(h, w) * random.uniform(0.1, 0.4)
        blob = (y - cy) ** 2 + (x - cx) ** 2 < r * r
        moved = (y - cy - random.normal() * 2) ** 2 + (x - cx - random.normal() * 2) ** 2 < r * r
        if t == 1:
            blob = np.zeros_like(blob)
        if t in (1, 2):
            moved = np.zeros_like(moved)
        found.append(moved ^ (random.random((h, w)) < 0.02))
        truth.append(blob)
        if t == 1:
            found[-1] = moved
    values = np.array([measures(f, g) for f, g in zip(found, truth)])
    tensors[f"found.{case}"] = np.array(found, np.float16)
    tensors[f"truth.{case}"] = np.array(truth, np.float16)
    tensors[f"measures.{case}"] = values.astype(np.float32)
    tensors[f"statistics.{case}"] = np.array([statistics(values[:, i]) for i in (0, 1)], np.float32)
save_file(tensors, sys.argv[1])
