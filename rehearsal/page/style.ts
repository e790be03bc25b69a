// The page's style sheet. Node colours are those of Okabe and Ito, told apart with any kind of colour vision; letters repeat what they say.

export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --line: #d8dce2; --ink: #16191d; --soft: #5a626d; --faint: #eceff3;
  --good: #00694b; --bad: #b00020; --bad-soft: #fbe4e7; --run: #005a91;
  --n0: #0072b2; --n1: #e69f00; --n2: #009e73; --n3: #cc79a7; --n4: #56b4e9; --n5: #8a6d00; --n6: #5d4a99; --n7: #7a7f87; --none: #c5cad1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1114; --card: #171b20; --line: #2b3138; --ink: #e7eaee; --soft: #98a2ae; --faint: #20262c;
    --good: #4cc79e; --bad: #ff7b87; --bad-soft: #3b1519; --run: #6cbdf2;
    --n0: #2f8fd0; --none: #4a525b;
  }
}
* { box-sizing: border-box; margin: 0; padding: 0; }
body { background: var(--ground); color: var(--ink); font: 13px/1.35 system-ui, 'DejaVu Sans', sans-serif; min-width: 960px; }
main { display: grid; grid-template-columns: minmax(0, 1fr) 372px; gap: 12px; padding: 0 16px 16px; max-width: 1560px; margin: 0 auto; }
h2 { font-size: 11px; letter-spacing: .08em; text-transform: uppercase; color: var(--soft); font-weight: 600; margin-bottom: 6px; }
ul, ol { list-style: none; }
small { color: var(--soft); font-size: 11px; }
time, b, code, .figure { font-variant-numeric: tabular-nums; }
code { font: 11.5px ui-monospace, 'DejaVu Sans Mono', monospace; color: var(--soft); }

