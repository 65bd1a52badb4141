"""Writes selftraining.safetensors: calibration by SciPy, principal axes by scikit-learn, steps of a perceptron by PyTorch, the
sign test by SciPy.

  pip install numpy scipy scikit-learn torch safetensors
  python3 make_goldens.py
"""
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

MASK = (1 << 64) - 1


def numbers(name, *shape):
    """float64 in [-1, 1): SplitMix64 of (FNV-1a of the name + the index), its upper 24 bits."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(int(np.prod(shape)), dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1).reshape(shape)


def temperature(logits, labels, expected):
    def cost(log_t):
        z = logits / np.exp(log_t)
        z = z - z.max(1, keepdims=True)
        loss = np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), labels]
        return loss.sum() + 0.5 * ((log_t - np.log(expected)) / 0.15) ** 2

    grid = np.linspace(np.log(0.05), np.log(20), 400)
    best = grid[np.argmin([cost(g) for g in grid])]
    found = minimize_scalar(cost, bounds=(best - 0.05, best + 0.05), method="bounded", options={"xatol": 1e-10})
    return np.exp(found.x)


def perceptron(consistency):
    inputs, hidden, classes, rows, known = 5, 7, 3, 8, 4
    w1 = torch.tensor(numbers("w1", hidden, inputs), dtype=torch.float64, requires_grad=True)
    w2 = torch.tensor(numbers("w2", classes, hidden), dtype=torch.float64, requires_grad=True)
    b1 = torch.tensor(0.2 * numbers("b1", hidden), dtype=torch.float64, requires_grad=True)
    b2 = torch.tensor(0.2 * numbers("b2", classes), dtype=torch.float64, requires_grad=True)
    x = torch.tensor(numbers("x", rows, inputs))
    t = torch.softmax(2 * torch.tensor(numbers("t", rows, classes)), 1)
    w = torch.tensor(1 + 0.5 * numbers("w", rows))
    optimiser = torch.optim.AdamW(
        [{"params": [w1, w2], "weight_decay": 0.3}, {"params": [b1, b2], "weight_decay": 0.0}], betas=(0.9, 0.99), eps=1e-8)
    for step in range(6):
        for group in optimiser.param_groups:
            group["lr"] = 0.01 * (step + 1)
        z = torch.relu(x @ w1.T + b1) @ w2.T + b2
        loss = -(t * torch.log_softmax(z, 1)).sum(1)
        if consistency == "squared":
            loss = torch.cat([loss[:known], ((torch.softmax(z, 1) - t) ** 2).mean(1)[known:]])
        optimiser.zero_grad()
        (w * loss).sum().backward()
        optimiser.step()
    return np.concatenate([p.detach().numpy().ravel() for p in (w1, w2, b1, b2)])


def main():
    out = {}
    for name, rows, scale, expected in (("few", 6, 4.0, 1), ("many", 60, 4.0, 0.5), ("timid", 30, 0.2, 1), ("wrong", 12, 9.0, 0.8)):
        logits = scale * numbers(f"logits {name}", rows, 4)
        labels = np.arange(rows) % 4
        if name != "wrong":
            logits[np.arange(rows), labels] += 0.6 * scale
        out[f"temperature.{name}"] = np.array([temperature(logits, labels, expected)], np.float32)

    # Three strong directions and noise, each column at a size of its own.
    x = (numbers("scores", 40, 3) * [6, 3, 1.5]) @ numbers("directions", 3, 6) + 0.3 * numbers("noise", 40, 6)
    x *= 1 + 0.5 * numbers("sizes", 6)
    z = StandardScaler().fit_transform(x) / np.sqrt(6)
    pca = PCA(6).fit(z)
    y = pca.transform(z) * (pca.explained_variance_ / pca.explained_variance_[0]) ** -0.25
    y /= np.sqrt((y**2).sum() / (len(y) - 1))
    out["projection"] = (y @ y.T).astype(np.float32)

    out["perceptron.entropy"] = perceptron("entropy").astype(np.float32)
    out["perceptron.squared"] = perceptron("squared").astype(np.float32)

    pairs = [(1, 0), (5, 0), (4, 1), (9, 3), (2, 2), (40, 25), (0, 3)]
    out["sign"] = np.array([binomtest(a, a + b, 0.5, "greater").pvalue for a, b in pairs], np.float32)
    save_file(out, pathlib.Path(__file__).with_name("selftraining.safetensors"))


main()
