// What was in a list, after each of its changes that the site carries. The entries of all lists are one script (data/lists.js), loaded when they come
// into sight; each entry has the numbers of the changes with which it came (0: it was there before) and went (0: it is still there).
"use strict";
(() => {
  const SHOWN = 30; // entries, until all are asked for
  const STAYS = 50, SHOWN_STAYS = 20; // entries whose time in the list is drawn, and those of them that are not folded
  const $ = (id) => document.getElementById(id);
  const section = $("past"), list = $("past-list"), date = $("past-date"), said = $("past-said"), entries = $("past-entries"), all = $("past-all");
  const back = $("past-back"), command = $("past-command"), why = $("past-why"), how = "Says what would come back and go. With --yes it does that.";
  if (!section) return;
  let loading;

  function load() {
    if (loading) return loading;
    loading = new Promise((resolve, reject) => {
      window.lists = resolve;
      const script = document.createElement("script");
      script.src = section.querySelector("[data-file]").dataset.file;
      script.addEventListener("error", () => reject(new Error("no lists")));
      document.head.append(script);
    }).then(window.site.unpacked);
    loading.catch(() => { said.textContent = "The entries could not be loaded."; });
    return loading;
  }

  const element = (name, properties = {}, ...inside) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  };
  const moment = (seconds, form = "moment") => { // a day is one of the listener's clock
    const made = element("time", { dateTime: form === "day" ? minute(seconds).slice(0, 10) : new Date(seconds * 1000).toISOString() });
    made.dataset.form = form;
    return made;
  };
  const number = (value) => element("data", { value: String(value) }, String(value));
  const counted = (value, one, many) => [number(value), ` ${value === 1 ? one : many}`];
  const named = (name) => (name && name.trim() ? element("bdi", {}, name) : element("span", { className: "unknown" }, "name unknown"));
  const sign = (came, went) => [came && `+${came}`, went && `−${went}`].filter(Boolean).join(" ");

  // The entries around one change, as [track, came, went]: those that came with it first, then those that went, then the others.
  function around(found, step) {
    const rows = found.entries[0].map((track, at) => [track, found.entries[1][at], found.entries[2][at]]);
    const came = step ? rows.filter((row) => row[1] === step) : [];
    const went = step ? rows.filter((row) => row[2] === step) : [];
    const stayed = rows.filter(([, from, to]) => (from < step || !step && !from) && (!to || to > step));
    return { came, went, stayed };
  }

  // A moment as the commands take it: the minute, on the listener's clock.
  const zone = section.querySelector("[data-zone]")?.dataset.zone;
  function minute(seconds) {
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(seconds * 1000);
    const part = (type) => parts.find((each) => each.type === type).value;
    return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
  }

  const linked = (kind, name, id) =>
    (/^[0-9A-Za-z]{22}$/.test(id || "") ? element("a", { href: `https://open.spotify.com/${kind}/${id}`, rel: "noreferrer" }, named(name)) : named(name));

  function told({ artists, tracks }, track, of) {
    const [name, credits, id] = tracks.map((column) => column[track]);
    const what = element("span", { className: "what" }, element("b", { className: "clamp" }, linked(of, name, id)));
    const by = Array.isArray(credits) ? credits.flatMap((each, place) => [place ? ", " : "", linked("artist", artists[0][each], artists[1][each])]) : credits && [element("bdi", {}, credits)];
    if (by) what.append(element("span", { className: "clamp" }, ...by));
    return what;
  }

  function row(carried, at, [track, , to], kind, form, of) {
    const end = element("span", { className: "end small" });
    if (kind !== "−" && to) end.append("until ", moment(at[to], form));
    return element("li", {}, element("span", { className: "sign" }, element("b", { className: kind === "+" ? "good" : "bad" }, kind)), told(carried, track, of), end);
  }

  const drawn = (name, attributes, ...inside) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const percent = (part) => `${(100 * part).toFixed(2)}%`;

  // How long the entries that came last were in the list, as reports/dashboard/pages/time_machine.py has them of the one that it begins with.
  function showStays(carried, found) {
    const { at } = found, first = at[0], last = at[at.length - 1], whole = ((last - first) * 13) / 12;
    const newest = found.entries[0].map((track, place) => [track, found.entries[1][place], found.entries[2][place]])
      .sort((one, other) => other[1] - one[1] || (one[2] || at.length) - (other[2] || at.length) || one[0] - other[0]).slice(0, STAYS);
    const gone = newest.filter(([, , to]) => to).length;
    const rows = newest.map(([track, from, to]) => {
      const begin = at[from], end = to ? at[to] : first + whole;
      const bar = drawn("svg", { class: "bar thin", "aria-hidden": "true" },
        drawn("rect", { class: to ? "gone" : "", x: percent((begin - first) / whole), width: percent((end - begin) / whole), height: "100%", rx: 2 }));
      const what = told(carried, track, found.kind || "track");
      what.append(bar);
      const day = (step) => moment(at[step], "day");
      const isOneDay = from && to && minute(at[from]).slice(0, 10) === minute(at[to]).slice(0, 10);
      const when = isOneDay ? [day(from)] : from && to ? [day(from), " to ", day(to)] : from ? ["since ", day(from)] : to ? ["until ", day(to)] : ["all the time"];
      return element("li", {}, what, element("span", { className: "end small" }, ...when));
    });
    const of = newest.length === 1 ? ["the entry that came last, "] : ["the ", number(newest.length), " entries that came last, "];
    $("stays-said").replaceChildren(named(list.selectedOptions[0].textContent), ": of ", ...of, ...(gone ? [number(gone), gone === 1 ? " is" : " are"] : ["none is"]),
      " no longer there. Bars begin on ", moment(first, "day"), "; the last change was on ", moment(last, "day"), ".");
    $("stays").replaceChildren(...rows.slice(0, SHOWN_STAYS));
    $("stays-more").hidden = rows.length <= SHOWN_STAYS;
    $("stays-more").querySelector("ol").replaceChildren(...rows.slice(SHOWN_STAYS));
    window.site.localize($("membership"));
  }

  async function show({ isWhole = false, isChosen = true } = {}) {
    const carried = await load(), found = carried.lists[list.value], form = found.kind ? "day" : "moment"; // likes and albums are kept by day
    if (date.dataset.list !== list.value) {
      date.replaceChildren(...found.at.map((at, step) => {
        const { came, went } = around(found, step);
        const option = element("option", { value: String(step) }, moment(at, form));
        window.site.localize(option);
        option.textContent += step ? `: ${sign(came.length, went.length)}` : "";
        return option;
      }).reverse());
      date.dataset.list = list.value;
      date.value = String(Math.max(found.at.length - 2, 0)); // as it was before the last change
      showStays(carried, found);
    }
    const step = Number(date.value), { came, went, stayed } = around(found, step);
    const held = [...came, ...stayed], gone = held.filter((each) => each[2]).length;
    const come = found.entries[2].filter((to, at) => !to && found.entries[1][at] > step).length;
    said.replaceChildren(...counted(held.length, "entry", "entries"), ` from `, moment(found.at[step], form), " on. ");
    const now = [gone && [number(gone), gone === 1 ? " has gone since" : " have gone since"], come && [number(come), come === 1 ? " has come since" : " have come since"]].filter(Boolean);
    said.append(...(now.length ? now.flatMap((words, at) => (at ? [", and ", ...words] : words)) : ["It is the same today"]), ".");
    const rows = [...came.map((each) => [each, "+"]), ...went.map((each) => [each, "−"]), ...stayed.map((each) => [each, ""])];
    entries.replaceChildren(...rows.slice(0, isWhole ? undefined : SHOWN).map(([each, kind]) => row(carried, found.at, each, kind, form, found.kind || "track")));
    const chosen = list.selectedOptions[0].dataset;
    back.hidden = !chosen.command;
    command.textContent = chosen.command + minute(found.at[step]);
    why.textContent = chosen.why || how;
    all.hidden = isWhole || rows.length <= SHOWN;
    all.replaceChildren("Show all ", number(rows.length));
    $("past-before").disabled = step === 0;
    $("past-after").disabled = step === found.at.length - 1;
    window.site.localize(section);
    if (isChosen) history.replaceState(null, "", `#past=${list.value}&at=${found.at[step]}`);
  }

  async function fromAddress() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const { lists } = wanted.has("past") ? await load() : { lists: {} };
    const found = Object.hasOwn(lists, wanted.get("past")) && lists[wanted.get("past")];
    if (!found && wanted.has("past")) said.textContent = "There was no room for that list here: ./run playlists history has it.";
    if (!found) return;
    list.value = wanted.get("past");
    await show({ isChosen: false });
    const step = found.at.indexOf(Number(wanted.get("at")));
    if (step >= 0) { date.value = String(step); await show({ isChosen: false }); }
    section.scrollIntoView();
  }

  const move = (by) => { date.value = String(Number(date.value) + by); show(); };
  list.addEventListener("change", () => show());
  date.addEventListener("change", () => show());
  all.addEventListener("click", () => show({ isWhole: true }));
  $("past-before").addEventListener("click", () => move(-1));
  $("past-after").addEventListener("click", () => move(1));
  addEventListener("hashchange", fromAddress);
  new IntersectionObserver((seen, observer) => {
    if (seen.some((each) => each.isIntersecting)) { observer.disconnect(); if (!date.value) show({ isChosen: false }); }
  }).observe(section);
  fromAddress();
})();
