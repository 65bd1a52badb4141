"""Makes folders of good, damaged and hostile videos, to show that the bad ones change nothing:

    python3 Scripts/hostile_folder.py OUT --videos FOLDER --stress FOLDER [--count 200] [--palindrome BINARY]

OUT/good      so many good videos: those of clips/, and pieces of FOLDER cut with ffmpeg -c copy
OUT/mixed     the same good ones under the same names, and among them as many damaged and hostile ones
OUT/partial   the good ones, and those of which a good prefix or a part is left
OUT/bad.csv   what each bad file is, its verdict and the reason

A bad file is one that `palindrome scan` gives no usable verdict; what the surgery left usable goes to OUT/partial.
The same seed gives the same bytes. Then:

    palindrome pretrain OUT/good  --out A --preset tiny --steps 40
    palindrome pretrain OUT/mixed --out B --preset tiny --steps 40
    cmp A/model.safetensors B/model.safetensors
"""

import argparse
import csv
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import zlib

TEXTS = {
    "playlist.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/hostname\n#EXT-X-ENDLIST\n",
    "remote.mkv": "#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/secret.ts\n",
    "concat.mp4": "ffconcat version 1.0\nfile '/etc/hostname'\n",
    "session.mov": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    "dash.mp4": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>\n',
    "smil.mp4": "<smil><body><video src='/etc/passwd'/></body></smil>\n",
    "vector.mp4": "<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>\n",
    "script.avi": "[Script Info]\nScriptType: v4.00+\n[Events]\n",
    "subtitles.mkv": "1\n00:00:00,000 --> 00:00:09,000\nhello\n",
    "page.webm": "<!doctype html><video src='http://127.0.0.1/x.mp4'></video>\n",
    "shell.mp4": "#!/bin/sh\nrm -rf /\n",
    "meta.mkv": ";FFMETADATA1\ntitle=x\n[CHAPTER]\nSTART=0\nEND=9\n",
}


def box(kind, content, size=None):
    return struct.pack(">I", 8 + len(content) if size is None else size) + kind + content


def png(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b""))


def written():
    """Files that are made from nothing: (name, what it is, bytes)."""
    for name, text in TEXTS.items():
        yield "text-" + name, "a text or playlist under a video's name", text.encode()
    for name in ("http:x.mp4", "concat:a|b.mp4", "%03d.mp4", "line\nbreak.mp4", "\x1b[31mred.mp4", "-i.mp4"):
        yield name, "text under a name that could mean something", b"no video\n"
    yield "empty.mp4", "no bytes", b""
    yield "one.mkv", "one byte", b"\x1a"
    yield "zeros.mp4", "zeros", bytes(70_000)
    yield "ones.ts", "bytes 0xFF", b"\xff" * 70_000
    yield "bomb.png.mp4", "a PNG of 2^31 pixels a side", png(2**31 - 1, 2**31 - 1)
    yield "zip.mkv", "a ZIP file", b"PK\3\4" + bytes(400)
    yield "elf.mp4", "a program", b"\x7fELF\2\1\1" + bytes(900)
    yield "ftyp.mp4", "a file type and nothing else", box(b"ftyp", b"isom\0\0\2\0isom")
    nested = b""
    for _ in range(3000):
        nested = box(b"moov", nested)
    yield "nested.mp4", "3000 boxes within each other", box(b"ftyp", b"isom\0\0\2\0isom") + nested
    yield "huge-box.mp4", "a box of 2^63 bytes", (
        box(b"ftyp", b"isom\0\0\2\0isom") + struct.pack(">I", 1) + b"moov" + struct.pack(">Q", 2**63 - 1))
    ebml = bytes.fromhex("1a45dfa3934282886d6174726f736b61428781044285810218538067")
    yield "segment.mkv", "a Matroska head and no tracks", ebml + b"\x01\xff\xff\xff\xff\xff\xff\xff"
    yield "riff.avi", "an AVI of 4 GB that ends after its head", b"RIFF\xff\xff\xff\xffAVI LIST" + bytes(60)
    yield "flv.flv", "an FLV head", b"FLV\1\5\0\0\0\x09\0\0\0\0"
    yield "ogg.ogv", "an Ogg page of nothing", b"OggS" + bytes(23)


