"""Writes operations.safetensors: inputs, results and gradients of PyTorch's operations.

Needs torch and numpy; made with torch 2.13.0. Run in this folder:

    python3 make_goldens.py

Names are `case/part`. Images are stored NHWC and filters OHWI, as the tape has them. The gradient fed to
each result is `case/seed`.
"""
import json
import struct

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
torch.set_num_threads(1)
tensors = {}


def put(name, value):
    value = value.detach().float()
    if value.dim() == 4:
        value = value.permute(0, 2, 3, 1)
    tensors[name] = np.array(value.numpy(), order="C")


def leaf(*shape, scale=1.0):
    # Rounded to sixteen bits, so that what is stored is short and exact.
    return (torch.randn(*shape) * scale).half().float().requires_grad_()


def run(case, result, inputs):
    """Stores a result, the gradient fed to it and the gradients that reach the inputs."""
    seed = torch.randn_like(result).half().float()
    result.backward(seed)
    put(f"{case}/out", result)
    put(f"{case}/seed", seed)
    for name, value in inputs.items():
        put(f"{case}/{name}", value)
        put(f"{case}/d{name}", value.grad)


for mode in ("zeros", "reflect"):
    for kernel, stride, channels, outputs, height, width in (
        (1, 1, 3, 5, 4, 5), (1, 2, 3, 5, 5, 4), (3, 1, 3, 5, 5, 6), (3, 2, 3, 5, 7, 5),
        (7, 1, 2, 3, 8, 7), (7, 2, 3, 4, 11, 9), (3, 1, 16, 16, 7, 6),
    ):
        convolution = nn.Conv2d(
            channels, outputs, kernel, stride, kernel // 2, bias=False, padding_mode=mode)
        weight = leaf(outputs, channels, kernel, kernel, scale=(channels * kernel**2) ** -0.5)
        convolution.weight = nn.Parameter(weight.detach())
        x = leaf(2, channels, height, width)
        run(f"convolution.{mode}.k{kernel}.s{stride}.c{channels}", convolution(x),
            {"x": x, "w": convolution.weight})

for training in (True, False):
    mode = "train" if training else "eval"
    for case, norm, shape in (("batchnorm2d", nn.BatchNorm2d(4), (3, 4, 3, 5)),
                              ("batchnorm1d", nn.BatchNorm1d(5), (7, 5))):
        channels = shape[1]
        norm.weight = nn.Parameter(leaf(channels).detach())
        norm.bias = nn.Parameter(leaf(channels).detach())
        norm.running_mean.copy_(leaf(channels).detach())
        norm.running_var.copy_(leaf(channels).detach().abs() + 0.5)
        put(f"{case}.{mode}/mean", norm.running_mean)
        put(f"{case}.{mode}/variance", norm.running_var)
        x = leaf(*shape)
        run(f"{case}.{mode}", norm.train(training)(x),
            {"x": x, "scale": norm.weight, "shift": norm.bias})
        put(f"{case}.{mode}/mean_after", norm.running_mean)
        put(f"{case}.{mode}/variance_after", norm.running_var)

# The fused block of a residual network: convolution, batch norm, residual, ReLU.
for stride in (1, 2):
    convolution = nn.Conv2d(4, 6, 3, stride, 1, bias=False, padding_mode="reflect")
    convolution.weight = nn.Parameter(leaf(6, 4, 3, 3, scale=0.2).detach())
    norm = nn.BatchNorm2d(6)
    norm.weight = nn.Parameter(leaf(6).detach())
    norm.bias = nn.Parameter(leaf(6).detach())
    x = leaf(3, 4, 7, 5)
    y = norm(convolution(x))
    residual = leaf(*y.shape)
    run(f"block.s{stride}", F.relu(y + residual),
        {"x": x, "w": convolution.weight, "scale": norm.weight, "shift": norm.bias,
         "residual": residual})

for height, width in ((7, 5), (8, 6), (1, 1)):
    x = leaf(2, 3, height, width)
    run(f"maxpool.{height}x{width}", F.max_pool2d(x, 3, 2, 1), {"x": x})

x, w, b = leaf(5, 7), leaf(3, 7), leaf(3)
run("linear", F.linear(x, w, b), {"x": x, "w": w, "b": b})
x = leaf(6, 11, scale=3)
targets = torch.tensor([3, 0, -100, 10, 5, 5])
run("crossentropy", F.cross_entropy(x / 0.07, targets), {"x": x})
x = leaf(4, 5)
run("l2normalise", F.normalize(x, dim=1), {"x": x})
x = leaf(5, 9)
dropped = torch.rand(5, 9) < 0.3
dropped[2] = True
put("softmax/dropped", dropped)
run("softmax", F.softmax(x.masked_fill(dropped, -1e20) / 0.05, dim=-1), {"x": x})
x = leaf(5, 9)
run("logsoftmax", F.log_softmax(x / 0.5, dim=-1), {"x": x})

# A palindrome walk of length 3 over four frames, without edge dropout: 1 clip, 5 nodes, 6 features.
q = leaf(4, 5, 6)
unit = F.normalize(q, dim=-1)
forward, backward = [], []
for t in range(3):
    affinity = unit[t] @ unit[t + 1].T
    forward.append(F.softmax(affinity / 0.05, dim=-1))
    backward.append(F.softmax(affinity.T / 0.05, dim=-1))
walk = forward[0] @ forward[1] @ forward[2] @ backward[2] @ backward[1] @ backward[0]
run("walk", F.nll_loss(torch.log(walk + 1e-20), torch.arange(5)), {"q": q})


def write(path):
    header, offset = {}, 0
    for name, value in tensors.items():
        size = value.size * 4
        header[name] = {"dtype": "F32", "shape": list(value.shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.astype("<f4").tobytes())


write("operations.safetensors")
