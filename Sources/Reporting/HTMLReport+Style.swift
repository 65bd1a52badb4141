extension HTMLReport {
  /// The style sheet: light or dark as the reader's system is, and fit for print. The eight curve
  /// colours are those of Okabe and Ito, which colour-blind readers tell apart, with the yellow and
  /// the black moved to be legible on the background.
  static let style = """
    :root { --ground: #fcfcfa; --card: #fff; --ink: #1d2125; --soft: #5b636b; --line: #dfe2e5;
      --warn: #fff3d6; --warn-line: #d99a00;
      --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #b8860b; --c5: #56b4e9;
      --c6: #7a4fbf; --c7: #444; }
    @media (prefers-color-scheme: dark) {
      :root { --ground: #16191c; --card: #1e2226; --ink: #e6e8ea; --soft: #9aa3ab; --line: #343a40;
        --warn: #3a2e10; --warn-line: #d99a00;
        --c0: #4da6dd; --c1: #f08a45; --c2: #35c99b; --c3: #e39cc4; --c4: #e0b040; --c5: #8fd0f5;
        --c6: #b394ea; --c7: #bbb; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--ink);
      font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
    main { max-width: 1180px; margin: 0 auto; padding: 2rem 1.25rem 1rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
    h3 { font-size: 1rem; margin: 0; }
    p { margin: .4rem 0; }
    .status, figcaption p, .key, footer, .empty { color: var(--soft); }
    .warning { background: var(--warn); border-left: 4px solid var(--warn-line);
      padding: .6rem .9rem; border-radius: 4px; }
    .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr));
      gap: .75rem; margin: 1.25rem 0 0; }
    .facts div, figure, .wide { background: var(--card); border: 1px solid var(--line);
      border-radius: 8px; }
    .facts div { padding: .6rem .9rem; }
    .facts dt { color: var(--soft); font-size: .85rem; }
    .facts dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; }
    th, td { padding: .4rem .9rem; text-align: left; vertical-align: top;
      border-bottom: 1px solid var(--line); }
    tbody tr:last-child > * { border-bottom: 0; }
    thead th { color: var(--soft); font-size: .85rem; font-weight: 500; }
    tbody th { font-weight: 400; }
    td { overflow-wrap: anywhere; }
    .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
    .settings th { white-space: nowrap; width: 1%; }
    code { font: .88em ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace; }
    .bar { width: 200px; height: 14px; display: block; margin-top: .35rem; }
    .track { fill: var(--line); }
    line.mark { stroke-width: 3; }
    line.untrained { stroke: var(--c4); }
    line.chance { stroke: var(--ink); }
    .key { font-size: .85rem; }
    .key i { display: inline-block; width: 12px; height: 12px; margin: 0 .35rem -1px .8rem; }
    .key i:first-child { margin-left: 0; }
    .key i.c0 { background: var(--c0); border-radius: 2px; }
    .key i.mark { width: 3px; }
    .key i.untrained { background: var(--c4); }
    .key i.chance { background: var(--ink); }
    .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
      gap: 1rem; }
    figure { margin: 0; padding: .9rem; display: flex; flex-direction: column; }
    figcaption p { font-size: .9rem; }
    figure svg { width: 100%; height: auto; margin-top: .5rem; }
    .grid { stroke: var(--line); stroke-width: 1; }
    .tick, .axis { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
    polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .reference { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; }
    \(curveColours)
    .legend { list-style: none; margin: .4rem 0 0; padding: 0; display: flex; flex-wrap: wrap;
      gap: .2rem 1.1rem; font-size: .9rem; }
    .legend i { display: inline-block; width: 16px; height: 3px; margin: 0 .4rem 4px 0; }
    .legend i.dashed { background: none; border-top: 2px dashed var(--soft); height: 0; }
    .legend b { font-weight: 600; font-variant-numeric: tabular-nums; }
    summary { cursor: pointer; margin-bottom: .5rem; }
    footer { max-width: 1180px; margin: 0 auto; padding: 0 1.25rem 2rem; font-size: .85rem; }
    @media print { figure, .facts div, tr { break-inside: avoid; } }
    """

  private static let curveColours = (0..<8).map { index in
    """
    polyline.c\(index) { stroke: var(--c\(index)); }
    circle.c\(index), rect.c\(index) { fill: var(--c\(index)); }
    .legend i.c\(index) { background: var(--c\(index)); }
    """
  }.joined(separator: "\n")
}
