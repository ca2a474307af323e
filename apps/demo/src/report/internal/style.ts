/** The style sheet. Every colour has a light and a dark value; nothing is loaded from anywhere. */

const light = [
  "#2563eb",
  "#dd6b0d",
  "#12895f",
  "#a32bb5",
  "#a97e00",
  "#0891b2",
  "#d6336c",
  "#6d4bd8",
  "#5f7f10",
  "#8a5a33",
  "#56657a",
  "#0d7d74"
]
const dark = [
  "#6ea0ff",
  "#ff9d4d",
  "#3fcf9b",
  "#dd7dea",
  "#e2b93b",
  "#38c7e6",
  "#ff7ba6",
  "#a68dff",
  "#a9cf4f",
  "#cf9b70",
  "#a3b1c4",
  "#4fd0c5"
]

const colours = (values: ReadonlyArray<string>) => values.map((value, index) => `.c${index}{--c:${value}}`).join("")

const lightTheme = `--bg:#f4f6f9;--card:#fff;--text:#17202e;--soft:#5b6778;--line:#e3e8ef;--strong:#b6c0cd;--stripe:#f8fafc;--good:#0e7c4b;--bad:#c81e1e;--team:#1d4ed8;--shadow:0 1px 2px #10203014,0 4px 14px #1020300a;--tip:#17202e;--tiptext:#fff`
const darkTheme = `--bg:#0e131b;--card:#171e29;--text:#e7edf5;--soft:#95a3b6;--line:#273242;--strong:#4b5a6e;--stripe:#1b2431;--good:#4ade97;--bad:#ff6b6b;--team:#7aa7ff;--shadow:none;--tip:#e7edf5;--tiptext:#10151d`

