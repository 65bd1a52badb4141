"""Makes the goldens of StorageTests. Needs torch, numpy and safetensors (made with 0.8.0)."""
import numpy as np
import torch
from safetensors.torch import save_file

# What a PyTorch user's file may hold: several element types, whole numbers, an empty tensor.
save_file(
    {
        "bn.num_batches_tracked": torch.tensor(7),
        "conv.weight": torch.arange(54, dtype=torch.float32).reshape(2, 3, 3, 3) / 4 - 5,
        "empty": torch.zeros(0, 3),
        "half": torch.tensor([0.0, -0.0, 1.5, -2.25, 65504.0, 6e-8, 1e-5, float("inf")]).half(),
        "brain": torch.tensor([1.0, -3.0, 1e30, 0.15625]).bfloat16(),
        "double": torch.tensor([[0.1, -1e-3], [3.0, 1e10]], dtype=torch.float64),
    },
    "mixed.safetensors",
    metadata={"format": "pt", "note": 'a "quoted" Übung'},
)

# Only F32 and at most one metadata entry: its bytes are fixed by the reference writer.
save_file(
    {
        "b.bias": torch.tensor([1.0, -2.0, 0.5]),
        "a.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "scalar": torch.tensor(3.25),
    },
    "plain.safetensors",
    metadata={"format": "pt"},
)

np.save("plain.npy", np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8)
np.save("row.npy", np.array([1.5, -2.5], dtype=np.float32))
np.save("fortran.npy", np.asfortranarray(np.zeros((2, 3), dtype=np.float32)))
np.save("double.npy", np.zeros((2, 3)))
