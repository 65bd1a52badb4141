"""The contrastive random walk in PyTorch, from node features to loss and gradients, without edge dropout.

Writes walk.safetensors: `features` [clips*frames*nodes, in], `weight` [128, in], `bias` [128], the `loss`
and the gradient of each (`grad.features`, ...), and `accuracy.K` of every walk length K. The loss is that
of the method's release: walks of lengths 2..frames-1, log(p + 1e-20), mean over nodes and lengths.

  python3 make_walk.py walk.safetensors        (needs torch and safetensors)
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CLIPS, FRAMES, NODES, INPUTS, TEMPERATURE = 2, 5, 12, 24, 0.05

torch.manual_seed(3)
# Nodes that stay partly the same from frame to frame, so that some walks come home and some do not.
base = torch.randn(CLIPS, 1, NODES, INPUTS)
features = (base + 0.9 * torch.randn(CLIPS, FRAMES, NODES, INPUTS)).flatten(0, 2).requires_grad_()
weight = (torch.randn(128, INPUTS) / INPUTS ** 0.5).requires_grad_()
bias = (0.1 * torch.randn(128)).requires_grad_()

q = F.normalize(features @ weight.T + bias, dim=1).view(CLIPS, FRAMES, NODES, 128)
forward, backward = [], []
for t in range(FRAMES - 1):
    affinity = q[:, t] @ q[:, t + 1].transpose(1, 2)
    forward.append(F.softmax(affinity / TEMPERATURE, dim=-1))
    backward.append(F.softmax(affinity.transpose(1, 2) / TEMPERATURE, dim=-1))
target = torch.arange(NODES).repeat(CLIPS)
losses, out = [], {}
for length in range(2, FRAMES):
    walk = forward[0]
    for step in forward[1:length] + backward[:length][::-1]:
        walk = walk @ step
    ends = walk.flatten(0, 1)
    losses.append(F.nll_loss(torch.log(ends + 1e-20), target))
    out[f"accuracy.{length}"] = (ends.argmax(1) == target).float().mean()
loss = sum(losses) / len(losses)
loss.backward()
for name, tensor in (("features", features), ("weight", weight), ("bias", bias)):
    out[name] = tensor.detach().contiguous()
    out["grad." + name] = tensor.grad.contiguous()
out["loss"] = loss.detach()
save_file({name: tensor.reshape(tensor.shape or (1,)) for name, tensor in out.items()}, sys.argv[1])
print({name: tensor.item() for name, tensor in out.items() if tensor.numel() == 1})