header { display: flex; gap: 28px; align-items: center; padding: 12px 16px; max-width: 1560px; margin: 0 auto; }
.title { flex: 1; min-width: 0; }
h1 { font-size: 19px; font-weight: 650; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.title p { color: var(--soft); }
.figures { display: flex; gap: 22px; }
.figure { color: var(--soft); white-space: nowrap; }
.figure b { display: block; color: var(--ink); font-size: 24px; line-height: 1.1; }
.figure.good b { color: var(--good); }
.figure.bad b { color: var(--bad); }
.figure.worst { background: var(--bad); color: var(--card); padding: 2px 10px; border-radius: 6px; }
.figure.worst b { color: var(--card); }
.verdict { min-width: 150px; max-width: 420px; padding: 8px 14px; border-radius: 8px; border: 2px solid currentColor; }
.verdict b { display: block; font-size: 17px; letter-spacing: .03em; }
.verdict span { display: block; color: var(--ink); font-size: 12px; }
.verdict.passed { color: var(--good); } .verdict.failed { color: var(--bad); background: var(--bad-soft); } .verdict.running { color: var(--run); }
.banner { background: #b00020; color: #fff; font-size: 16px; font-weight: 700; padding: 10px 16px; text-align: center; margin-bottom: 10px; }
#lost { display: none; background: #7a4b00; color: #fff; padding: 6px 16px; text-align: center; }
#lost.shown { display: block; }

.timeline, .fleet, .steps { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
.side { display: grid; gap: 12px; align-content: start; }
.timeline { padding-bottom: 12px; }
.row { display: grid; grid-template-columns: 9px 60px 303px 54px minmax(0, 1fr); column-gap: 9px; align-items: start; min-height: 25px; }
.row > time, .row > b { line-height: 22px; padding-top: 1px; }
.row > time { color: var(--soft); text-align: right; }
.row > b { font-weight: 500; color: var(--soft); }
.row > b.bad { color: var(--bad); font-weight: 750; }
.row.gap { min-height: 0; padding: 2px 0; }
.row.quiet .cells { background: var(--faint); border-radius: 4px; padding: 0 8px; line-height: 22px; margin-top: 1px; display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.row.now { color: var(--run); border-top: 1px dashed var(--run); margin-top: 6px; padding-top: 2px; font-weight: 600; } .row.now time { color: inherit; } .row.now span { line-height: 22px; white-space: nowrap; }
.heading { color: var(--soft); font-size: 11px; min-height: 18px; }
.heading span:nth-child(2) { text-align: right; }
.heading .cells i { text-align: center; font-style: normal; font-size: 10px; }
.claim { align-self: stretch; } .row.gap .claim { margin: -3px 0; }
.cells { display: grid; grid-template-columns: repeat(12, 1fr); gap: 2px; padding-top: 1px; }
.cell { position: relative; height: 22px; border-radius: 3px; font: 600 11px/22px system-ui, 'DejaVu Sans', sans-serif; text-align: center; display: block; color: #000; }
.cell.small { display: inline-block; width: 16px; height: 16px; line-height: 16px; font-size: 10px; vertical-align: -2px; margin-right: 5px; }
.cell.n0, .cell.n5, .cell.n6 { color: #fff; }
${Array.from({ length: 8 }, (_, index) => `.n${index} { background: var(--n${index}); }`).join(' ')}
.cell.none { border: 1px dotted var(--line); }
.cell.pending { border: 1px dashed var(--soft); background: var(--faint); color: var(--soft); line-height: 20px; }
.cell.missed { background: repeating-linear-gradient(45deg, #f08a98 0 3px, #fff 3px 6px); color: #1b0004; border: 2px solid #b00020; line-height: 17px; font-weight: 900; font-size: 19px; }
.cell.double { background: #000; color: #ffe600; outline: 3px solid #ff0033; outline-offset: -1px; z-index: 1; font-weight: 900; animation: loud 1s steps(2) infinite; }
@keyframes loud { 50% { background: #ff0033; color: #fff; } }
@media (prefers-reduced-motion: reduce) { .cell.double { animation: none; } }
.cell.pin::before { content: ''; position: absolute; left: 50%; top: -4px; margin-left: -5px; border: 5px solid transparent; border-top: 7px solid var(--ink); border-bottom: 0; z-index: 2; filter: drop-shadow(0 0 1px var(--card)); }
.row ul { padding-top: 2px; }
.row li { display: grid; grid-template-columns: 56px 76px minmax(0, 1fr); gap: 8px; line-height: 20px; }
.row li time { color: var(--soft); font-size: 12px; }
.row li em { color: var(--soft); font-style: normal; font-size: 11px; margin-left: 6px; white-space: nowrap; }
.kind { justify-self: start; align-self: start; font-size: 11px; line-height: 16px; margin-top: 2px; padding: 0 6px; border-radius: 3px; background: var(--faint); color: var(--soft); white-space: nowrap; }
.kill .kind, .cut-off .kind, .alarm .kind { background: var(--bad); color: var(--card); font-weight: 650; }
.takeover .kind, .handover .kind { background: var(--run); color: var(--card); }
.name { white-space: nowrap; font-weight: 600; }
.empty { color: var(--soft); padding: 24px; }

.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0 16px 8px; max-width: 1560px; margin: 0 auto; color: var(--soft); }
.key { display: inline-flex; align-items: center; gap: 6px; }
.key .cell { width: 23px; height: 18px; line-height: 18px; } .key .cell.missed { background: repeating-linear-gradient(45deg, #f08a98 0 3px, #fff 3px 6px); color: #1b0004; border: 2px solid #b00020; line-height: 17px; font-weight: 900; font-size: 19px; }
.strip { width: 8px; height: 18px; background: linear-gradient(var(--n0) 60%, var(--n1) 60%); }

.site { padding: 6px 0 4px; } .site + .site { border-top: 1px solid var(--line); }
.site h3 { font-size: 13px; display: flex; justify-content: space-between; font-weight: 600; }
.site.cut h3, .site.cut h3 small { color: var(--bad); }
.site.cut { background: var(--bad-soft); margin: 0 -12px; padding-left: 12px; padding-right: 12px; }
.site li { display: flex; align-items: baseline; gap: 6px; line-height: 23px; flex-wrap: wrap; }
.site .who { flex: 1; white-space: nowrap; }
.site .cell.small { margin-right: 0; align-self: center; }
.role { font-size: 11px; padding: 0 6px; line-height: 16px; border-radius: 3px; background: var(--faint); }
.signing .role { background: var(--good); color: var(--card); font-weight: 650; }
.down .role { background: var(--bad); color: var(--card); font-weight: 650; }
.starting .role { border: 1px dashed var(--soft); line-height: 14px; }
.node > small { flex-basis: 100%; padding-left: 22px; line-height: 15px; margin-top: -3px; }
.tag { font-size: 11px; line-height: 14px; padding: 0 6px; border: 1px solid var(--soft); border-radius: 3px; color: var(--soft); }
.tag.claimed { border-color: var(--ink); color: var(--ink); font-weight: 650; } .tag.bad { border-color: var(--bad); color: var(--bad); }
.etcd { color: var(--soft); }
.dot { width: 8px; height: 8px; border-radius: 50%; background: var(--good); align-self: center; margin: 0 4px; }
.etcd.down .dot { background: none; border: 2px solid var(--bad); border-radius: 0; }

.steps li { display: grid; grid-template-columns: 18px minmax(0, 1fr) auto; gap: 4px; padding: 3px 0; }
.steps li + li { border-top: 1px solid var(--faint); }
.steps small { display: block; overflow-wrap: anywhere; } .steps time { color: var(--soft); white-space: nowrap; }
.steps a { color: inherit; }
.mark { font-weight: 700; color: var(--soft); }
.passed .mark { color: var(--good); } .failed .mark, .steps .failed { color: var(--bad); } .running .mark { color: var(--run); }
.steps .running { font-weight: 650; } .waiting { color: var(--soft); }
`;