export const style = `
:root{color-scheme:light dark;${lightTheme}}
${colours(light)}.c-none{--c:var(--soft)}
@media (prefers-color-scheme:dark){:root{${darkTheme}}${colours(dark)}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Open Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1200px;margin:0 auto;padding:24px;display:grid;gap:16px}
h1{font-size:26px;line-height:1.2;margin:0;letter-spacing:-.01em}
h2{font-size:16px;margin:0}
h3{font-size:12px;margin:0;font-weight:600;color:var(--soft);text-transform:uppercase;letter-spacing:.05em}
p{margin:0}
.top{display:flex;justify-content:space-between;align-items:end;gap:24px}
.top .sub{color:var(--soft);margin-top:6px}
.top .chip{font-weight:600;border-radius:99px;padding:4px 12px;white-space:nowrap;color:var(--good);border:1px solid}
.top .chip.cut{color:var(--bad)}
.card{background:var(--card);border-radius:12px;box-shadow:var(--shadow);padding:16px 20px;border:1px solid var(--line);min-width:0}
.card>header{margin-bottom:10px}
.hint,.empty,.count{color:var(--soft);font-size:12.5px}
.empty{padding:24px 0}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font-size:12px;fill:var(--text)}
.row{display:grid;gap:16px}
.row.wide{grid-template-columns:2fr 1fr}
.row.half{grid-template-columns:1fr 1fr}
.row>*{min-width:0}
.tiles{display:grid;grid-template-columns:1.4fr 1fr 1fr 1fr;gap:16px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;box-shadow:var(--shadow);padding:14px 20px}
.tile .figure{font-size:26px;font-weight:700;letter-spacing:-.02em;margin:2px 0 4px}
.tile .note{color:var(--soft);font-size:13px}
.tile.lead{border-left:5px solid var(--team)}
.tile.lead .figure{color:var(--team);font-size:34px;line-height:1.15}
.params{display:grid;grid-template-columns:repeat(auto-fit,minmax(110px,1fr));gap:8px 16px;margin:0}
.params dt{color:var(--soft);font-size:12.5px}
.params dd{margin:0;font-size:18px;font-weight:650}
.params dd.default{font-size:12.5px;font-weight:400;color:var(--soft)}
.params dd.default::before{content:"default "}
.legend{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.legend button{font:inherit;font-size:13px;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:99px;padding:4px 12px;cursor:pointer}
.legend button:hover,.legend button:focus-visible{border-color:var(--c);outline:none}
.legend button[aria-pressed=true]{border-color:var(--c);box-shadow:0 0 0 1px var(--c)}
.legend i,.agent i{display:inline-block;width:10px;height:10px;border-radius:50%;background:var(--c);margin-right:6px}
.agent{white-space:nowrap}
.axis line{stroke:var(--line)}
.axis .base{stroke:var(--strong)}
.axis text{fill:var(--soft)}
.axis .unit{font-size:11.5px}
.rounds line{stroke:var(--line);stroke-dasharray:2 4}
.mark{fill:var(--c);fill-opacity:.8;stroke:var(--card);stroke-width:1}
.mark.diverged{fill:var(--card);stroke:var(--c);stroke-width:2}
.mark.best{stroke:var(--text);stroke-width:2;fill-opacity:1}
.mark:hover,.dot:hover,.move:hover{stroke:var(--text);stroke-width:2.5}
.bestline{fill:none;stroke:var(--text);stroke-width:2}
.baseline{fill:none;stroke:var(--soft);stroke-width:1.6;stroke-dasharray:5 4}
svg .note{font-size:12px;font-weight:600}
.key text{fill:var(--soft)}
.candidate .hit{fill:transparent}
.candidate line{stroke:var(--c);stroke-width:4;stroke-linecap:round;stroke-opacity:.45}
.candidate circle{fill:var(--c)}
.candidate .figure{font-weight:700;font-size:16px}
.candidate .name{font-size:13px}
.candidate.team{--c:var(--team)}.candidate.random{--c:var(--soft)}.candidate.default{--c:var(--strong)}
.line{fill:none;stroke:var(--c);stroke-width:1.6;stroke-opacity:var(--o)}
.line.best{stroke-width:3.5;stroke-opacity:1}
.line.out{stroke-opacity:.04;pointer-events:none}
.line.hover{stroke-width:3.5;stroke-opacity:1}
.lines.hovering .line:not(.hover){stroke-opacity:.08}
.paxis line{stroke:var(--strong)}
.paxis text{font-size:11.5px;font-weight:500;fill:var(--text);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.paxis .name{font-size:12.5px;font-weight:600;fill:var(--text)}
.paxis .grip{fill:transparent;cursor:ns-resize;touch-action:none}
.paxis .brush{fill:var(--team);fill-opacity:.25;stroke:var(--team)}
.count{text-align:right}
.series path{fill:none;stroke:var(--c);stroke-width:2}
.series .leader{stroke-width:1;stroke-opacity:.5}
.series text{fill:var(--c);font-weight:600}
.dot{fill:var(--c)}
.vote rect{stroke-width:1.2}
.vote path{fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.vote.accept rect{fill:var(--good);fill-opacity:.16;stroke:var(--good);stroke-opacity:.5}.vote.accept path{stroke:var(--good)}
.vote.reject rect{fill:var(--bad);fill-opacity:.14;stroke:var(--bad);stroke-opacity:.5}.vote.reject path{stroke:var(--bad)}
.vote.silent rect{fill:none;stroke:var(--line)}.vote.silent path{stroke:var(--strong)}
.decision>text{fill:var(--soft);font-size:11px}
.decision>.outcome{font-weight:700;font-size:14px;cursor:default}
.outcome.accepted{fill:var(--good);color:var(--good)}.outcome.rejected{fill:var(--bad);color:var(--bad)}.outcome.no-majority{fill:var(--soft);color:var(--soft)}
.key-dot{fill:var(--c)}
.grid4{display:grid;grid-template-columns:repeat(4,1fr);gap:14px 20px}
.variable{margin:0;min-width:0}
.variable figcaption{display:flex;justify-content:space-between;gap:8px;font-size:12.5px;margin-bottom:4px}
.variable figcaption span{color:var(--soft);white-space:nowrap}.variable figcaption strong{color:var(--text)}
.variable svg text{font-size:11px}
.history{fill:none;stroke:var(--team);stroke-width:2}
.move{fill:var(--team);stroke:var(--card);stroke-width:1}
.move.refused{fill:var(--card);stroke:var(--soft);stroke-width:1.5}
.lanes .even{fill:var(--stripe)}.lanes .odd{fill:transparent}
.attempts rect{fill:var(--c);fill-opacity:.75}
.attempts rect:hover{fill-opacity:1}
.attempts rect.died{fill:url(#died);stroke:var(--bad)}
.died-back{fill:var(--card)}.died-line{fill:var(--bad)}
.terms rect{fill:var(--c);fill-opacity:.18;stroke:var(--c)}
.terms text{font-size:11.5px;font-weight:600;fill:var(--c)}
.fault circle{fill:var(--bad)}.fault text{fill:var(--card);font-weight:700;font-size:11.5px}
.fault .drop{fill:none;stroke:var(--bad);stroke-dasharray:3 3}
.fault .away{fill:var(--bad);fill-opacity:.28}
.fault .strike{fill:var(--bad);stroke:var(--card);stroke-width:1.5}
.fault-list{margin:12px 0 0;padding-left:24px;font-size:13.5px}
.fault-list li{margin:3px 0}
.good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px}
th{font-size:12px;font-weight:600;color:var(--soft);text-align:left;border-bottom:1px solid var(--strong);padding:4px 10px 6px;white-space:nowrap}
td{border-bottom:1px solid var(--line);padding:6px 10px;vertical-align:top}
.num{text-align:right;white-space:nowrap}
td.outcome{font-weight:600;white-space:nowrap}
.changes span{display:inline-block;margin-right:12px;white-space:nowrap}.changes b{font-weight:500;color:var(--soft)}
details summary{cursor:pointer;white-space:nowrap}
details ul{margin:6px 0;padding-left:4px;list-style:none}
.all>summary{color:var(--soft)}
.two{display:grid;grid-template-columns:1.2fr 1fr;gap:24px;align-items:start}
.log{list-style:none;margin:0;padding:0;font-size:13px}
.log li{padding:6px 0;border-bottom:1px solid var(--line)}
.log time{display:inline-block;width:64px;color:var(--soft)}
footer{color:var(--soft);font-size:12.5px;display:flex;justify-content:space-between;gap:24px;flex-wrap:wrap}
code{font:12.5px ui-monospace,SFMono-Regular,Menlo,monospace}
[data-agent]{transition:opacity .12s}
.alone [data-agent]:not(.chosen){opacity:.1}
#tip{position:fixed;z-index:9;pointer-events:none;background:var(--tip);color:var(--tiptext);border-radius:8px;padding:7px 11px;font-size:12.5px;white-space:pre-line;max-width:340px;opacity:0;transition:opacity .08s;box-shadow:0 4px 18px #0004}
#tip.on{opacity:1}
@media (max-width:860px){.row.wide,.row.half,.two{grid-template-columns:1fr}.tiles,.grid4{grid-template-columns:1fr 1fr}.top{flex-direction:column;align-items:start}}
@media (prefers-reduced-motion:reduce){*{transition:none!important}}
@media print{.card,.tile{break-inside:avoid;box-shadow:none}.legend .hint,.count{display:none}}
`
