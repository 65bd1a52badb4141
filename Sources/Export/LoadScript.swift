/// `load.py` of an exported folder. All that differs between models stands in `config.json` beside it.
enum LoadScript {
  static let text = #"""
    """The encoders of this folder in plain PyTorch; written by palindrome. Needs torch and safetensors.

        from load import load
        model = load()
        model.embed_frames(frames)  # uint8 [T, H, W, 3], the frames of one clip -> [C], unit length
        model.embed_sound(sound)    # float [S], 16 kHz mono in -1...1 -> [A], unit length
        model.shared(model.image(frames).mean((2, 3)).mean(0), "image")  # the space that both are compared in

    `model.image(frames)` is the feature map [T, C, H/8, W/8], `model.audio(sound[None])` the pooled feature [1, A].
    A silent clip has no sound embedding: palindrome writes zeros there.
    """
    import json
    import math
    import pathlib

    import torch
    from safetensors.torch import load_file
    from torch import nn
    from torch.nn import functional as F


    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride, padding):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False, padding_mode=padding)
            self.bn1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False, padding_mode=padding)
            self.bn2 = nn.BatchNorm2d(outputs)
            self.downsample = None
            if inputs != outputs or stride != 1:
                self.downsample = nn.Sequential(
                    nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            identity = x if self.downsample is None else self.downsample(x)
            y = self.bn1(self.conv1(x)).relu()
            return (self.bn2(self.conv2(y)) + identity).relu()


    class ImageEncoder(nn.Module):
        """ResNet-18 cut after layer3, at stride 8."""

        def __init__(self, config):
            super().__init__()
            w, padding = config["width"], config["padding"]
            self.conv1 = nn.Conv2d(3, w, 7, 2, 3, bias=False, padding_mode=padding)
            self.bn1 = nn.BatchNorm2d(w)
            self.layer1 = nn.Sequential(Block(w, w, 1, padding), Block(w, w, 1, padding))
            self.layer2 = nn.Sequential(Block(w, 2 * w, 2, padding), Block(2 * w, 2 * w, 1, padding))
            self.layer3 = nn.Sequential(Block(2 * w, 4 * w, 1, padding), Block(4 * w, 4 * w, 1, padding))
            self.register_buffer("mean", torch.tensor(config["mean"]), persistent=False)
            self.register_buffer("deviation", torch.tensor(config["deviation"]), persistent=False)

        def forward(self, frames):
            """uint8 [N, H, W, 3] -> [N, C, ceil(H / 8), ceil(W / 8)]."""
            x = ((frames.float() / 255 - self.mean) / self.deviation).permute(0, 3, 1, 2)
            x = F.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
            return self.layer3(self.layer2(self.layer1(x)))


    class AudioEncoder(nn.Module):
        """A residual network over the log-mel spectrogram."""

        def __init__(self, config):
            super().__init__()
            w = config["width"]
            self.config = config
            self.conv1 = nn.Conv2d(1, w, 5, 2, 2, bias=False)
            self.bn1 = nn.BatchNorm2d(w)
            self.layer1 = nn.Sequential(Block(w, 2 * w, 2, "zeros"))
            self.layer2 = nn.Sequential(Block(2 * w, 4 * w, 2, "zeros"))
            self.layer3 = nn.Sequential(Block(4 * w, 4 * w, 2, "zeros"))
            self.register_buffer("hann", torch.hann_window(config["window"]), persistent=False)
            self.register_buffer("mel", mel_bands(config), persistent=False)
            self.register_buffer("mean", torch.tensor(config["mean"]), persistent=False)
            self.register_buffer("scale", torch.tensor(config["scale"]), persistent=False)

        def spectrogram(self, sound):
            """[N, S] -> [N, windows, bands]."""
            c = self.config
            windows = sound.unfold(-1, c["window"], c["hop"]) * self.hann
            power = torch.fft.rfft(windows, c["size"]).abs() ** 2
            return (torch.log(power @ self.mel + c["floor"]) - self.mean) * self.scale

        def forward(self, sound):
            """[N, S] -> [N, A]."""
            x = self.bn1(self.conv1(self.spectrogram(sound)[:, None])).relu()
            map = self.layer3(self.layer2(self.layer1(x)))  # [N, C, time, frequency]
            return map.mean(2).transpose(1, 2).flatten(1)


    def mel_bands(c):
        """Triangles with a peak of 1, evenly spaced on HTK's mel scale: [size / 2 + 1, bands]."""
        low, high = (2595 * math.log10(1 + f / 700) for f in (c["lowest"], c["highest"]))
        mels = torch.linspace(low, high, c["bands"] + 2, dtype=torch.float64)
        corners = 700 * (10 ** (mels / 2595) - 1)
        f = torch.arange(c["size"] // 2 + 1, dtype=torch.float64)[:, None] * c["rate"] / c["size"]
        rising = (f - corners[:-2]) / (corners[1:-1] - corners[:-2])
        falling = (corners[2:] - f) / (corners[2:] - corners[1:-1])
        return torch.minimum(rising, falling).clamp(min=0).float()


    class Head(nn.Module):
        """From a pooled feature to the space in which pictures and sounds are compared."""

        def __init__(self, tensors):
            super().__init__()
            hidden, output = tensors["hidden.weight"], tensors["output.weight"]
            self.hidden = nn.Linear(*reversed(hidden.shape), bias="hidden.bias" in tensors)
            self.norm = nn.BatchNorm1d(hidden.shape[0]) if "norm.weight" in tensors else nn.Identity()
            self.output = nn.Linear(*reversed(output.shape))

        def forward(self, x):
            return self.output(self.norm(self.hidden(x)).relu())


    class Encoders(nn.Module):
        def __init__(self, config, tensors):
            super().__init__()
            self.image = filled(ImageEncoder(config["image"]), tensors, "visual.")
            self.audio = filled(AudioEncoder(config["audio"]), tensors, "audio.") if "audio" in config else None
            self.heads = nn.ModuleDict()
            for modality in ("image", "audio"):
                prefix = f"heads.av.{modality}."
                own = {k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}
                if own:
                    self.heads[modality] = filled(Head(own), tensors, prefix)

        @torch.inference_mode()
        def embed_frames(self, frames):
            return F.normalize(self.image(frames).mean((0, 2, 3)), dim=-1)

        @torch.inference_mode()
        def embed_sound(self, sound):
            return F.normalize(self.audio(sound[None])[0], dim=-1)

        @torch.inference_mode()
        def shared(self, feature, modality):
            """A clip's pooled feature [C] or [A], before unit length, in the space of both."""
            return F.normalize(self.heads[modality](feature[None])[0], dim=-1)


    def filled(module, tensors, prefix):
        own = {k[len(prefix):]: v for k, v in tensors.items() if k.startswith(prefix)}
        missing, unexpected = module.load_state_dict(own, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        if missing or unexpected:
            raise ValueError(f"model.safetensors: lacks {missing}, has {unexpected} too many")
        return module


    def load(folder=pathlib.Path(__file__).parent):
        """The encoders of `folder`, ready for evaluation."""
        folder = pathlib.Path(folder)
        config = json.loads((folder / "config.json").read_text())
        return Encoders(config, load_file(str(folder / "model.safetensors"))).eval()

    """#
}
