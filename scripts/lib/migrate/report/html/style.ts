/** The page's style. Colours follow the reader's light or dark setting; tables scroll by themselves on a narrow screen. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6876; --line: #dce1e7; --back: #f6f7f9; --card: #ffffff;
  --good: #1a7f4b; --warn: #9a6700; --bad: #b42318; --bar: #3b6fb6; --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b3; --line: #303945; --back: #14181e; --card: #1b2129;
  --good: #4cc38a; --warn: #e2b341; --bad: #ff7a6b; --bar: #6b9fe3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1rem; font-weight: 600; color: var(--soft); margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
section > p { margin: 0 0 .75rem; max-width: 48rem; }
.bars + p { margin-top: 1rem; }
.verdict { background: var(--card); border: 1px solid var(--line); border-left: .5rem solid var(--tone); border-radius: .5rem; padding: 1.25rem; }
.verdict strong { display: block; font-size: 1.75rem; line-height: 1.2; color: var(--tone); }
.verdict p { margin: .5rem 0 0; overflow-wrap: anywhere; }
.good { --tone: var(--good); } .warn { --tone: var(--warn); } .bad { --tone: var(--bad); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1rem 0 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.facts dt { color: var(--soft); font-size: .85rem; } .facts dd { margin: 0; font-size: 1.15rem; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border-top: 1px solid var(--line); overflow-wrap: break-word; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.text { min-width: 14rem; }
code, pre { font-family: var(--mono); font-size: .85em; }
pre { min-width: 14rem; margin: .25rem 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 16rem; overflow-y: auto; }
.mark { color: var(--tone); font-weight: 600; white-space: nowrap; }
details { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .5rem; }
summary { cursor: pointer; padding: .6rem .9rem; overflow-wrap: anywhere; }
summary span { color: var(--soft); font-size: .9rem; margin-left: .5rem; }
details > p { margin: 0; padding: 0 .9rem .6rem; color: var(--soft); font-size: .9rem; }
details .scroll { border-width: 1px 0 0; border-radius: 0; background: none; }
.bars { display: grid; grid-template-columns: minmax(5rem, max-content) 1fr max-content; gap: .4rem .75rem; align-items: center; font-size: .9rem;
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
.bars > span { overflow-wrap: anywhere; } .bars i { display: block; height: .8rem; min-width: 2px; border-radius: .2rem; background: var(--bar); } .bars i.none { min-width: 0; }
.bars b { font-weight: 400; color: var(--soft); text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) { main { padding: 1rem .75rem 3rem; } .verdict strong { font-size: 1.4rem; } th, td { padding: .4rem .5rem; } .facts dd { font-size: 1.05rem; } }
@media print { body { background: none; } details, .scroll, .bars, .verdict { break-inside: avoid; } }
`;
