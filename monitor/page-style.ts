// The page's style sheet, for light and dark.

export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --card: #ffffff; --line: #d8dce2; --ink: #16191d; --soft: #5a626d;
  --good: #00694b; --good-soft: #e3f4ed; --bad: #b00020; --bad-soft: #fbe4e7; --note: #6b4a00; --note-soft: #fdf1d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1114; --card: #171b20; --line: #2b3138; --ink: #e7eaee; --soft: #98a2ae;
    --good: #4cc79e; --good-soft: #10291f; --bad: #ff7b87; --bad-soft: #3b1519; --note: #f0c46a; --note-soft: #33270d;
  }
}
* { box-sizing: border-box; margin: 0; padding: 0; }
body { background: var(--ground); color: var(--ink); font: 14px/1.45 system-ui, 'DejaVu Sans', sans-serif; max-width: 1240px; margin: 0 auto; padding: 16px; }
header { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: baseline; margin-bottom: 12px; }
header p, small { color: var(--soft); }
h1 { font-size: 22px; font-weight: 650; }
h2 { font-size: 12px; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); font-weight: 600; margin-bottom: 6px; }
small { font-size: 12px; font-weight: 400; }
main { display: grid; gap: 12px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0; }
.cards { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); }
.large { font-size: 26px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.problems { list-style: none; display: grid; gap: 6px; }
.problems li, .well { padding: 8px 14px; border-radius: 8px; border-left: 6px solid currentColor; overflow-wrap: anywhere; }
.well { color: var(--good); background: var(--good-soft); }
.trouble { color: var(--bad); background: var(--bad-soft); }
.notice { color: var(--note); background: var(--note-soft); }
.problems .alarm { color: #fff; background: #b00020; border-color: #ffe600; font-size: 17px; font-weight: 650; }
.bad, .bad small { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 12px; }
th, td { padding: 4px 12px 4px 0; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; }
td.text { overflow-wrap: anywhere; } .decisions td.text { width: 99%; }
.nodes td { white-space: nowrap; } .nodes td.text { white-space: normal; min-width: 12em; }
td b, td time { white-space: nowrap; }
tr.holder b { color: var(--good); }
tr.alarm td { color: #fff; background: #b00020; }
`;
