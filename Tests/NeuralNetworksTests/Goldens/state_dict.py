"""Writes state_dict.safetensors: a ResNet-18 cut after layer3, width 2, with torchvision's names, as PyTorch
users save it (`num_batches_tracked` and a layer that is of no use here included).

  python3 state_dict.py          (torch 2.13.0, safetensors)
"""
import pathlib

import torch
import torch.nn as nn
from safetensors.torch import save_file


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if inputs != outputs or stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


class Net(nn.Module):
    def __init__(self, w=2):
        super().__init__()
        self.conv1 = nn.Conv2d(3, w, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(w)
        self.layer1 = nn.Sequential(Block(w, w, 1), Block(w, w, 1))
        self.layer2 = nn.Sequential(Block(w, 2 * w, 2), Block(2 * w, 2 * w, 1))
        self.layer3 = nn.Sequential(Block(2 * w, 4 * w, 1), Block(4 * w, 4 * w, 1))
        self.fc = nn.Linear(4 * w, 3)


torch.manual_seed(0)
net = Net()
for name, buffer in net.named_buffers():
    if buffer.dtype == torch.float32:
        buffer.copy_(torch.rand_like(buffer) + 0.5)
save_file(net.state_dict(), pathlib.Path(__file__).parent / "state_dict.safetensors")
