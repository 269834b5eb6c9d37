import { Html } from './html.ts';

const LIGHT = `
--paper:#fdfcfa; --card:#f5f2ec; --ink:#1d1b18; --muted:#615c54; --rule:#ddd7cc; --grid:#e9e4da;
--base:#7d7768; --tuned:#0d6e66; --positive:#0d6e66; --negative:#b4521d;
--gain:#0b6a45; --loss:#a8341a; --good-back:#e6f1ec; --bad-back:#fae9e2; --even-back:#f3eee2; --mark:#1d1b18;`;

const DARK = `
--paper:#151617; --card:#1e2021; --ink:#ebe8e2; --muted:#aaa59b; --rule:#3a3b3b; --grid:#292b2b;
--base:#a09a8c; --tuned:#56c4b4; --positive:#56c4b4; --negative:#ef955f;
--gain:#6fd3a0; --loss:#f79880; --good-back:#173028; --bad-back:#3a211a; --even-back:#2b281f; --mark:#ebe8e2;`;

/** The page's style: a printed report's, in the reader's light or dark, from a phone's width upwards. */
export const STYLE: Html = new Html(
  `
:root{color-scheme:light dark;${LIGHT}
--serif:"Iowan Old Style","Charter","Bitstream Charter","Palatino Linotype",Palatino,"Noto Serif",Georgia,serif;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{${LIGHT}--paper:#fff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:400 17px/1.55 var(--serif);overflow-wrap:anywhere;font-kerning:normal}
main{max-width:1180px;margin:0 auto;padding:64px 24px 48px}
h1,h2,h3,h4,p,ul,ol,dl,dd,figure,table{margin:0;padding:0}
h1,h2,h3,h4{font-weight:600;text-wrap:balance}
p{text-wrap:pretty}
code{font:.86em/1.5 var(--mono)}
b,strong{font-weight:600}
.top{padding-bottom:28px}
.eyebrow{font:600 13px/1.4 var(--sans);letter-spacing:.02em;color:var(--muted)}
.eyebrow span{color:var(--tuned)}
h1{font-size:clamp(34px,6vw,56px);line-height:1.08;letter-spacing:-.018em;margin:10px 0 14px}
.byline{color:var(--muted);font:400 15px/1.6 var(--sans)}
.verdict{background:var(--even-back);padding:24px 28px 26px;border-radius:6px}
.verdict.good{background:var(--good-back)}
.verdict.bad{background:var(--bad-back)}
.verdict.good h2{color:var(--gain)}
.verdict.bad h2{color:var(--loss)}
.verdict h2{font-size:clamp(23px,3.4vw,31px);line-height:1.2;letter-spacing:-.01em;margin-bottom:8px}
.verdict p{max-width:66ch}
.label-scratch{margin-top:14px;padding-top:12px;border-top:1px solid var(--rule)}
.tag{display:inline-block;font:600 11.5px/1 var(--sans);padding:3px 6px;border:1px solid currentColor;border-radius:3px;color:var(--muted);vertical-align:.12em;white-space:nowrap}
.tiles{display:grid;grid-template-columns:1.25fr 1fr 1.15fr 1fr;margin:30px 0 8px;font-family:var(--sans)}
.tiles div{padding:2px 22px;border-left:1px solid var(--rule)}
.tiles div:first-child{padding-left:0;border-left:0}
.tiles dt,.tiles .under{font-size:13.5px;line-height:1.4;color:var(--muted)}
.tiles .value{font-size:28px;line-height:1.25;letter-spacing:-.015em;font-weight:600;font-variant-numeric:tabular-nums;min-height:44px;display:flex;align-items:center;gap:.28em;white-space:nowrap}
.tiles .was,.tiles .to{font-weight:400;color:var(--muted)}
.balance{display:flex;gap:2px;width:100%;height:14px}
.balance i{border-radius:2px;min-width:3px}
.balance .up{background:var(--tuned)}.balance .same{background:var(--rule)}.balance .down{background:var(--negative)}
section{display:grid;grid-template-columns:196px minmax(0,1fr);gap:28px;border-top:1px solid var(--rule);margin-top:52px;padding-top:26px}
section>header h2{font-size:23px;line-height:1.2;letter-spacing:-.008em;margin-bottom:8px}
section>header p{font:400 14px/1.5 var(--sans);color:var(--muted);text-wrap:wrap}
.content{min-width:0;display:grid;gap:30px}
h3{font:600 15px/1.35 var(--sans)}
.note{font:400 14px/1.5 var(--sans);color:var(--muted)}
.none{color:var(--muted);font-style:italic}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:34px 32px}
figure{min-width:0}
figcaption{margin-bottom:8px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;font:400 13.5px/1.6 var(--sans);color:var(--muted)}
.legend li{display:flex;align-items:center;gap:7px}
.key{flex:none;display:inline-block;width:16px;height:3px;border-radius:2px;background:currentColor}
.key.dot{width:10px;height:10px;border-radius:50%}
.key.area{width:13px;height:13px;opacity:.75}
.key.dash{height:0;background:none;border-top:2px dashed var(--muted);border-radius:0}
.key.tick{width:2px;height:14px;border-radius:0}.key.mark{background:var(--mark)}
.key.raw{background:var(--base);opacity:.5}.key.raw-strong,.key.base{background:var(--base)}.key.tuned{background:var(--tuned)}.key.positive{background:var(--positive)}.key.negative{background:var(--negative)}
svg.chart{display:block;max-width:100%;height:auto;font:400 13px var(--sans);font-variant-numeric:tabular-nums}
svg.narrow{display:none}
svg text{fill:var(--muted)}
svg .rule{stroke:var(--muted);stroke-opacity:.55}
svg .grid{stroke:var(--grid)}
svg .axis-title{font-size:12.5px}
svg .label,svg .row-name,svg .bar-name{fill:var(--ink)}
svg .row-name{font-weight:600;font-size:14px}
svg .label.base{fill:var(--muted)}
svg .strong,svg .label.tuned{font-weight:600}
svg .label.tuned,svg .label.positive{fill:var(--tuned)}
svg .label.negative{fill:var(--negative)}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
svg .line.raw{stroke:var(--base);stroke-opacity:.38;stroke-width:1}
svg .line.raw-strong{stroke:var(--base);stroke-width:1.4}
svg .line.tuned{stroke:var(--tuned);stroke-width:2.25}
svg .level{stroke:var(--muted);stroke-width:1.5;stroke-dasharray:5 4}
svg .dot.base{fill:var(--base)}svg .dot.tuned{fill:var(--tuned)}
svg .mark{fill:none;stroke:var(--mark);stroke-width:1.75}
svg .whisker{stroke-width:3;stroke-linecap:round}
svg .whisker.base{stroke:var(--base);stroke-opacity:.45}svg .whisker.tuned{stroke:var(--tuned);stroke-opacity:.45}
svg .arrow{stroke:var(--muted);stroke-width:1.25}
svg .area{fill-opacity:.5;stroke-width:1.25;stroke-linejoin:round}
svg .area.positive{fill:var(--positive);stroke:var(--positive)}
svg .area.negative{fill:var(--negative);stroke:var(--negative)}
svg .mean{stroke-width:1.5;stroke-dasharray:2 3}
svg .mean.positive{stroke:var(--positive)}svg .mean.negative{stroke:var(--negative)}
svg .bar{fill:var(--tuned)}
svg .level-bar{fill:var(--base);fill-opacity:.5}svg .gain-bar{fill:var(--tuned)}svg .loss-bar{fill:var(--negative);fill-opacity:.75}
svg .left-out .level-bar{fill-opacity:.28}svg .left-out .gain-bar{fill-opacity:.45}svg .left-out .loss-bar{fill-opacity:.4}
svg .span{stroke:var(--mark);stroke-width:1.5}svg .oracle{stroke:var(--mark);stroke-width:2}
svg .connector{stroke:var(--muted);stroke-dasharray:2 3}
details.data{margin-top:6px;font:400 13px/1.5 var(--sans)}
summary{cursor:pointer}
details.data summary{color:var(--muted);width:max-content;max-width:100%;padding:4px 0}
details.data[open] summary{margin-bottom:6px}
summary:focus-visible{outline:2px solid var(--tuned);outline-offset:3px;border-radius:3px}
table{border-collapse:collapse;width:100%;font:400 14.5px/1.45 var(--sans);font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:9px 0 9px 14px;border-bottom:1px solid var(--grid);vertical-align:baseline}
th:first-child{text-align:left;padding-left:0;font-weight:600}
.stack td,.stack thead th{overflow-wrap:break-word}
thead th{font-weight:400;color:var(--muted);font-size:13px;border-bottom-color:var(--rule)}
thead th:first-child{font-weight:400}
details.data table{font-size:13px}
details.data th,details.data td{padding-block:4px}
.gain{color:var(--gain)}.loss{color:var(--loss)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr));gap:0 32px;font:400 14.5px/1.5 var(--sans)}
.half .facts{grid-template-columns:1fr}
.facts div{display:grid;grid-template-columns:142px minmax(0,1fr);gap:12px;padding:7px 0;border-bottom:1px solid var(--grid)}
.facts dt{color:var(--muted)}
.changes{display:grid;gap:10px}
.change{background:var(--card);border-radius:6px}
.change summary{display:grid;grid-template-columns:10px minmax(0,1fr) auto;gap:14px;padding:13px 18px;align-items:baseline;list-style:none}
.change summary::-webkit-details-marker{display:none}
.change summary::before{content:"";width:7px;height:7px;border:solid var(--muted);border-width:0 1.75px 1.75px 0;transform:translateY(-3px) rotate(-45deg)}
.change[open] summary::before{transform:translateY(-4px) rotate(45deg)}
.query{font-size:17px;line-height:1.4;text-align:start}
.delta{font:400 14px/1.4 var(--sans);font-variant-numeric:tabular-nums;white-space:nowrap}
.delta span{color:var(--muted)}
.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:26px;padding:4px 18px 12px}
.side h4{font:600 13.5px/1.4 var(--sans);border-bottom:1px solid var(--rule);padding-bottom:6px;margin-bottom:8px}
.side.tuned h4{color:var(--tuned);border-color:var(--tuned)}
.side h4 span{font-weight:400;color:var(--muted);float:right}
.side ol{list-style:none;display:grid;gap:11px}
.side li{padding-left:12px;border-left:3px solid var(--rule)}
.side li.relevant{border-color:var(--tuned)}
.heading{font:400 14px/1.4 var(--sans)}
.heading .num{color:var(--muted);font-variant-numeric:tabular-nums}
.yes{color:var(--gain);font-weight:600}
.text{font-size:14.5px;line-height:1.45;color:var(--muted)}
.id{font:400 12.5px/1.4 var(--sans);color:var(--muted);padding:0 18px 13px}
.notices ul,.unreadable ul,.method{list-style:none;display:grid;gap:8px;margin-top:8px;font-size:15.5px;line-height:1.5}

.notices .warning b{color:var(--loss)}
.splits{max-width:440px}
.method{margin-top:0;max-width:72ch}
.groups{columns:2;column-gap:32px;margin-bottom:-26px}
.group{break-inside:avoid;padding-bottom:26px}
.group .facts{grid-template-columns:1fr}
.group h3{margin-bottom:4px}
footer{margin-top:56px;padding-top:16px;border-top:1px solid var(--rule);font:400 13px/1.5 var(--sans);color:var(--muted)}
@media (max-width:980px){section{grid-template-columns:1fr;gap:20px}section>header p{max-width:60ch}.sides{grid-template-columns:1fr}}
@media (max-width:860px){.pair{grid-template-columns:minmax(0,1fr)}}
@media (max-width:700px){
main{padding:34px 20px 36px}
body{font-size:16.5px}
svg.wide{display:none}svg.narrow{display:block}
.groups{columns:1}
.verdict{padding:18px 18px 20px;margin-inline:-4px}
.tiles{grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:22px 0}
.tiles div{padding:0 0 0 16px}.tiles div:nth-child(odd){padding:0 12px 0 0;border-left:0}
.tiles .value{font-size:22px;min-height:36px}
.tiles .was,.tiles .to{letter-spacing:-.03em}
section{margin-top:40px}
.facts div{grid-template-columns:128px minmax(0,1fr)}
.change summary{grid-template-columns:10px minmax(0,1fr);gap:4px 12px;padding:12px 14px}.delta{grid-column:2}
.sides{padding-inline:14px}.id{padding-inline:14px}
.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack,.stack tbody{display:block}
.stack tr{display:grid;grid-template-columns:1fr 1fr;gap:2px 18px;padding:12px 0;border-bottom:1px solid var(--rule)}
.stack th{grid-column:1/-1}
.stack th,.stack td{border:0;padding:0}
.stack td{display:flex;justify-content:space-between;gap:8px}
.stack td::before{content:attr(data-head);color:var(--muted);text-align:left}
.stack td:nth-child(n+5){grid-column:1/-1}
}
@media print{
body{font-size:10.5pt}main{max-width:none;padding:0}
section{grid-template-columns:1fr;gap:12px;margin-top:24px}
details.data,.change summary::before{display:none}.change summary{grid-template-columns:minmax(0,1fr) auto}
details::details-content{content-visibility:visible;display:block}
figure,.change,tr,.facts div{break-inside:avoid}
h2,h3{break-after:avoid}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`.trim(),
);
