"""The style of the HTML report: one sheet, light and dark, from a phone to a wide screen; nothing from elsewhere."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2024; --faint: #60646c; --line: #d9dce1; --raised: #f4f5f7;
  --good: #d7f0dd; --good-ink: #0f5a2b; --info: #dbe9fb; --info-ink: #114a8a; --soft: #fdf0c4; --soft-ink: #6b4b00;
  --none: #e6e7ea; --none-ink: #4a4f57; --bad: #fbd5d3; --bad-ink: #8c1410; --link: #0b57c4; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14161a; --ink: #e8eaed; --faint: #9aa0aa; --line: #33373f; --raised: #1e2127;
  --good: #123a22; --good-ink: #9be3b3; --info: #142f52; --info-ink: #a8ccfa; --soft: #433409; --soft-ink: #f5d77c;
  --none: #2b2f36; --none-ink: #b4bac4; --bad: #571916; --bad-ink: #ffb9b4; --link: #8ab8ff; } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.5rem 0 .3rem }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem }
h3 { font-size: 1rem; margin: 0 }
p { margin: .3rem 0 }
a { color: var(--link) }
.faint { color: var(--faint) }
.small { font-size: .85rem }
code, pre, .id { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.agents { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: .8rem }
.agent { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; background: var(--raised);
  overflow-wrap: anywhere; min-width: 0 }
.bar { display: flex; height: .7rem; border-radius: .35rem; overflow: hidden; margin: .5rem 0; background: var(--none) }
.bar i { display: block }
.bar .good { background: #3fa35f } .bar .info { background: #4c8bdc } .bar .soft { background: #d9a514 }
.bar .none { background: #9298a3 } .bar .bad { background: #d1423a }
.counts { display: flex; flex-wrap: wrap; gap: .3rem .5rem; margin: 0; padding: 0; list-style: none; font-size: .85rem }
.mark { border-radius: .3rem; padding: .05rem .4rem; white-space: nowrap }
.good { background: var(--good); color: var(--good-ink) } .info { background: var(--info); color: var(--info-ink) }
.soft { background: var(--soft); color: var(--soft-ink) } .none { background: var(--none); color: var(--none-ink) }
.bad { background: var(--bad); color: var(--bad-ink) }
.filters { position: sticky; top: 0; z-index: 3; background: var(--paper); border-bottom: 1px solid var(--line);
  display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: .6rem 0; margin-top: 1rem }
.filters label { display: flex; gap: .4rem; align-items: center; min-height: 1.8rem }
.group { border-bottom: 1px solid var(--line) }
.group > summary { padding: .6rem 0; cursor: pointer; display: flex; flex-wrap: wrap; gap: .2rem .8rem;
  align-items: center }
.group > summary::before { content: "▸"; width: 1rem; color: var(--faint) }
.group[open] > summary::before { content: "▾" }
.group > summary::-webkit-details-marker { display: none }
.group > summary b { flex: 1 1 12rem }
.scroll { overflow-x: auto; margin-bottom: 1rem; border: 1px solid var(--line); border-radius: .4rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line) }
thead th { border-top: 0; vertical-align: bottom; font-size: .85rem; max-width: 10rem; overflow-wrap: anywhere }
tbody th, thead th:first-child { position: sticky; left: 0; background: var(--paper); z-index: 1; font-weight: 600;
  white-space: nowrap }
td.verdict { font-size: .82rem; border-left: 1px solid var(--line); white-space: nowrap }
td.absent { color: var(--faint) }
.agent .small .mark { white-space: normal; display: inline-block }
td.verdict a { color: inherit }
td.sends { color: var(--faint); min-width: 16rem; overflow-wrap: anywhere }
td.verdict small { display: block }
.case { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: 0 0 1rem;
  scroll-margin-top: 4rem;  overflow-wrap: anywhere }
.case:target { outline: 2px solid var(--link) }
.case h3 { display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline }
.case dl { margin: .5rem 0; display: grid; grid-template-columns: 6rem 1fr; gap: .1rem .8rem }
.case dt { color: var(--faint) } .case dd { margin: 0; min-width: 0; grid-column: 2 }
.found { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: .5rem }
.found ul { margin: .3rem 0; padding-left: 1.2rem }
details.wire > summary { cursor: pointer; color: var(--link); min-height: 1.8rem }
pre { overflow-x: auto; background: var(--raised); border-radius: .4rem; padding: .6rem; margin: .4rem 0;
  font-size: .78rem; line-height: 1.45; max-height: 30rem }
footer { color: var(--faint); font-size: .85rem; margin: 2rem auto; }
#faulty:checked ~ main tr.fine, #faulty:checked ~ main .group.allfine { display: none }
#differ:checked ~ main tr.same, #differ:checked ~ main .group.allsame { display: none }
.switch { position: absolute; opacity: 0; width: 1px; height: 1px }
.box { width: 1.1rem; height: 1.1rem; border: 2px solid var(--faint); border-radius: .25rem; flex: none;
  text-align: center;  line-height: .8rem; font-size: .9rem }
#faulty:checked ~ main .for-faulty .box, #differ:checked ~ main .for-differ .box { background: var(--link);
  border-color: var(--link); color: var(--paper) }
#faulty:checked ~ main .for-faulty .box::before, #differ:checked ~ main .for-differ .box::before { content: "✓" }
#faulty:focus-visible ~ main .for-faulty .box, #differ:focus-visible ~ main .for-differ .box {
  outline: 2px solid var(--link); outline-offset: 2px }
@media (max-width: 40rem) {
  body { font-size: .95rem }
  td.sends, th.sends { display: none }
  th, td { padding: .3rem .4rem }
  td.verdict { white-space: normal; font-size: .75rem }
  .case { padding: .7rem } .case dl { grid-template-columns: 1fr } .case dd { margin-bottom: .3rem; grid-column: 1 }
}
@media print { .filters { display: none } }
"""
