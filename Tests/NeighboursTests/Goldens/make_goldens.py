"""Writes neighbours.safetensors: search, duplicates, retrieval, principal components, the graph of neighbours and
trustworthiness of rows in clusters, by NumPy, scikit-learn and umap-learn.

  pip install numpy scikit-learn umap-learn safetensors
  python3 make_goldens.py
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from umap.umap_ import fuzzy_simplicial_set

MASK = (1 << 64) - 1


def numbers(name, count):
    """float64 in [-1, 1): SplitMix64 of (FNV-1a of the name + the index), its upper 24 bits."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(h) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1


def clustered(rows, columns, clusters, noise):
    centres = [numbers(f"centre {c}", columns) for c in range(clusters)]
    return np.stack([centres[r % clusters] + noise * numbers(f"noise {r}", columns) for r in range(rows)]).astype(np.float32)


def unit(x):
    x = x.astype(np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def main():
    out = {}
    x = clustered(150, 12, 5, 0.6)
    u = unit(x)
    cosines = u @ u.T

    order = np.argsort(-cosines[7], kind="stable")[:10]
    out["search.rows"], out["search.scores"] = order.astype(np.float32), cosines[7][order].astype(np.float32)

    pairs = [(i, j) for i in range(150) for j in range(i + 1, 150) if cosines[i, j] >= 0.93]
    pairs.sort(key=lambda p: -cosines[p])
    out["duplicates"] = np.array([[i, j, cosines[i, j]] for i, j in pairs], np.float32)

    # The first six columns ask the last six; three rows a file; every eleventh row lacks its second half.
    a, b = x[:, :6], x[:, 6:].copy()
    b[::11] = 0
    files = np.arange(150) // 3
    whole = [r for r in range(150) if r % 11]
    for name, q, c in (("forth", a, b), ("back", b, a)):
        q, c = unit(q[whole]), unit(c[whole])
        scores, f = q @ c.T, files[whole]
        ranks, within = [], []
        for i in range(len(whole)):
            # One row of every other file is drawn; how many of them are nearer is a sum of independent draws.
            shares = [(scores[i][f == g] > scores[i, i]).mean() for g in np.unique(f) if g != f[i]]
            nearer = np.ones(1)
            for share in shares:
                nearer = np.convolve(nearer, [1 - share, share])
            ranks.append(1 + sum(shares))
            within.append([nearer[:k].sum() for k in (1, 5)])
        chances = [k / len(np.unique(f)) for k in (1, 5)]
        out["retrieval." + name] = np.array(
            [*np.mean(within, 0), *chances, np.median(ranks), len(ranks)], np.float32)

    pca = PCA(3, svd_solver="full").fit(u)
    signs = np.sign(pca.components_[np.arange(3), np.abs(pca.components_).argmax(1)])
    out["pca.axes"] = (pca.components_ * signs[:, None]).astype(np.float32)
    out["pca.variances"] = pca.explained_variance_.astype(np.float32)
    out["pca.share"] = pca.explained_variance_ratio_.astype(np.float32)
    flat = (pca.transform(u) * signs)[:, :2]

    random = numbers("positions", 300).reshape(150, 2)
    out["trust"] = np.array([trustworthiness(u, flat, n_neighbors=k, metric="cosine") for k in (1, 5, 12)]
                            + [trustworthiness(u, random, n_neighbors=k, metric="cosine") for k in (1, 5, 12)], np.float32)

    k = 8
    d = np.maximum(1 - cosines, 0)
    np.fill_diagonal(d, 0)
    nearest = np.argsort(d, axis=1, kind="stable")[:, : k + 1]
    assert (nearest[:, 0] == np.arange(150)).all()
    graph, _, _ = fuzzy_simplicial_set(u, k + 1, None, "cosine", knn_indices=nearest,
                                       knn_dists=np.take_along_axis(d, nearest, 1).astype(np.float32))
    out["graph"] = graph.toarray().astype(np.float32)
    # Arrays in another order would be written as they lie in memory.
    out = {k: np.ascontiguousarray(v) for k, v in out.items()}
    save_file(out, str(pathlib.Path(__file__).with_name("neighbours.safetensors")))


if __name__ == "__main__":
    main()