def surgery(data, draw):
    """Ways to break a whole file beyond use: (what it is, bytes)."""
    at = data.find(b"moov") - 4
    yield "the first 32 bytes", data[:32]
    yield "the first hundredth", data[: max(40, len(data) // 100)]
    yield "all but the first 64 bytes are random", data[:64] + draw.randbytes(len(data) - 64)
    yield "all but the first 64 bytes are zeros", data[:64] + bytes(len(data) - 64)
    yield "random bytes of its size", draw.randbytes(len(data))
    yield "its bytes backward", data[::-1]
    yield "the first 64 bytes are lost", data[64:]
    if at < 0:
        return
    yield "its index is called moof", data.replace(b"moov", b"moof")
    yield "its index is zeros", data[: at + 8] + bytes(len(data) - at - 8)
    yield "its index is random", data[: at + 8] + draw.randbytes(len(data) - at - 8)
    yield "its tracks are of an unknown kind", data.replace(b"vide", b"zzzz").replace(b"soun", b"zzzz")
    yield "its codec is unknown", data.replace(b"avc1", b"zz1z").replace(b"avcC", b"zzzC")
    sizes = data.find(b"stsz")
    yield "2^32-1 samples of 0 bytes", data[: sizes + 12] + b"\xff" * 4 + data[sizes + 16 :]
    entry = data.find(b"avc1")
    if entry > 0:
        yield "65535 x 65535 pixels, and its samples zeros", (
            data[: entry + 28].replace(data[48 : min(at, entry)], bytes(max(0, min(at, entry) - 48)))
            + b"\xff\xff\xff\xff" + data[entry + 32 :])
        offsets = data.find(b"stco")
        count = struct.unpack(">I", data[offsets + 8 : offsets + 12])[0]
        yield "its samples lie beyond its end", (
            data[: offsets + 12] + b"\x7f\xff\xff\xf0" * count + data[offsets + 12 + 4 * count :])


def files(folder, kinds=(".mp4", ".avi", ".mpg", ".mov", ".mkv", ".webm")):
    found = []
    for place, _, names in os.walk(folder):
        found += [os.path.join(place, name) for name in names if name.lower().endswith(kinds)]
    return sorted(found)


def scan(binary, folder):
    done = subprocess.run([binary, "scan", folder, "--json"], capture_output=True, text=True)
    return {entry["path"]: entry for entry in json.loads(done.stdout)["files"]}


def link(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)


def pieces(videos, folder):
    """Pieces of four seconds, cut without decoding."""
    for number, path in enumerate(files(videos)):
        kind = os.path.splitext(path)[1]
        for start in (0, 3):
            target = f"{folder}/piece-{number:03}-{start}{kind}"
            subprocess.run(
                ["ffmpeg", "-v", "error", "-y", "-ss", str(start), "-i", path, "-t", "4", "-c", "copy", target],
                capture_output=True)


def make_good(arguments, draft):
    """Candidates, the sample clips first; those with a clean verdict are taken."""
    os.makedirs(draft)
    for path in files(arguments.clips):
        link(path, draft + "/clips-" + os.path.relpath(path, arguments.clips).replace("/", "-"))
    pieces(arguments.videos, draft)
    judged = scan(arguments.palindrome, draft)
    chosen = [name for name, entry in sorted(judged.items()) if entry["verdict"] == "ok"][: arguments.count]
    if len(chosen) < arguments.count:
        sys.exit(f"{arguments.videos}: only {len(chosen)} good videos; give a folder with more")
    return chosen


def make_bad(arguments, good, draft):
    """Candidates of bad files with what they are, written to `draft`."""
    os.makedirs(draft)
    kinds = {}

    def put(name, kind, data):
        kinds[name] = kind
        with open(f"{draft}/{name}", "wb") as file:
            file.write(data)

    for path in files(arguments.stress, kinds=("",)):
        if os.path.basename(path) not in ("SOURCE.txt", "MANIFEST.csv"):
            name = "stress-" + os.path.relpath(path, arguments.stress).replace("/", "-")
            put(name, "from the stress files", open(path, "rb").read())
    for name, kind, data in written():
        put(name, kind, data)
    for number, path in enumerate(good):
        draw = random.Random(number)
        ways = list(surgery(open(path, "rb").read(), draw))
        for way in (number % len(ways), (number + 3) % len(ways)):
            kind, data = ways[way]
            put(f"cut-{number:03}-{way:02}{os.path.splitext(path)[1]}", kind, data)
    return kinds


def make_special(folder):
    """What is no file at all, besides the counted ones."""
    os.mkfifo(folder + "/pipe.mp4")
    os.symlink("loop.mp4", folder + "/loop.mp4")
    os.symlink("nowhere.mp4", folder + "/dangling.mp4")
    os.symlink("/dev/zero", folder + "/device.mp4")
    os.mkdir(folder + "/folder.mp4")
    os.symlink("..", folder + "/folder.mp4/up")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--videos", required=True)
    parser.add_argument("--stress", required=True)
    parser.add_argument("--clips", default="clips")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--palindrome", default=".build/release/palindrome")
    arguments = parser.parse_args()
    out = arguments.out
    os.makedirs(out)

    chosen = make_good(arguments, out + "/draft-good")
    for name in chosen:
        for folder in ("good", "mixed", "partial"):
            link(f"{out}/draft-good/{name}", f"{out}/{folder}/{name}")
    kinds = make_bad(arguments, [f"{out}/good/{name}" for name in chosen], out + "/draft-bad")
    judged = scan(arguments.palindrome, out + "/draft-bad")
    # Written ones and stress files first, then surgery evenly over its ways.
    order = sorted(kinds, key=lambda name: (name.startswith("cut-"), kinds[name], name))
    usable = [name for name in order if judged.get(name, {}).get("verdict") in ("ok", "partial")]
    bad = [name for name in order if judged.get(name, {}).get("reason") and name not in usable]
    fixed = [name for name in bad if not name.startswith("cut-")]
    cuts = [name for name in bad if name.startswith("cut-")]
    step = max(1, len(cuts) / max(1, arguments.count - len(fixed)))
    bad = (fixed + [cuts[int(at * step)] for at in range(int(len(cuts) / step))])[: arguments.count]
    for name in bad:
        link(f"{out}/draft-bad/{name}", f"{out}/mixed/{name}")
    for name in usable:
        link(f"{out}/draft-bad/{name}", f"{out}/partial/{name}")
    make_special(out + "/mixed")
    with open(out + "/bad.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "what", "verdict", "reason"])
        for name in bad:
            table.writerow([name, kinds[name], judged[name]["verdict"], judged[name]["reason"]])
    shutil.rmtree(out + "/draft-good")
    shutil.rmtree(out + "/draft-bad")
    print(f"{len(chosen)} good, {len(bad)} bad, {len(usable)} partly good")


if __name__ == "__main__":
    main()
