"""Writes encoder_goldens.safetensors: what PyTorch makes of the encoder and of one training step of the walk.

Weights and images are numbers that a formula gives (see `numbers`), so that only results need storing.

  python3 encoder_goldens.py FOLDER-WITH-resnet.py-AND-train_step.py

For width 16 and 64, zero and reflect padding:
  <case>.map            the feature map of two 40×56 images in evaluation mode, NHWC
  <case>.loss           the walk's loss over 1 clip × 4 frames × 9 patches of 32×32, no edge dropout
  <case>.gradient.NAME  its gradients: all of them at width 16 with zero padding, else their norm and seven
                        dot products with numbers of the formula
"""
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import save_file

sys.path.insert(0, sys.argv[1])
from train_step import Walker  # noqa: E402
from resnet import ResNet18Stride8  # noqa: E402

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


def value(name, shape):
    """The value of a parameter, in PyTorch's layout."""
    n = numbers(name, int(np.prod(shape)))
    if name.endswith("running_mean") or name.endswith("bias"):
        n = 0.2 * n
    elif name.endswith("running_var"):
        n = 1 + 0.5 * n
    elif len(shape) == 1:
        n = 1 + 0.2 * n
    else:
        n = n * np.sqrt(6 / np.prod(shape[1:]))
    return torch.from_numpy(n.reshape(shape).astype(np.float32))


def fill(module, prefix):
    state = {k: (value(prefix + k, tuple(v.shape)) if v.dim() else v) for k, v in module.state_dict().items()}
    module.load_state_dict(state)


def images(name, n, h, w):
    """NHWC numbers as an NCHW tensor."""
    x = numbers(name, n * h * w * 3).astype(np.float32).reshape(n, h, w, 3)
    return torch.from_numpy(x).permute(0, 3, 1, 2).contiguous()


def main():
    out = {}
    for width in (16, 64):
        for padding in ("zeros", "reflect"):
            case = f"{width}.{padding}"
            net = ResNet18Stride8(width, padding)
            fill(net, "visual.")
            net.eval()
            with torch.no_grad():
                out[case + ".map"] = net(images("images", 2, 40, 56)).permute(0, 2, 3, 1).contiguous().numpy()
            walker = Walker(width)
            walker.encoder = net
            fill(net, "visual.")
            fill(walker.head, "heads.walk.")
            walker.train()
            loss = walker.loss(images("patches", 36, 32, 32), 1, 4, 9, edge_dropout=0.0)
            loss.backward()
            out[case + ".loss"] = np.array([loss.item()], np.float32)
            named = [("visual." + k, p) for k, p in net.named_parameters()]
            named += [("heads.walk." + k, p) for k, p in walker.head.named_parameters()]
            for name, p in named:
                g = p.grad.numpy().astype(np.float64)
                if case == "16.zeros":
                    out[f"{case}.gradient.{name}"] = g.astype(np.float32)
                else:
                    dots = [np.linalg.norm(g)]
                    dots += [float(numbers(f"dot {i}", g.size) @ g.ravel()) for i in range(7)]
                    out[f"{case}.gradient.{name}"] = np.array(dots, np.float32)
    save_file(out, str(pathlib.Path(__file__).with_suffix(".safetensors")))


if __name__ == "__main__":
    main()
