"""Makes clipdata.safetensors: resampling by PyTorch and log-mel by NumPy.

Run: python make_goldens.py   (torch 2.13, numpy, safetensors)
"""
import os

import numpy as np
import torch
from safetensors.numpy import save_file

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clipdata.safetensors")
rng = np.random.default_rng(7)
golden = {}

# Resampling: a smooth picture with noise, whole frames to several sizes, antialiased.
HEIGHT, WIDTH = 37, 53
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
picture = np.stack(
    [128 + 90 * np.sin(0.2 * x + c) * np.cos(0.3 * y - c) for c in range(3)], axis=-1
) + rng.normal(0, 12, (HEIGHT, WIDTH, 3))
picture = np.clip(picture, 0, 255).astype(np.uint8)
golden["frame"] = picture.astype(np.float32)
tensor = torch.from_numpy(picture.astype(np.float64)).permute(2, 0, 1)[None]


def resize(source, size):
    scaled = torch.nn.functional.interpolate(
        source, size=(size, size), mode="bilinear", antialias=True, align_corners=False)
    return scaled[0].permute(1, 2, 0).numpy().astype(np.float32)


for size in (8, 20, 37, 64):
    golden[f"whole.{size}"] = resize(tensor, size)


# A box between pixels, after PIL's resize(box=...): the triangle is cut at the frame, not at the box.
def axis_matrix(extent, origin, length, count):
    scale = length / count
    width = max(scale, 1.0)
    matrix = np.zeros((count, extent))
    for o in range(count):
        centre = origin + (o + 0.5) * scale
        low = max(int(centre - width + 0.5), 0)
        high = min(int(centre + width + 0.5), extent)
        weights = np.maximum(0, 1 - np.abs((np.arange(low, high) + 0.5 - centre) / width))
        matrix[o, low:high] = weights / weights.sum()
    return matrix


BOX = (10.3, 4.6, 31.7, 25.2)  # x, y, width, height
for size in (12, 40):
    across = axis_matrix(WIDTH, BOX[0], BOX[2], size)
    down = axis_matrix(HEIGHT, BOX[1], BOX[3], size)
    golden[f"box.{size}"] = np.einsum(
        "oy,yxc,px->opc", down, picture.astype(np.float64), across).astype(np.float32)

# Log-mel: NumPy's FFT and the definition of the filters, in double precision.
RATE, WINDOW, HOP, SIZE, BANDS = 16000, 400, 160, 512, 64
time = np.arange(4000) / RATE
sound = 0.4 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * (1000 + 4000 * time) * time)
sound = (sound + rng.normal(0, 0.01, time.size)).astype(np.float32)
golden["sound"] = sound
frames = np.stack([sound[i:i + WINDOW] for i in range(0, sound.size - WINDOW + 1, HOP)])
hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
power = np.abs(np.fft.rfft(frames.astype(np.float64) * hann, SIZE)) ** 2
mels = np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + 7800 / 700), BANDS + 2)
corners = 700 * (10 ** (mels / 2595) - 1)
frequencies = np.arange(SIZE // 2 + 1) * RATE / SIZE
rising = (frequencies[:, None] - corners[:-2]) / (corners[1:-1] - corners[:-2])
falling = (corners[2:] - frequencies[:, None]) / (corners[2:] - corners[1:-1])
bank = np.maximum(0, np.minimum(rising, falling))
assert (bank.sum(axis=0) > 0).all()
golden["logmel"] = np.log(power @ bank + 1e-6).astype(np.float32)

save_file({name: np.ascontiguousarray(value) for name, value in golden.items()}, OUT)
