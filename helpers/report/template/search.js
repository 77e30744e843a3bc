(() => {
  "use strict";
  const { reports, texts, rows, places, shares, ratios, signs } = JSON.parse(document.getElementById("index").textContent);
  const PAGE = 100;
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const find = (id) => document.getElementById(id);
  const words = ["Endpoint", "Population", "Group", "Term", "Measure", "Method", "Where from"];
  const numbers = ["Months", "Estimate", "Lower limit", "Upper limit", "P", "Patients", "Events"];
  const name = (measure) => measure.replace(/_/g, " ");
  const sign = (origin) => make("span", { className: "sign", title: origin, textContent: signs[origin] });
  const short = (value, measure) => {
    if (value === "") return "";
    if (shares.includes(measure)) return `${(100 * value).toFixed(1)}%`;
    if (ratios.includes(measure)) return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(3))).replace("-", "\u2212");
  };
  const ofP = (p) => { // as the pages print it: helpers.present.format.equals_p
    if (p < 0.001) return "P < 0.001";
    if (p > 0.99) return "P > 0.99";
    return `P = ${p.toFixed(p >= 0.0445 && p < 0.0555 ? 4 : p < 0.0995 ? 3 : 2)}`;
  };
  const all = rows.map((row) => {
    const [id, report, ...rest] = row;
    const [endpoint, population, group, term, measure, method, origin] = rest.slice(0, 7).map((place) => texts[place]);
    const [months, estimate, low, high, p, n, events] = rest.slice(7);
    const limits = low === "" && high === "" ? "" : ` (${[low, high].map((end) => short(end, measure)).join(" to ")})`.replace(/%/g, "");
    const value = estimate === "" ? (p === "" ? "not estimable" : ofP(p)) : short(estimate, measure) + limits;
    const title = reports[report][1];
    const about = [title === endpoint ? "" : title, endpoint, term, group, population, name(measure),
      months === "" ? "" : `at ${short(months)} months`, n === "" ? "" : events === "" ? `n = ${n}` : `${events} of ${n}`,
      p === "" || estimate === "" ? "" : ofP(p), method].filter(Boolean).join("; ");
    return { id, report, value, about, origin, row: rest, text: `${id} ${value} ${about} ${events}/${n} ${origin}`.toLowerCase(), places: [] };
  });
  const index = new Map(all.map((row) => [row.id, row]));
  const spots = places.map(([href, kind, text, ids]) => {
    const spot = { href, kind, text, ids, search: `${kind} ${text}`.toLowerCase() };
    ids.forEach((row) => all[row].places.push(spot));
    return spot;
  });
  const report = (spot) => (reports.find(([file]) => spot.href.startsWith(`${file}#`)) || ["", ""])[1];
  const spotItem = (spot) => make("li", {}, make("a", { href: spot.href, textContent: `${report(spot)}, ${spot.kind}` }), ` ${spot.text.slice(0, 240)}`);
  const hit = (row) => make("li", {}, make("a", { href: `#${row.id}`, textContent: row.value }),
    ...(row.origin ? [" ", sign(row.origin)] : []), ` ${row.about}`);
  const field = find("words"), count = document.querySelector("#search .count"), more = find("more");
  let found = all, shown = 0;
  const extend = () => {
    find("hits").append(...found.slice(shown, shown + PAGE).map(hit));
    shown = Math.min(found.length, shown + PAGE);
    more.hidden = shown === found.length;
  };
  const list = (rowsFound, spotsFound) => {
    found = rowsFound;
    shown = 0;
    find("hits").replaceChildren();
    extend();
    find("places").hidden = !spotsFound.length;
    find("texts").replaceChildren(...spotsFound.slice(0, PAGE).map(spotItem));
    count.textContent = `${found.length} of ${all.length} numbers, ${spotsFound.length} places`;
  };
  const search = () => {
    const terms = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => terms.every((term) => text.includes(term));
    list(all.filter((row) => fits(row.text)), terms.length ? spots.filter((spot) => fits(spot.search)) : []);
  };
  const one = (row) => {
    find("row").hidden = !row;
    if (!row) return find("one").replaceChildren();
    const pairs = [["Number", row.value], ["Report", reports[row.report][1]],
      ...words.map((label, place) => [label, texts[row.row[place]]]),
      ...numbers.map((label, place) => [label, row.row[words.length + place]]), ["Id in estimates.csv", row.id]];
    const lines = pairs.filter(([, value]) => value !== "").map(([label, value]) =>
      make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: name(String(value)) })));
    find("one").replaceChildren(make("dl", { className: "facts" }, ...lines),
      row.places.length ? make("p", { textContent: "Shown in" }) : "", make("ul", { className: "hits" }, ...row.places.map(spotItem)));
    find("row").scrollIntoView();
  };
  const follow = () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    one(index.get(hash));
    if (hash.startsWith("q=")) field.value = hash.slice(2).replace(/\+/g, " ");
    if (hash.startsWith("at=")) {
      const spot = spots.find(({ href }) => href === hash.slice(3).replace("/", "#"));
      if (spot) return list(spot.ids.map((row) => all[row]), [spot]);
    }
    search();
  };
  find("search").hidden = false;
  field.addEventListener("input", search);
  more.addEventListener("click", extend);
  window.addEventListener("hashchange", follow);
  follow();
  window.dispatchEvent(new Event("scroll"));
})();
