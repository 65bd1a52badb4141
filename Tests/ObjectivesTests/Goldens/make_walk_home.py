"""The contrastive random walk that comes home to another view of its first frame, in PyTorch, without edge dropout.

Writes walk_home.safetensors: `embeddings` [clips*looks*nodes, d] (unit rows), the `maps` of the clips [clips, 4]
(x scale and shift, y scale and shift), the `loss`, `grad.embeddings` and `accuracy.K` of every walk length
K = 0..frames-1. Where a node's place lies in the return view is shared among the four nodes around bilinearly; nodes
whose place the view does not show have no target. Nodes are those of a map of 3 x 4 cells of images of 32
pixels: the first one's centre is at half a pixel.

  python3 make_walk_home.py walk_home.safetensors        (needs torch and safetensors)
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CLIPS, FRAMES, ROWS, COLUMNS, D, TEMPERATURE, SIZE = 2, 4, 3, 4, 16, 0.1, 32
NODES = ROWS * COLUMNS
MAPS = torch.tensor([[1.25, -0.1, 1.1, -0.2], [0.9, 0.12, 1.4, 0.05]], dtype=torch.float64)


def targets(m):
    """[NODES, NODES] shares."""
    out = torch.zeros(NODES, NODES)
    for r in range(ROWS):
        for c in range(COLUMNS):
            u = m[0] * (0.5 / SIZE + c / COLUMNS) + m[1]
            v = m[2] * (0.5 / SIZE + r / ROWS) + m[3]
            if not (0 <= u <= 1 and 0 <= v <= 1):
                continue
            x, y = (u - 0.5 / SIZE) * COLUMNS, (v - 0.5 / SIZE) * ROWS
            for i in range(ROWS):
                for j in range(COLUMNS):
                    wx = max(0.0, 1 - abs(min(max(float(x), 0), COLUMNS - 1) - j))
                    wy = max(0.0, 1 - abs(min(max(float(y), 0), ROWS - 1) - i))
                    out[r * COLUMNS + c, i * COLUMNS + j] = wx * wy
    return out


torch.manual_seed(5)
base = torch.randn(CLIPS, 1, NODES, D)
e = F.normalize(base + 0.8 * torch.randn(CLIPS, FRAMES + 1, NODES, D), dim=-1).flatten(0, 2).requires_grad_()
q = e.view(CLIPS, FRAMES + 1, NODES, D)


def step(clip, a, b):
    return F.softmax(q[clip, a] @ q[clip, b].T / TEMPERATURE, dim=-1)


loss, hits, walkers = 0, [0] * FRAMES, 0
for clip in range(CLIPS):
    target = targets(MAPS[clip])
    valid = target.sum(1) > 0
    walkers += int(valid.sum())
    for length in range(FRAMES):
        if length == 0:
            ends = step(clip, 0, FRAMES)
        else:
            ends = torch.eye(NODES)
            for t in range(length):
                ends = ends @ step(clip, t, t + 1)
            for t in range(length, 1, -1):
                ends = ends @ step(clip, t, t - 1)
            ends = ends @ step(clip, 1, FRAMES)
        entropy = -(target * torch.log(ends + 1e-20)).sum(1)
        loss = loss + entropy[valid].mean() / (CLIPS * FRAMES)
        hits[length] += int((ends.argmax(1) == target.argmax(1))[valid].sum())
loss.backward()
out = {"embeddings": e.detach(), "grad.embeddings": e.grad, "maps": MAPS.float(), "loss": loss.detach().reshape(1)}
out |= {f"accuracy.{k}": torch.tensor([h / walkers]) for k, h in enumerate(hits)}
save_file({k: v.contiguous() for k, v in out.items()}, sys.argv[1])
print(loss.item(), hits, walkers)
