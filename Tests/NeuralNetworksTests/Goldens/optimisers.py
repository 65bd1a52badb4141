"""Writes optimisers.bin: little-endian float32, the start, six steps' gradients, and the parameters after them.

  python3 optimisers.py          (torch 2.13.0)

Parameters: a weight of 12 elements (with weight decay) and a bias of 5 (without). The file holds
start[17], gradients[6][17], then the end[17] of each run: adamw, sgd, sgd with Nesterov momentum.
The learning rate of step t is 0.1 / (t + 1) for sgd and 0.01 / (t + 1) for adamw.
"""
import pathlib

import torch

torch.manual_seed(0)
start = torch.randn(17)
gradients = torch.randn(6, 17)


def run(make, peak):
    weight = torch.nn.Parameter(start[:12].clone())
    bias = torch.nn.Parameter(start[12:].clone())
    groups = [{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}]
    optimiser = make(groups)
    for t, gradient in enumerate(gradients):
        for group in optimiser.param_groups:
            group["lr"] = peak / (t + 1)
        weight.grad, bias.grad = gradient[:12].clone(), gradient[12:].clone()
        optimiser.step()
    return torch.cat([weight, bias]).detach()


ends = [
    run(lambda g: torch.optim.AdamW(g, lr=1, weight_decay=0.1), 0.01),
    run(lambda g: torch.optim.SGD(g, lr=1, momentum=0.9, weight_decay=0.1), 0.1),
    run(lambda g: torch.optim.SGD(g, lr=1, momentum=0.9, weight_decay=0.1, nesterov=True), 0.1),
]
out = torch.cat([start, gradients.flatten(), *ends]).numpy().astype("<f4")
(pathlib.Path(__file__).parent / "optimisers.bin").write_bytes(out.tobytes())
