(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  all(".tools").forEach((tools) => { tools.hidden = false; });
  const print = document.getElementById("print");
  if (print) print.addEventListener("click", () => window.print());
  const root = document.documentElement;
  root.classList.add("script");
  const toggle = document.getElementById("code");
  if (toggle) toggle.addEventListener("click", () => {
    const open = root.classList.toggle("coded");
    all("details.code, details.frame").forEach((fold) => { fold.open = open; });
    toggle.setAttribute("aria-pressed", String(open));
    toggle.textContent = open ? "Hide code" : "Show code";
    edges();
  });
  const edge = (box) => {
    box.classList.toggle("before", box.scrollLeft > 1);
    box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
  };
  const edges = () => all(".scroll").forEach(edge);
  all(".scroll").forEach((box) => box.addEventListener("scroll", () => edge(box), { passive: true }));
  all("details").forEach((fold) => fold.addEventListener("toggle", () => all(".scroll", fold).forEach(edge)));
  window.addEventListener("resize", edges);
  edges();
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let fold = target; fold; fold = fold.parentElement) if (fold.tagName === "DETAILS") fold.open = true;
    if (target && target.closest("details")) target.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();
  if (window.matchMedia("(max-width: 60rem)").matches) all("details.toc").forEach((toc) => { toc.open = false; });

  const number = (text) => {
    const found = text.replace(/\u2212/g, "-").replace(/,/g, "").match(/^[<>]?(-?\d+(\.\d+)?(e-?\d+)?)/i);
    return found ? Number(found[1]) : NaN;
  };
  const compare = (a, b) => {
    if (!a || !b) return Number(!a) - Number(!b);
    const x = number(a), y = number(b);
    if (isNaN(x) && isNaN(y)) return a.localeCompare(b, "en", { numeric: true });
    return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : x - y;
  };
  const sort = (table, column) => {
    const header = table.tHead.rows[0].cells[column];
    const down = header.getAttribute("aria-sort") === "ascending";
    all("th", table.tHead).forEach((cell) => cell.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const text = (row) => row.cells[column].textContent.trim();
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const order = compare(text(a), text(b)), alike = isNaN(number(text(a))) === isNaN(number(text(b)));
      return down && alike && text(a) && text(b) ? -order : order; // what has no number stays at the end
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

  const percent = (text) => `${(100 * Number(text)).toFixed(1)}%`;
  const valueAt = (rows, month) => {
    const last = rows.filter((row) => row.month <= month).pop();
    if (!last || month > rows[rows.length - 1].month) return "line ended";
    return percent(last.value) + (last.low ? ` (${percent(last.low)} to ${percent(last.high)})` : "");
  };
  const phone = window.matchMedia("(max-width: 40rem)"); // where the narrow drawing is shown
  all("figure.drawing[data-axis]").forEach((figure, index) => {
    const [,, end] = figure.dataset.axis.split(" ").map(Number);
    const axis = () => (phone.matches && figure.dataset.narrow || figure.dataset.axis).split(" ").map(Number);
    const groups = new Map();
    all("tbody tr", figure.nextElementSibling).forEach((row) => {
      const [group, month, value, low, high] = [...row.cells].map((cell) => cell.textContent);
      groups.set(group, [...(groups.get(group) || []), { month: Number(month), value, low, high }]);
    });
    const plot = figure.querySelector(".plot"), line = make("i", { hidden: true });
    const box = make("p", { className: "read" });
    const slider = make("input", { type: "range", min: 0, max: end, step: 1, value: 0, id: `read-${index}` });
    const label = make("label", { textContent: "Read the curves at a month ", htmlFor: slider.id });
    const told = make("output", { htmlFor: slider.id });
    const read = () => {
      const month = Number(slider.value);
      const values = [...groups].map(([group, rows]) => `${group}: ${valueAt(rows, month)}`);
      told.textContent = `Month ${month}. ${values.join("; ")}.`;
      slider.setAttribute("aria-valuetext", `month ${month}`);
      line.hidden = false;
      const [left, step] = axis();
      line.style.left = `${100 * (left + step * month)}%`;
    };
    slider.addEventListener("input", read);
    plot.addEventListener("pointermove", (event) => {
      const place = plot.getBoundingClientRect(), [left, step] = axis();
      slider.value = Math.round(((event.clientX - place.left) / place.width - left) / step);
      read();
    });
    plot.append(line);
    box.append(label, slider, told);
    figure.append(box);
  });

  const entries = all(".contents a").map((link) => [link, document.getElementById(link.hash.slice(1))]);
  const mark = () => {
    const passed = entries.filter(([, heading]) => heading && heading.getBoundingClientRect().top < 0.3 * window.innerHeight);
    entries.forEach(([link]) => link.removeAttribute("aria-current"));
    if (passed.length) passed.pop()[0].setAttribute("aria-current", "location");
  };
  let waiting = false;
  window.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();
})();
