"""Style and script of the HTML report; plain, so that the file works without a network."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--edge:#8886;--faint:#888}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1500px;padding:0 1rem}
h2{margin-top:3rem;border-bottom:2px solid var(--edge)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}
dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
.notes{border-left:4px solid #d33;padding-left:1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
td small{display:block;color:var(--faint);font-size:.75em;font-weight:400}
em{color:#d33;font-style:normal;font-size:.8em}
.strip{display:flex;gap:6px;overflow-x:auto;margin:6px 0}
figure{margin:0;flex:none;width:150px;cursor:pointer}
figure img{width:150px;height:150px;object-fit:contain;background:#fff;border:1px solid var(--edge)}
figcaption{font-size:12px;color:var(--faint);overflow-wrap:anywhere}
.two{display:flex;gap:2rem;flex-wrap:wrap}summary{cursor:pointer;margin:.5rem 0}
dialog{border:0;padding:1rem;border-radius:8px}
dialog::backdrop{background:#000b}
.pair{position:relative;width:min(80vw,72vh);aspect-ratio:1}
.pair img{position:absolute;inset:0;width:100%;height:100%;background:#fff}
dialog input{width:100%}
"""

SCRIPT = """
const seen=new IntersectionObserver(es=>{for(const e of es)if(e.isIntersecting){
const f=e.target;f.querySelector('img').src=P[f.dataset.i];seen.unobserve(f)}},
{rootMargin:'600px'});
const box=document.createElement('dialog');
box.innerHTML="<div class=pair><img><img></div><input type=range min=0 max=100 value=50 "+
"aria-label='left painted, right target'><div>left: the picture, right: the target</div>";
document.body.append(box);
const [top_,under]=box.querySelectorAll('img'),range=box.querySelector('input');
const cut=()=>{top_.style.clipPath='inset(0 '+(100-range.value)+'% 0 0)'};
range.oninput=cut;box.onclick=e=>{if(e.target===box)box.close()};
for(const f of document.querySelectorAll('figure')){seen.observe(f);
f.onclick=()=>{top_.src=P[f.dataset.i];under.src=P[f.dataset.t];cut();box.showModal()};
f.onkeydown=e=>{if(e.key==='Enter')f.onclick()}}
"""
