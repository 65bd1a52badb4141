extension MapPage {
  static let style = """
    main.map { max-width: 1400px; }
    .board { position: relative; border: 1px solid var(--line); border-radius: 8px; background: var(--card);
      overflow: hidden; }
    .board canvas { display: block; width: 100%; height: min(72vh, 900px); min-height: 320px; cursor: grab;
      touch-action: none; }
    .board canvas:focus-visible { outline: 3px solid var(--c0); outline-offset: -3px; }
    #tip { position: absolute; pointer-events: none; background: var(--card); border: 1px solid var(--line);
      border-radius: 6px; padding: .4rem; max-width: 220px; font-size: .85rem; overflow-wrap: anywhere;
      box-shadow: 0 2px 8px #0004; }
    #tip img { display: block; max-width: 100%; border-radius: 4px; margin-bottom: .3rem; }
    #tip b, #tip span { display: block; }
    #tip span { color: var(--soft); }
    .bar-row { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .6rem 0; }
    .keys, .said { color: var(--soft); font-size: .85rem; }
    .said { position: absolute; left: -9999px; }
    .map button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
      border-radius: 6px; padding: .2rem .6rem; cursor: pointer; }
    .map button[aria-pressed=true] { border-color: var(--c0); box-shadow: inset 0 0 0 1px var(--c0); }
    .map-legend { display: flex; flex-wrap: wrap; gap: .4rem; }
    .map-legend button { display: inline-flex; align-items: center; gap: .4rem; }
    .map-legend button[aria-pressed=true] { border-color: var(--line); box-shadow: none; }
    .map-legend button[aria-pressed=false] { opacity: .4; text-decoration: line-through; }
    .map-legend small { color: var(--soft); font-variant-numeric: tabular-nums; }
    """

  /// Draws the points, and answers pointer and keys. A label has one of eight colours and one of four shapes.
  static let script = """
    "use strict";
    const data = JSON.parse(document.getElementById("data").textContent);
    const board = document.getElementById("map"), pen = board.getContext("2d");
    const tip = document.getElementById("tip"), total = data.x.length;
    const hidden = new Set();
    let principal = false, zoom = 1, shiftX = 0, shiftY = 0, chosen = -1, box = null;

    const place = i => principal ? [data.u[i], data.v[i]] : [data.x[i], data.y[i]];
    const isShown = i => !hidden.has(data.label[i]);
    const colours = () => {
      const style = getComputedStyle(document.documentElement);
      return [...Array(8).keys()].map(k => style.getPropertyValue("--c" + k).trim());
    };

    function measure() {
      let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let i = 0; i < total; i++) {
        const [x, y] = place(i);
        left = Math.min(left, x); right = Math.max(right, x);
        top = Math.min(top, y); bottom = Math.max(bottom, y);
      }
      box = { left, top, width: Math.max(right - left, 1e-9), height: Math.max(bottom - top, 1e-9) };
    }

    function screen(i) {
      const [x, y] = place(i), w = board.clientWidth, h = board.clientHeight;
      const scale = 0.92 * Math.min(w / box.width, h / box.height) * zoom;
      return [w / 2 + (x - box.left - box.width / 2) * scale + shiftX,
              h / 2 - (y - box.top - box.height / 2) * scale + shiftY];
    }

    function mark(target, x, y, r, shape) {
      target.beginPath();
      if (shape === 0) target.arc(x, y, r, 0, 7);
      else if (shape === 1) target.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
      else if (shape === 2) {
        target.moveTo(x, y - r * 1.2); target.lineTo(x + r * 1.1, y + r * 0.9); target.lineTo(x - r * 1.1, y + r * 0.9);
      } else {
        target.moveTo(x, y - r * 1.3); target.lineTo(x + r * 1.3, y); target.lineTo(x, y + r * 1.3);
        target.lineTo(x - r * 1.3, y);
      }
      target.closePath();
    }

    function draw() {
      const ratio = window.devicePixelRatio || 1, w = board.clientWidth, h = board.clientHeight;
      if (board.width !== Math.round(w * ratio) || board.height !== Math.round(h * ratio)) {
        board.width = Math.round(w * ratio); board.height = Math.round(h * ratio);
      }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, w, h);
      const palette = colours(), radius = Math.min(7, Math.max(2, 60 / Math.sqrt(total)) * Math.sqrt(zoom));
      pen.globalAlpha = total > 3000 ? 0.6 : 0.85;
      for (let i = 0; i < total; i++) {
        if (!isShown(i)) continue;
        const [x, y] = screen(i), label = Math.max(0, data.label[i]);
        if (x < -9 || y < -9 || x > w + 9 || y > h + 9) continue;
        pen.fillStyle = data.labels.length && data.label[i] < 0 ? "#8888" : palette[label % 8];
        mark(pen, x, y, radius, (label >> 3) % 4);
        pen.fill();
      }
      pen.globalAlpha = 1;
      if (chosen >= 0 && isShown(chosen)) {
        const [x, y] = screen(chosen);
        pen.lineWidth = 2;
        pen.strokeStyle = getComputedStyle(document.body).color;
        mark(pen, x, y, radius + 3, 0);
        pen.stroke();
      }
      showTip();
    }

    function showTip() {
      if (chosen < 0 || !isShown(chosen)) { tip.hidden = true; return; }
      const [x, y] = screen(chosen), label = data.labels[data.label[chosen]];
      const picture = document.getElementById("picture");
      picture.hidden = !data.image[chosen];
      if (data.image[chosen]) picture.src = data.image[chosen];
      document.getElementById("name").textContent = (label ? label + ": " : "") + data.title[chosen];
      document.getElementById("detail").textContent = data.detail[chosen];
      tip.hidden = false;
      const w = board.clientWidth, h = board.clientHeight;
      tip.style.left = (x + 14 + tip.offsetWidth > w ? Math.max(0, x - 14 - tip.offsetWidth) : x + 14) + "px";
      tip.style.top = Math.max(0, Math.min(y - tip.offsetHeight / 2, h - tip.offsetHeight)) + "px";
    }

    function choose(i, aloud) {
      if (i === chosen) return;
      chosen = i;
      draw();
      if (aloud && i >= 0) document.getElementById("said").textContent =
        document.getElementById("name").textContent + ", " + data.detail[i];
    }

    function zoomBy(factor, x, y) {
      const next = Math.min(200, Math.max(0.5, zoom * factor)), change = next / zoom;
      const w = board.clientWidth / 2, h = board.clientHeight / 2;
      shiftX = x - w - (x - w - shiftX) * change;
      shiftY = y - h - (y - h - shiftY) * change;
      zoom = next;
      draw();
    }

    function reset() { zoom = 1; shiftX = 0; shiftY = 0; draw(); }

    board.addEventListener("wheel", event => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    }, { passive: false });
    let held = null;
    board.addEventListener("pointerdown", event => {
      held = [event.offsetX, event.offsetY];
      board.setPointerCapture(event.pointerId);
    });
    board.addEventListener("pointerup", () => { held = null; });
    board.addEventListener("pointerleave", () => choose(-1));
    board.addEventListener("pointermove", event => {
      if (held) {
        shiftX += event.offsetX - held[0]; shiftY += event.offsetY - held[1];
        held = [event.offsetX, event.offsetY];
        draw();
        return;
      }
      let best = -1, least = 14 * 14;
      for (let i = 0; i < total; i++) {
        if (!isShown(i)) continue;
        const [x, y] = screen(i), d = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2;
        if (d < least) { least = d; best = i; }
      }
      choose(best);
    });
    board.addEventListener("dblclick", reset);
    board.addEventListener("keydown", event => {
      const middle = [board.clientWidth / 2, board.clientHeight / 2], step = 60;
      const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
      if (moves[event.key]) { shiftX += moves[event.key][0]; shiftY += moves[event.key][1]; draw(); }
      else if (event.key === "+" || event.key === "=") zoomBy(1.4, ...middle);
      else if (event.key === "-") zoomBy(1 / 1.4, ...middle);
      else if (event.key === "0") reset();
      else if (event.key === "Escape") choose(-1);
      else if (event.key === "n" || event.key === "p") {
        const way = event.key === "n" ? 1 : -1;
        let i = chosen < 0 && way < 0 ? 0 : chosen;
        for (let k = 0; k < total; k++) {
          i = (i + way + total) % total;
          if (isShown(i)) { choose(i, true); break; }
        }
      } else return;
      event.preventDefault();
    });

    const view = document.getElementById("view");
    view.addEventListener("click", () => {
      principal = !principal;
      view.setAttribute("aria-pressed", principal);
      measure(); reset();
    });
    document.getElementById("reset").addEventListener("click", reset);

    const legend = document.getElementById("legend");
    const counts = new Map();
    for (const label of data.label) counts.set(label, (counts.get(label) || 0) + 1);
    const rows = data.labels.length ? data.labels.map((name, k) => [name, k]) : [];
    if (rows.length && counts.has(-1)) rows.push(["no label", -1]);
    function swatch(k) {
      const dot = document.createElement("canvas");
      dot.width = dot.height = 32;
      dot.style.width = dot.style.height = "16px";
      const ink = dot.getContext("2d");
      ink.fillStyle = k < 0 ? "#8888" : colours()[k % 8];
      mark(ink, 16, 16, 10, (Math.max(0, k) >> 3) % 4);
      ink.fill();
      return dot;
    }
    for (const [name, k] of rows) {
      const button = document.createElement("button"), count = document.createElement("small");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      count.textContent = counts.get(k) || 0;
      button.append(swatch(k), document.createTextNode(name), count);
      button.addEventListener("click", () => {
        if (hidden.has(k)) hidden.delete(k); else hidden.add(k);
        button.setAttribute("aria-pressed", !hidden.has(k));
        draw();
      });
      legend.append(button);
    }
    window.addEventListener("resize", draw);
    measure();
    draw();
    """
}
