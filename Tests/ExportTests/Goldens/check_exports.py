"""Loads exported encoders as their users do, and compares with what our own encoders gave.

  python3 check_exports.py torch FOLDER     needs torch, safetensors
  python3 check_exports.py onnx FOLDER      needs onnx, onnxruntime, numpy, safetensors
  python3 check_exports.py golden FOLDER NAME    writes NAME.json (what the onnx library read from the files) and
                                            NAME.safetensors (what ONNX Runtime computed) beside this script

FOLDER is what `ExportCase.write` writes (set PALINDROME_KEEP_EXPORTS to a folder and run the suite `KeepTests`).
Prints one JSON object: the largest distance of each result as a share of its largest magnitude.
"""
import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file, save_file


def error(got, wanted):
    got, wanted = np.asarray(got, np.float64), np.asarray(wanted, np.float64)
    assert got.shape == wanted.shape, (got.shape, wanted.shape)
    return float(np.abs(got - wanted).max() / np.abs(wanted).max())


def unit(x):
    return x / np.linalg.norm(x)


def with_torch(folder, ours):
    import torch

    sys.path.insert(0, str(folder / "torch"))
    from load import load

    model = load()
    frames = torch.from_numpy(ours["frames"].astype(np.uint8))
    sounds = torch.from_numpy(ours["sounds"])
    with torch.inference_mode():
        found = model.image(frames).permute(0, 2, 3, 1).numpy()
        pooled = model.audio(sounds).numpy()
    # The heads in NumPy, in double precision.
    t = {k: v.astype(np.float64) for k, v in load_file(str(folder / "torch/model.safetensors")).items()}
    shared = []
    for modality, x in (("image", ours["map"].mean((0, 1, 2))), ("audio", ours["pooled"][0])):
        p = f"heads.av.{modality}."
        y = t[p + "hidden.weight"] @ x
        y = (y - t[p + "norm.running_mean"]) / np.sqrt(t[p + "norm.running_var"] + 1e-5)
        y = np.maximum(y * t[p + "norm.weight"] + t[p + "norm.bias"], 0)
        wanted = unit(t[p + "output.weight"] @ y + t[p + "output.bias"])
        shared.append(error(model.shared(torch.from_numpy(x), modality), wanted))
    return {
        "map": error(found, ours["map"]),
        "clip": error(model.embed_frames(frames), unit(ours["map"].mean((0, 1, 2)))),
        "sound": error(pooled, ours["pooled"]),
        "sound_clip": error(model.embed_sound(sounds[1]), unit(ours["pooled"][1])),
        "shared": max(shared),
    }


def run_onnx(folder, ours):
    import onnx
    import onnxruntime

    for name in ("image", "audio"):
        onnx.checker.check_model(str(folder / f"{name}.onnx"), full_check=True)

    def session(name):
        return onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), providers=["CPUExecutionProvider"])

    images = np.ascontiguousarray((ours["frames"] / 255).transpose(0, 3, 1, 2).astype(np.float32))
    found, pooled = session("image").run(["map", "embedding"], {"images": images})
    (sound,) = session("audio").run(["embedding"], {"sound": ours["sounds"]})
    return found, pooled, sound


def with_onnx(folder, ours):
    found, pooled, sound = run_onnx(folder, ours)
    return {
        "map": error(found.transpose(0, 2, 3, 1), ours["map"]),
        "clip": error(unit(pooled.mean(0)), unit(ours["map"].mean((0, 1, 2)))),
        "sound": error(sound, ours["pooled"]),
    }


def golden(folder, ours, name):
    import onnx
    from onnx import numpy_helper

    def attribute(a):
        v = onnx.helper.get_attribute_value(a)
        v = v.decode() if isinstance(v, bytes) else list(v) if a.type == onnx.AttributeProto.INTS else v
        return f"{a.name}: {v}"

    def end(v):
        return f"{v.name}: " + " ".join(d.dim_param or str(d.dim_value) for d in v.type.tensor_type.shape.dim)

    listing = {}
    for part in ("image", "audio"):
        model = onnx.load(str(folder / f"{part}.onnx"))
        g = model.graph
        arrays = {i.name: numpy_helper.to_array(i).astype(np.float64) for i in g.initializer}
        listing[part] = {
            "ir_version": model.ir_version,
            "opset": model.opset_import[0].version,
            "nodes": [f"{n.op_type}({', '.join(n.input)}) -> {n.output[0]} {{{', '.join(map(attribute, n.attribute))}}}"
                      for n in g.node],
            "initializers": [{"name": i.name, "dims": list(i.dims), "sum": float(arrays[i.name].sum()),
                              "size": float(np.abs(arrays[i.name]).sum())} for i in g.initializer],
            "inputs": [end(v) for v in g.input],
            "outputs": [end(v) for v in g.output],
        }
    found, pooled, sound = run_onnx(folder, ours)
    here = pathlib.Path(__file__).parent
    (here / f"{name}.json").write_text(json.dumps(listing, indent=1) + "\n")
    results = {"map": found, "embedding": pooled, "sound": sound}
    save_file({k: np.ascontiguousarray(v) for k, v in results.items()}, str(here / f"{name}.safetensors"))
    return with_onnx(folder, ours)


def main():
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    ours = load_file(str(folder / "ours.safetensors"))
    works = {"torch": with_torch, "onnx": with_onnx, "golden": golden}
    print(json.dumps(works[what](folder, ours, *sys.argv[3:])))


if __name__ == "__main__":
    main()
