#!/usr/bin/env python3
"""How well a cell's features tell where in the frame it stands, which nothing should (docs/measurements.md).

  Scripts/place.py --davis DAVIS EXPORTED...

EXPORTED are folders that `palindrome export RUN --torch FOLDER` wrote; needs torch, safetensors, numpy, Pillow. Of every
sixth frame of a DAVIS tree a square of 128 pixels at 240 lines is encoded. A linear map from the features of a cell, at
length 1, to its place is fitted to half of the sequences and judged by the others: R² across and down, over all cells and
over those of the middle quarter. Beside it the shares of the features' variance between places and between pictures.
"""
import argparse
import glob
import importlib.util

import numpy
import torch
from PIL import Image
from torch.nn import functional as F

SIZE, LINES = 128, 240


def load(folder):
    spec = importlib.util.spec_from_file_location("load", folder + "/load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.load().image


def squares(root, random):
    """uint8 [N, SIZE, SIZE, 3] and which of them are judged by."""
    pictures, names = [], []
    for path in sorted(glob.glob(root + "/JPEGImages/480p/*/*.jpg"))[::6]:
        image = Image.open(path).convert("RGB")
        image = image.resize((image.width * LINES // image.height, LINES))
        x, y = random.integers(0, image.width - SIZE), random.integers(0, LINES - SIZE)
        pictures.append(numpy.asarray(image)[y:y + SIZE, x:x + SIZE])
        names.append(path.split("/")[-2])
    tests = set(sorted(set(names))[::2])
    return torch.tensor(numpy.stack(pictures)), torch.tensor([name in tests for name in names])


def layers(encoder, pictures):
    x = ((pictures.float() / 255 - encoder.mean) / encoder.deviation).permute(0, 3, 1, 2)
    x = F.max_pool2d(encoder.bn1(encoder.conv1(x)).relu(), 3, 2, 1)
    second = encoder.layer2(encoder.layer1(x))
    return {"layer2": second, "layer3": encoder.layer3(second)}


def explained(features, places, test):
    """R² of both coordinates; features [N, cells, C], places [cells, 2]."""
    def rows(chosen):
        x = features[chosen].reshape(-1, features.shape[-1]).double()
        return F.pad(x, (0, 1), value=1), places.double().repeat(int(chosen.sum()), 1)
    (x, y), (queries, truth) = rows(~test), rows(test)
    ridge = 1e-3 * torch.eye(x.shape[1], dtype=torch.double)
    found = queries @ torch.linalg.solve(x.T @ x + ridge, x.T @ y)
    rest = ((found - truth) ** 2).sum(0) / ((truth - truth.mean(0)) ** 2).sum(0)
    return [round(1 - float(value), 3) for value in rest]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--davis", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("exported", nargs="+")
    arguments = parser.parse_args()
    pictures, test = squares(arguments.davis, numpy.random.default_rng(arguments.seed))
    side = torch.linspace(-1, 1, SIZE // 8)
    places = torch.stack(torch.meshgrid(side, side, indexing="xy"), -1).reshape(-1, 2)
    middle = (places.abs() < 0.5).all(1)
    for folder in arguments.exported:
        with torch.no_grad():
            maps = layers(load(folder), pictures)
        for name, map in maps.items():
            x = F.normalize(map.permute(0, 2, 3, 1).flatten(1, 2), dim=-1)
            mean = x.mean((0, 1))
            spread = ((x - mean) ** 2).sum(-1).mean()
            def share(part):
                return round(float(((part - mean) ** 2).sum(-1).mean() / spread), 3)
            print(folder, name, "place", explained(x, places, test), "in the middle",
                  explained(x[:, middle], places[middle], test), "variance between places", share(x.mean(0)),
                  "between pictures", share(x.mean(1)), flush=True)


if __name__ == "__main__":
    main()
