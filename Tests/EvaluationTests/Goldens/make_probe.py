"""Logistic regression and nearest neighbours of scikit-learn on features, labels and folds that are stored beside.

Writes probe.safetensors: for K in 2, 4 classes `features.K` [N, D] float32, `labels.K` [N], `folds.K` [N] (five
stratified folds), `accuracies.K` [2, 5]: of logistic regression at C = 10 and of 5 neighbours, fold by fold, and for C in 0.01, 1, 100
`coefficients.K.C` [rows, D + 1] (the intercept last) of a fit of all samples. `weighted.K` is that at C = 1 with the
weights 1, 2, 3, 1, ... Features are standardised by the training samples and divided by the root of their number. `t`
are quantiles 0.975 of Student's distribution for 1, 4, 24 degrees of freedom.

  python3 make_probe.py probe.safetensors        (needs numpy, scipy, scikit-learn and safetensors)
"""
import sys

import numpy as np
from safetensors.numpy import save_file
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler


def fit(x, y, strength, weights=None):
    return LogisticRegression(C=strength, tol=1e-10, max_iter=100000).fit(x, y, sample_weight=weights)


def packed(model):
    """[rows, D + 1] in C order: save_file writes the memory as it lies."""
    return np.ascontiguousarray(np.hstack([model.coef_, model.intercept_[:, None]]), dtype=np.float32)


def main():
    out = {"t": stats.t.ppf(0.975, np.array([1, 4, 24])).astype(np.float32)}
    for classes in (2, 4):
        random = np.random.default_rng(classes)
        count, width = 60 * classes, 24
        y = np.arange(count) % classes
        mixing = random.normal(size=(width, width))
        x = (random.normal(size=(classes, width))[y] * 0.7 + random.normal(size=(count, width))) @ mixing + 5
        x = x.astype(np.float32)
        root = np.sqrt(width)
        folds = np.zeros(count, np.float32)
        accuracies = np.zeros((2, 5), np.float32)
        for number, (train, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=0).split(x, y)):
            folds[test] = number
            scaler = StandardScaler().fit(x[train])
            a, b = scaler.transform(x[train]) / root, scaler.transform(x[test]) / root
            accuracies[0, number] = fit(a, y[train], 10).score(b, y[test])
            near = KNeighborsClassifier(5, metric="cosine").fit(a, y[train])
            accuracies[1, number] = near.score(b, y[test])
        scaled = StandardScaler().fit_transform(x) / root
        for strength in (0.01, 1, 100):
            model = fit(scaled, y, strength)
            out[f"coefficients.{classes}.{strength}"] = packed(model)
        model = fit(scaled, y, 1, 1.0 + np.arange(count) % 3)
        out[f"weighted.{classes}"] = packed(model)
        out |= {f"features.{classes}": np.ascontiguousarray(x), f"labels.{classes}": y.astype(np.float32), f"folds.{classes}": folds,
                f"accuracies.{classes}": accuracies}
    save_file(out, sys.argv[1])


if __name__ == "__main__":
    main()
