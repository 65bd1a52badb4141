"""Label propagation by the whole affinity matrix in PyTorch: the protocol of the contrastive random walk.

Writes propagation.safetensors: `features` [frames, h, w, c], `labels` [h, w, k] of the first frame, and
`carried` [frames, h, w, k] under CONTEXT, RADIUS, TOPK and TEMPERATURE. Frames before the first are copies
of it; the first frame is looked at everywhere, the others within the radius.

  python3 make_propagation.py propagation.safetensors        (needs torch and safetensors)
"""
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

FRAMES, H, W, C, K = 14, 7, 11, 20, 3
CONTEXT, RADIUS, TOPK, TEMPERATURE = 5, 3.5, 4, 0.05

torch.manual_seed(8)
still = torch.randn(1, H, W, C)
features = still + 1.2 * torch.randn(FRAMES, H, W, C)
labels = torch.rand(H, W, K).softmax(-1)

cells = F.normalize(features.flatten(1, 2), dim=-1)
place = torch.stack(torch.meshgrid(torch.arange(H), torch.arange(W), indexing="ij"), -1).flatten(0, 1)
near = torch.cdist(place.double(), place.double()) < RADIUS
carried = [labels.flatten(0, 1)]
for t in range(1, FRAMES):
    scores, values = [cells[t] @ cells[0].T], [carried[0]]
    for back in range(CONTEXT, 0, -1):
        source = max(0, t - back)
        scores.append((cells[t] @ cells[source].T).masked_fill(~near, float("-inf")))
        values.append(carried[source])
    best, which = torch.cat(scores, 1).topk(TOPK, dim=1)
    weights = (best / TEMPERATURE).softmax(1)
    carried.append((torch.cat(values)[which] * weights[..., None]).sum(1))
save_file({"features": features.contiguous(), "labels": labels.contiguous(),
           "carried": torch.stack(carried).view(FRAMES, H, W, K).contiguous()}, sys.argv[1])
