"""The look of a report and its few lines of script: sorting, filtering, opening an account's page."""

from __future__ import annotations

__all__ = ["CSS", "SCRIPT"]

CSS = """
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;padding:1.2em;max-width:76em;overflow-wrap:anywhere}
h1{margin:0 0 .1em;font-size:1.6em}h2{margin:1.8em 0 .4em;font-size:1.2em}h3{margin:1em 0 .3em;font-size:1em}
.q{opacity:.75;font-size:90%}.big{display:flex;gap:1em 2.4em;flex-wrap:wrap;margin:.8em 0}
.big b{display:block;font-size:1.7em;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%}td,th{padding:3px 10px 3px 0;text-align:left;vertical-align:top}
th{font-weight:600;white-space:nowrap;border-bottom:1px solid rgba(128,128,128,.5)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody tr{border-bottom:1px solid rgba(128,128,128,.2)}
th span{cursor:pointer}
th span::after{content:" \\2195";opacity:.5}th[aria-sort=ascending] span::after{content:" \\2191";opacity:1}
th[aria-sort=descending] span::after{content:" \\2193";opacity:1}
.f{display:flex;gap:1em;flex-wrap:wrap;margin:.4em 0}.f input,.f select{font:inherit;padding:2px 6px}
td{overflow-wrap:break-word}#list td:first-child{min-width:9em;overflow-wrap:anywhere}
i{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.35em}
.legend span{margin-right:1.2em}svg.c{width:100%;max-width:46em;display:block;overflow:visible}
svg.k{width:100%;max-width:30em;height:auto;display:block}svg text{font-size:12px;fill:currentColor}
svg line{stroke:currentColor;opacity:.5}svg polyline{fill:none;stroke-width:2}
.k polyline{stroke:#5b7fa6}.k circle{fill:#5b7fa6}
details{border-bottom:1px solid rgba(128,128,128,.2);padding:.25em 0}summary{cursor:pointer}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(22em,1fr));gap:0 2.5em;align-items:start}
u{display:inline-block;height:.6em;text-decoration:none;margin-right:.4em}
@media print{body{font-size:10.5pt;max-width:none;padding:0}
.f,#accounts>.q,details:not([open]),th span::after{display:none}
#list tbody tr:nth-child(n+51){display:none}details{break-before:page}h2{break-after:avoid}tr,svg{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit;text-decoration:none}}
""".strip().replace("\n", "")

SCRIPT = """
(function () {
  var list = document.getElementById("list");
  if (list) {
    var body = list.tBodies[0], heads = list.tHead.rows[0].cells;
    var value = function (row, column) {
      var cell = row.cells[column], number = cell.getAttribute("data-v");
      return number === null ? cell.textContent : number === "" ? null : Number(number);
    };
    Array.prototype.forEach.call(heads, function (head, column) {
      var sort = function () {
        var down = head.getAttribute("aria-sort") === "ascending", rows = Array.prototype.slice.call(body.rows);
        Array.prototype.forEach.call(heads, function (each) { each.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        rows.sort(function (a, b) {
          var x = value(a, column), y = value(b, column);
          if (x === null || y === null) { return (x === null) - (y === null); }
          var order = typeof x === "number" ? x - y : x.localeCompare(y);
          return down ? -order : order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
      };
      head.firstChild.addEventListener("click", sort);
      head.firstChild.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
    var text = document.getElementById("find"), grade = document.getElementById("grade");
    var shown = document.getElementById("shown");
    var filter = function () {
      var wanted = text.value.toLowerCase(), only = grade ? grade.value : "", count = 0;
      Array.prototype.forEach.call(body.rows, function (row) {
        var fits = (!only || row.getAttribute("data-g") === only) && row.textContent.toLowerCase().indexOf(wanted) >= 0;
        row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      shown.textContent = count.toLocaleString("en");
    };
    text.addEventListener("input", filter);
    if (grade) { grade.addEventListener("change", filter); }
  }
  var open = function () {
    var page = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (page && page.tagName === "DETAILS") { page.open = true; page.scrollIntoView(); }
  };
  window.addEventListener("hashchange", open);
  open();
})();
""".strip()
