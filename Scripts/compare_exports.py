"""Embeddings by palindrome, by the exported load.py and by the exported ONNX files, of the same frames and sound.

  python3 Scripts/compare_exports.py .build/release/palindrome RUN

Needs av, numpy, torch, safetensors, onnx, onnxruntime. Writes a lossless video and a 16 kHz wave, so that decoding,
scaling and resampling change nothing, and prints one JSON line: the largest distance between embeddings of length 1.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import wave

import av
import numpy as np
import onnx
import onnxruntime
import torch


def make_video(path, frames, rate):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "bgr0"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24").reformat(format="bgr0")))
        out.mux(stream.encode())


def make_sound(path, samples):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(16000)
        out.writeframes(samples.tobytes())


def unit(x):
    return x / np.linalg.norm(x)


def main():
    palindrome, run = sys.argv[1:]
    random = np.random.default_rng(0)
    # Smooth moving blobs, eight frames at 4 a second; two seconds of three tones and noise.
    y, x = np.mgrid[0:128, 0:160] / 32
    frames = np.stack([[128 + 100 * np.sin(x * a + y * b + t * c) for a, b, c in ((1, .3, .7), (.4, 1.1, -.5), (2, 1, .2))]
                       for t in range(8)]).transpose(0, 2, 3, 1).round().astype(np.uint8)
    t = np.arange(32000) / 16000
    tones = sum(np.sin(2 * np.pi * f * t) for f in (220, 700, 3100)) + 0.2 * random.standard_normal(t.size)
    samples = (tones * 6000).astype(np.int16)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "media").mkdir()
        make_video(folder / "media/a.mkv", frames, 4)
        make_sound(folder / "media/b.wav", samples)
        for words in (["embed", folder / "media", "--model", run, "--modality", "both", "--out", folder / "E.npy", "--size", "128"],
                      ["export", run, "--torch", folder / "torch", "--onnx", folder / "e.onnx"]):
            subprocess.run([palindrome, *map(str, words), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        e = np.load(folder / "E.npy")
        parts = json.loads((folder / "E.json").read_text())
        ours_video, ours_audio = e[0, :parts["video_dimensions"]], e[1, parts["video_dimensions"]:]
        sys.path.insert(0, str(folder / "torch"))
        from load import load

        model = load()
        # The windows of the log-mel come in sixteens.
        windows = (samples.size - 400) // 160 // 16 * 16
        sound = samples[: 400 + (windows - 1) * 160].astype(np.float32) / 32768
        for name in ("e.onnx", "e.audio.onnx"):
            onnx.checker.check_model(str(folder / name), full_check=True)
        image = onnxruntime.InferenceSession(str(folder / "e.onnx"), providers=["CPUExecutionProvider"])
        audio = onnxruntime.InferenceSession(str(folder / "e.audio.onnx"), providers=["CPUExecutionProvider"])
        pictures = np.ascontiguousarray((frames / 255).transpose(0, 3, 1, 2).astype(np.float32))
        results = {
            "torch_video": model.embed_frames(torch.from_numpy(frames)).numpy(),
            "onnx_video": unit(image.run(["embedding"], {"images": pictures})[0].mean(0)),
            "torch_audio": model.embed_sound(torch.from_numpy(sound)).numpy(),
            "onnx_audio": unit(audio.run(["embedding"], {"sound": sound[None]})[0][0]),
        }
        wanted = {"video": unit(ours_video), "audio": unit(ours_audio)}
        print(json.dumps({"run": run, **{
            name: float(np.abs(value - wanted[name.split("_")[1]]).max()) for name, value in results.items()}}))


if __name__ == "__main__":
    main()
