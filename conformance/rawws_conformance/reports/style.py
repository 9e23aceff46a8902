"""The style of the HTML reports: one sheet, light and dark, from a phone to a wide screen; nothing from elsewhere."""

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
main, header, footer { max-width: 80rem; margin: 0 auto; padding: 0 1rem }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.5rem 0 .3rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem }
h3 { font-size: 1rem; margin: 0 }
p { margin: .3rem 0 }
a { color: var(--link) }
.faint { color: var(--faint) }
.small { font-size: .85rem }
code, pre, .id { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.mark { border-radius: .3rem; padding: .05rem .4rem; white-space: nowrap }
.good { background: var(--good); color: var(--good-ink) } .info { background: var(--info); color: var(--info-ink) }
.soft { background: var(--soft); color: var(--soft-ink) } .none { background: var(--none); color: var(--none-ink) }
.bad { background: var(--bad); color: var(--bad-ink) }
.wraps { white-space: normal; display: inline-block; overflow-wrap: anywhere; min-width: 0 }
footer { color: var(--faint); font-size: .85rem; margin: 2rem auto; overflow-wrap: anywhere }

/* The agents, a card each. */
.agents { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: .8rem;
  margin-top: .8rem }
.agent { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; background: var(--raised);
  overflow-wrap: anywhere; min-width: 0 }
.agent .name { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: baseline }
.bar { display: flex; height: .6rem; border-radius: .3rem; overflow: hidden; margin: .5rem 0; background: var(--none) }
.bar i { display: block; min-width: 3px }
.bar .good { background: #3fa35f } .bar .info { background: #4c8bdc } .bar .soft { background: #d9a514 }
.bar .none { background: #9298a3 } .bar .bad { background: #d1423a }
.counts { display: flex; flex-wrap: wrap; gap: .3rem .5rem; margin: 0; padding: 0; list-style: none; font-size: .85rem }

/* The two filters, which work without a script: what is checked here decides what is shown below. */
.switch { position: absolute; opacity: 0; width: 1px; height: 1px }
.filters { --high: 3rem; position: sticky; top: 0; z-index: 3; background: var(--paper); display: flex; flex-wrap: wrap;
  gap: 0 1.2rem; align-items: center; min-height: 3rem; border-bottom: 1px solid var(--line); margin-top: 1rem }
.filters label { display: flex; gap: .4rem; align-items: center; min-height: 2.2rem; cursor: pointer }
.box { width: 1.1rem; height: 1.1rem; border: 2px solid var(--faint); border-radius: .25rem; flex: none;
  text-align: center; line-height: .8rem; font-size: .9rem }
#faulty:checked ~ main tr.fine, #faulty:checked ~ main .group.allfine { display: none }
#differ:checked ~ main tr.same, #differ:checked ~ main .group.allsame { display: none }
#faulty:checked ~ main .for-faulty .box, #differ:checked ~ main .for-differ .box { background: var(--link);
  border-color: var(--link); color: var(--paper) }
#faulty:checked ~ main .for-faulty .box::before, #differ:checked ~ main .for-differ .box::before { content: "✓" }
#faulty:focus-visible ~ main .for-faulty .box, #differ:focus-visible ~ main .for-differ .box {
  outline: 2px solid var(--link); outline-offset: 2px }

/* The groups: a line each, and behind it a table. */
.group { border-bottom: 1px solid var(--line) }
.group > summary { padding: .6rem 0; cursor: pointer; display: flex; flex-wrap: wrap; gap: .3rem .6rem;
  align-items: center }
.group > summary::before { content: "▸"; width: 1rem; color: var(--faint) }
.group[open] > summary::before { content: "▾" }
.group > summary::-webkit-details-marker { display: none }
.group > summary b { flex: 1 1 12rem }
.scroll { margin-bottom: 1rem }
.scroll.wide { overflow-x: auto }
.scroll.wide table { min-width: calc(22rem + 6rem * var(--agents)) }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: .9rem }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line);
  overflow-wrap: break-word }
thead th { border-top: 0; vertical-align: bottom; font-size: .85rem; line-height: 1.3; background: var(--paper) }
.scroll:not(.wide) thead th { position: sticky; top: 3rem; z-index: 2; box-shadow: 0 1px 0 var(--line) }
th.id, th.number { width: 5.2rem } th.agent-head { width: 8.4rem }
tbody th { font-weight: 600; white-space: nowrap; background: var(--paper) }
.scroll.wide tbody th, .scroll.wide th.number { position: sticky; left: 0; z-index: 1 }
td.sends { color: var(--faint) }
td.verdict { font-size: .82rem; border-left: 2px solid var(--paper) }
td.verdict small { display: block; font-size: .75rem; line-height: 1.3 }
td.verdict a { color: inherit }
td.absent { color: var(--faint) }

/* What is not OK, in full. */
.case { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: 0 0 1rem;
  scroll-margin-top: 4rem; overflow-wrap: anywhere }
.case:target { outline: 2px solid var(--link) }
.case h3 { display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline }
dl { margin: .5rem 0; display: grid; grid-template-columns: 7.5rem 1fr; gap: .1rem .8rem; overflow-wrap: anywhere }
dt { color: var(--faint) } dd { margin: 0; min-width: 0; grid-column: 2 }
.found { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: .5rem }
.found ul { margin: .3rem 0; padding-left: 1.2rem }
details.wire > summary { cursor: pointer; color: var(--link); min-height: 1.8rem }
pre { overflow-x: auto; background: var(--raised); border-radius: .4rem; padding: .6rem; margin: .4rem 0;
  font-size: .78rem; line-height: 1.45 }
details pre { max-height: 30rem }

/* A phone: a case is two lines, what is sent and below it the verdicts; where agents are many, only their signs. */
@media (max-width: 45rem) {
  body { font-size: .95rem }
  .agent { padding: .5rem .7rem } .bar { margin: .3rem 0 } .counts { font-size: .8rem; gap: .25rem .35rem }
  .group > summary .mark { font-size: .75rem }
  .filters label { font-size: .85rem; min-height: 1.5rem }
  table { font-size: .85rem; display: block } thead, tbody { display: block }
  .scroll.wide { overflow-x: visible } .scroll.wide table { min-width: 0 }
  tr { display: grid; grid-template-columns: 3.6rem repeat(var(--agents), minmax(0, 1fr)) }
  th.id, th.number, th.agent-head { width: auto }
  th, td { padding: .25rem .3rem; border-top: 0 }
  .scroll:not(.wide) thead th { position: static; box-shadow: none }
  thead { position: sticky; top: 3rem; z-index: 2; background: var(--paper);
    border-bottom: 1px solid var(--line) }
  thead th { align-self: end; font-size: .75rem }
  th.sends { display: none }
  td.sends { grid-column: 1 / -1; order: -1; padding-top: .4rem; font-size: .8rem }
  tbody tr { border-bottom: 1px solid var(--line); padding-bottom: .3rem }
  tbody th { align-self: center } .scroll.wide tbody th { position: static }
  td.verdict { font-size: .75rem; border-left: 1px solid var(--paper); border-radius: .3rem }
  .many th.agent-head { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9rem; padding: .3rem 0;
    justify-self: center; font-size: .72rem }
  .many td.verdict { text-align: center; font-size: .95rem }
  .many td.verdict .words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .many td.verdict a { display: block; text-decoration: none }
  .case { padding: .7rem } pre { font-size: .66rem; padding: .4rem }
  dl { grid-template-columns: 1fr } dd { margin-bottom: .3rem; grid-column: 1 }
}
@media print { .filters { display: none } thead th { position: static !important } }
"""
