"use strict";
// Everything that came out of the repository reaches the page by textContent only.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { rows, texts, kinds, places } = data;
  const total = rows.name.length;
  const byId = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en");

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name in element && name !== "list") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  const setOf = (row) => texts[rows.set[row]];
  const pathOf = (row) => (setOf(row) ? `${setOf(row)}.${rows.name[row]}` : rows.name[row]);
  const detailOf = (row) => texts[rows.detail[row]];
  const peopleOf = (row) => data.people[rows.people[row]].map((person) => texts[person]);
  const placesOf = (row) => data.where[rows.where[row]];

  // The index of a row's derivation among the rebuilds of its nth place; -1 where it is not rebuilt there.
  const rebuildOf = (row, nth) => (Array.isArray(rows.why[row]) ? rows.why[row][nth] : nth === 0 ? rows.why[row] : -1);
  const firstWay = (row) => {
    const where = placesOf(row);
    for (let nth = 0; nth < where.length; ++nth) {
      if (rebuildOf(row, nth) >= 0) return { place: where[nth], index: rebuildOf(row, nth) };
    }
    return null;
  };
  const cardOf = (way) => data.origins[way.place][data.rebuilds[way.place].origin[way.index]] ?? -1;
  const stepsOf = (row) => (ways[row] ? data.rebuilds[ways[row].place].distance[ways[row].index] : -1);

  const ways = new Array(total);
  const cards = new Int32Array(total).fill(-1);
  const keys = new Array(total);
  for (let row = 0; row < total; ++row) {
    ways[row] = firstWay(row);
    if (ways[row]) cards[row] = cardOf(ways[row]);
    keys[row] = pathOf(row).toLowerCase();
  }
  const originName = (row) => (cards[row] >= 0 ? data.cards[cards[row]] : "");
  // Where no size is known there is no column of them.
  const hasSizes = rows.grown !== undefined && document.querySelector("[data-column=size]") !== null;
  if (!hasSizes) document.querySelector("[data-column=size]")?.remove();
  const growthOf = (row) => (rows.growth[row] >= 0 ? texts[rows.growth[row]] : "");
  const closureOf = (row) => (rows.closure !== undefined && rows.closure[row] >= 0 ? texts[rows.closure[row]] : "");
  const whereName = (row) => (placesOf(row).length === places.length ? "" : placesOf(row).map((place) => places[place]).join(", "));

  // As builtins.parseDrvName: the version begins behind the first dash that no letter follows.
  const split = (name) => {
    const match = /^(.*?)-([^A-Za-z].*)$/.exec(name);
    return match ? { name: match[1], version: match[2] } : { name, version: "" };
  };

  // ---- Filters
  const chosen = { text: [], kinds: new Set(), set: -1, person: -1, place: -1, card: -1 };
  let sorting = { column: "kind", descending: false };
  let order = [];

  const matches = (row) => {
    if (chosen.kinds.size > 0 && !chosen.kinds.has(rows.kind[row])) return false;
    if (chosen.set >= 0 && rows.set[row] !== chosen.set) return false;
    if (chosen.card >= 0 && cards[row] !== chosen.card) return false;
    if (chosen.place >= 0 && !placesOf(row).includes(chosen.place)) return false;
    if (chosen.person >= 0 && !data.people[rows.people[row]].includes(chosen.person)) return false;
    return chosen.text.every((word) => keys[row].includes(word) || detailOf(row).toLowerCase().includes(word));
  };

  const sortKey = {
    attribute: (row) => keys[row],
    kind: (row) => rows.kind[row],
    detail: (row) => detailOf(row).toLowerCase(),
    origin: (row) => originName(row).toLowerCase(),
    steps: (row) => stepsOf(row),
    size: (row) => rows.grown[row] ?? -Infinity,
    where: (row) => whereName(row),
  };

  const arrange = () => {
    const key = sortKey[sorting.column];
    const found = [];
    for (let row = 0; row < total; ++row) if (matches(row)) found.push(row);
    const values = new Map(found.map((row) => [row, key(row)]));
    const sign = sorting.descending ? -1 : 1;
    found.sort((left, right) => {
      const a = values.get(left);
      const b = values.get(right);
      if (a !== b) return a < b ? -sign : sign;
      return left - right;
    });
    order = found;
    byId("found").textContent = `${number.format(order.length)} of ${number.format(total)} ${total === 1 ? "change" : "changes"}` +
      (data.leftOut > 0 ? `; ${number.format(data.leftOut)} more are not on this page` : "");
    byId("nothing").hidden = order.length > 0;
    pane.scrollTop = 0;
    draw();
  };

  // ---- The window on the rows: only those in sight are in the page
  const pane = byId("window");
  const body = byId("rows");
  let drawn = [-1, -1, null];

  const cell = (text, column) => make("td", { className: column, title: text }, text);
  const rowElement = (position) => {
    const row = order[position];
    const open = make("button", { className: "open", type: "button", title: pathOf(row) }, pathOf(row));
    open.dataset.row = row;
    open.dataset.position = position;
    return make("tr", { "aria-rowindex": position + 2 }, make("td", {}, open), cell(kinds[rows.kind[row]], ""), cell(detailOf(row), ""),
      cell(originName(row), "col-origin"), cell(stepsOf(row) < 0 ? "" : String(stepsOf(row)), "number col-steps"),
      ...(hasSizes ? [cell(growthOf(row), "number col-size")] : []), cell(whereName(row), "col-where"));
  };
  const space = (height) => {
    const line = make("tr", { className: "space", "aria-hidden": "true" }, make("td"));
    line.firstChild.style.height = `${height}px`;
    return line;
  };
  const rowHeight = () => parseFloat(getComputedStyle(document.documentElement).fontSize) * 2.25;
  const draw = () => {
    const height = rowHeight();
    const first = Math.max(0, Math.floor(pane.scrollTop / height) - 12);
    const last = Math.min(order.length, first + Math.ceil(pane.clientHeight / height) + 24);
    if (drawn[0] === first && drawn[1] === last && drawn[2] === order) return;
    drawn = [first, last, order];
    const focused = document.activeElement?.dataset?.position;
    const lines = [space(first * height)];
    for (let position = first; position < last; ++position) lines.push(rowElement(position));
    lines.push(space((order.length - last) * height));
    body.replaceChildren(...lines);
    byId("table").setAttribute("aria-rowcount", order.length + 1);
    if (focused !== undefined) body.querySelector(`[data-position="${Number(focused)}"]`)?.focus({ preventScroll: true });
  };
  const focusRow = (position) => {
    const height = rowHeight();
    const wanted = Math.max(0, Math.min(order.length - 1, position));
    const head = byId("table").tHead.offsetHeight;
    if (wanted * height < pane.scrollTop) pane.scrollTop = wanted * height;
    if ((wanted + 1) * height + head > pane.scrollTop + pane.clientHeight) pane.scrollTop = (wanted + 1) * height + head - pane.clientHeight;
    draw();
    body.querySelector(`[data-position="${wanted}"]`)?.focus({ preventScroll: true });
  };

  // ---- The way down of one attribute
  const dialog = byId("way");
  const transition = (before, after) =>
    before === after || before === null
      ? [make("code", {}, after || "")]
      : [make("code", {}, before || "none"), make("span", { className: "arrow" }, "→"), make("code", {}, after || "none")];

  const storePath = (hash, name) => `/nix/store/${hash}-${name}.drv`;
  const stepElement = (rebuilds, index, role) => {
    const head = texts[rebuilds.head[index]];
    const base = rebuilds.base[index] < 0 ? null : texts[rebuilds.base[index]];
    const after = split(head);
    const before = base === null ? null : split(base);
    const renamed = before !== null && before.name !== after.name;
    const step = make("div", { className: "step" });
    if (role) step.append(make("span", { className: "role" }, role));
    step.append(make("span", { className: "name code" }, after.name), " ");
    step.append(...(renamed ? transition(base, head) : transition(before && before.version, after.version)));
    if (before === null) step.append(make("span", { className: "quiet" }, " new"));
    const drv = (side, hash, name) => make("code", { className: "drv" }, `${side} `, make("span", {}, storePath(hash, name)));
    if (base !== null) step.append(drv("base", rebuilds.baseHash[index], base));
    step.append(drv("head", rebuilds.headHash[index], head));
    return step;
  };

  const pathElement = (way) => {
    const rebuilds = data.rebuilds[way.place];
    const list = make("ol", { className: "path" });
    const seen = new Set();
    let index = way.index;
    while (index >= 0 && index < rebuilds.head.length && !seen.has(index)) {
      seen.add(index);
      const isOrigin = rebuilds.towards[index] < 0;
      const role = isOrigin ? "origin: where the change enters" : seen.size === 1 ? "this attribute" : "";
      const step = stepElement(rebuilds, index, role);
      if (isOrigin) {
        step.classList.add("from");
        const card = byId(`origin-${cardOf(way)}`);
        for (const part of card ? card.querySelectorAll(".same, .lines, .difference") : []) step.append(part.cloneNode(true));
      }
      list.append(make("li", {}, step));
      index = rebuilds.towards[index];
    }
    return list;
  };

  const show = (row) => {
    const where = placesOf(row);
    const about = make("dl", { className: "about" });
    const say = (term, text) => text && about.append(make("dt", {}, term), make("dd", {}, text));
    say("change", kinds[rows.kind[row]]);
    say("what", detailOf(row));
    say("closure", closureOf(row));
    say("on", where.map((place) => places[place]).join(", "));
    say("defined at", texts[rows.position[row]]);
    say("maintainers", peopleOf(row).join(", "));
    byId("way-title").textContent = pathOf(row);
    const parts = [about];
    where.forEach((place, nth) => {
      const index = rebuildOf(row, nth);
      if (index < 0 || index >= data.rebuilds[place].head.length) return;
      const on = places.length > 1 ? ` on ${places[place]}` : "";
      parts.push(make("h3", {}, `Why it is built${on}`), pathElement({ place, index }));
    });
    byId("way-body").replaceChildren(...parts);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    history.replaceState(null, "", `#attribute=${encodeURIComponent(pathOf(row))}`);
  };
  dialog.addEventListener("close", () => history.replaceState(null, "", "#changes"));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  byId("way-close").addEventListener("click", () => dialog.close());

  const showNamed = () => {
    const match = /^#attribute=(.*)$/.exec(location.hash);
    if (!match) return;
    let wanted = "";
    try { wanted = decodeURIComponent(match[1]); } catch { return; }
    for (let row = 0; row < total; ++row) if (pathOf(row) === wanted) return show(row);
  };

  // ---- Controls
  const counted = (values) => {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
    return [...counts].sort((left, right) => right[1] - left[1]);
  };
  const fill = (id, entries, nameOf, apply) => {
    const select = byId(id);
    if (entries.length < 2) select.parentElement.hidden = true;
    for (const [value, count] of entries.slice(0, 1000)) select.append(make("option", { value: String(value) }, `${nameOf(value)} (${number.format(count)})`));
    select.addEventListener("change", () => { apply(select.value === "" ? -1 : Number(select.value)); arrange(); });
  };
  fill("filter-set", counted(rows.set), (set) => texts[set] || "top level", (set) => { chosen.set = set; });
  fill("filter-person", counted(rows.people.flatMap((people) => data.people[people])), (person) => texts[person], (person) => { chosen.person = person; });
  fill("filter-place", counted(rows.where.flatMap((where) => data.where[where])), (place) => places[place], (place) => { chosen.place = place; });
  fill("filter-origin", counted([...cards].filter((card) => card >= 0)), (card) => data.cards[card], (card) => { chosen.card = card; });

  const chips = byId("filter-kinds");
  for (const [kind, count] of counted(rows.kind).sort((left, right) => left[0] - right[0])) {
    const chip = make("button", { type: "button", "aria-pressed": "false" }, kinds[kind], make("span", { className: "count" }, number.format(count)));
    chip.addEventListener("click", () => {
      const pressed = chip.getAttribute("aria-pressed") !== "true";
      chip.setAttribute("aria-pressed", String(pressed));
      if (pressed) chosen.kinds.add(kind); else chosen.kinds.delete(kind);
      arrange();
    });
    chips.append(chip);
  }
  let typing = 0;
  byId("filter-text").addEventListener("input", (event) => {
    chosen.text = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    clearTimeout(typing);
    typing = setTimeout(arrange, 80);
  });
  for (const head of byId("table").tHead.querySelectorAll("th")) {
    head.querySelector("button").addEventListener("click", () => {
      const column = head.dataset.column;
      const largestFirst = column === "size";
      sorting = { column, descending: sorting.column === column ? !sorting.descending : largestFirst };
      for (const other of byId("table").tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", sorting.descending ? "descending" : "ascending");
      arrange();
    });
  }
  pane.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  addEventListener("resize", draw);
  body.addEventListener("click", (event) => {
    const open = event.target.closest("tr")?.querySelector(".open");
    if (open) show(Number(open.dataset.row));
  });
  body.addEventListener("keydown", (event) => {
    const position = Number(event.target.dataset.position);
    const page = Math.floor(pane.clientHeight / rowHeight()) - 2;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -order.length, End: order.length }[event.key];
    if (steps === undefined || Number.isNaN(position)) return;
    event.preventDefault();
    focusRow(position + steps);
  });
  // ---- Tables that were written out and sort by what a cell says, or by its key
  for (const table of document.querySelectorAll("table.sortable")) {
    const rowsOf = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const isNumber = head.classList.contains("number");
        const before = head.getAttribute("aria-sort");
        const descending = before === null ? isNumber : before === "ascending";
        const keyOf = (line) => (isNumber ? Number(line.cells[column].dataset.key) : line.cells[column].textContent.toLowerCase());
        const lines = [...rowsOf.rows].map((line, place) => ({ line, place, key: keyOf(line) }));
        const sign = descending ? -1 : 1;
        lines.sort((left, right) => (left.key === right.key ? left.place - right.place : left.key < right.key ? -sign : sign));
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        rowsOf.replaceChildren(...lines.map((each) => each.line));
      });
    });
  }
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
  addEventListener("hashchange", showNamed);

  byId("table").classList.toggle("without-places", places.length < 2);
  byId("table").classList.toggle("without-origins", !cards.some((card) => card >= 0));
  byId("explorer").hidden = false;
  arrange();
  showNamed();
})();
