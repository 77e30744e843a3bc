(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  all(".tools").forEach((tools) => { tools.hidden = false; });
  const print = document.getElementById("print");
  if (print) print.addEventListener("click", () => window.print());
  const toggle = document.getElementById("all-code");
  if (toggle) toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-pressed") !== "true";
    all("details.code").forEach((fold) => { fold.open = open; });
    toggle.setAttribute("aria-pressed", String(open));
    toggle.textContent = open ? "Hide all code" : "Show all code";
  });
  if (window.matchMedia("(max-width: 60rem)").matches) all("details.toc").forEach((toc) => { toc.open = false; });

  const number = (text) => {
    const found = text.replace(/\u2212/g, "-").replace(/,/g, "").match(/-?\d+(\.\d+)?(e-?\d+)?/i);
    return found ? Number(found[0]) : NaN;
  };
  const compare = (a, b) => {
    if (!a || !b) return Number(!a) - Number(!b);
    const x = number(a), y = number(b);
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y;
  };
  const sort = (table, column) => {
    const header = table.tHead.rows[0].cells[column];
    const down = header.getAttribute("aria-sort") === "ascending";
    all("th", table.tHead).forEach((cell) => cell.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const order = compare(text(a), text(b));
      return down && text(a) && text(b) ? -order : order;
    });
    table.tBodies[0].append(...rows);
  };
  const filterBox = (table, id) => {
    const box = make("p", { className: "filter" });
    const label = make("label", { textContent: "Filter rows ", htmlFor: id });
    const field = make("input", { type: "search", id });
    const count = make("span", { className: "count" });
    count.setAttribute("role", "status");
    const rows = [...table.tBodies[0].rows];
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((row) => {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      });
      count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
    });
    label.append(field);
    box.append(label, count);
    return box;
  };
  all("table.long").forEach((table, index) => {
    all("th", table.tHead).forEach((header, column) => {
      const button = make("button", { type: "button" });
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(table, column));
      header.append(button);
    });
    table.parentElement.before(filterBox(table, `filter-${index}`));
  });
})();
