/** All of the page's look: nothing is loaded from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark; --back: #ffffff; --panel: #f6f8fb; --text: #1a2433; --soft: #5a6b82; --line: #d5dde8; --real: #3b73b9; --synthetic: #d9730d; --train: #8a97a8; --goal: #cfe8d5; --met: #1e7a3c; --missed: #b42318; }
@media (prefers-color-scheme: dark) { :root { --back: #10151d; --panel: #182029; --text: #e6ebf2; --soft: #9aa9bd; --line: #2c3846; --real: #6ea8f0; --synthetic: #f59b45; --train: #73829a; --goal: #1f4a30; --met: #5cc689; --missed: #ff8a7d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 28px 24px 60px; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 20px; margin: 40px 0 4px; } h3 { font-size: 15px; margin: 22px 0 6px; }
p { margin: 4px 0 12px; max-width: 82ch; } .soft { color: var(--soft); }
.legend span { margin-right: 18px; white-space: nowrap; } .legend i { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 2px; vertical-align: -1px; }
.legend .r { background: var(--real); } .legend .s { background: var(--synthetic); } .legend .t { background: var(--train); } .legend .g { background: var(--goal); } .legend .f { width: 2px; background: var(--text); }
.summary { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; } .summary div { background: var(--panel); border-radius: 8px; padding: 10px 16px; } .summary b { display: block; font-size: 21px; }
.met { color: var(--met); } .missed { color: var(--missed); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } .scroll { overflow-x: auto; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px; } th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: middle; } td.n, th.n { text-align: right; white-space: nowrap; } td.goal { max-width: 22ch; font-size: 13px; }
tr.group td { padding-top: 18px; font-weight: 600; border-bottom-color: var(--soft); } td small { color: var(--soft); display: block; max-width: 56ch; line-height: 1.35; }
.grid { display: flex; flex-wrap: wrap; gap: 18px 28px; align-items: flex-start; } .card { background: var(--panel); border-radius: 8px; padding: 12px 14px; max-width: 100%; overflow-x: auto; } .card h4 { margin: 0 0 8px; font-size: 13px; font-weight: 600; overflow-wrap: anywhere; max-width: 420px; }
details { margin: 10px 0; } summary { cursor: pointer; color: var(--soft); } code { font: 12.5px ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
svg { display: block; max-width: 100%; height: auto; } svg text { fill: var(--text); font-size: 12px; } svg .label { text-anchor: end; } svg .small { font-size: 10px; } svg .tick, svg .number { fill: var(--soft); font-size: 11px; }
svg .real { fill: var(--real); } svg .synthetic { fill: var(--synthetic); } svg .train { fill: var(--train); } svg .area { fill-opacity: .35; } svg .stroke { fill: none; stroke-width: 2; } svg .synthetic.stroke { stroke: var(--synthetic); } svg .train.stroke { stroke: var(--train); } svg .thin { stroke-width: 1; }
svg .point { fill-opacity: .6; } svg .track { fill: var(--line); fill-opacity: .45; } svg .goal { fill: var(--goal); } svg .floor { stroke: var(--text); stroke-width: 2; } svg .link { stroke: var(--soft); stroke-width: 1.5; } svg .axis { stroke: var(--soft); } svg .dashed { stroke-dasharray: 4 4; } svg .none { fill: transparent; }
svg .plus { fill: var(--synthetic); } svg .heat { fill: var(--real); }
@media print { body { max-width: none; } details > * { display: block; } }
`;
