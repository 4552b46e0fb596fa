// Rankings of any stretch of days, counted in the browser. The page carries the sums of each day and the rankings of the whole record; a year's
// plays are a script of their own (data/listening-<year>.js), loaded when a stretch touches the year. reports/dashboard/ranges.py does the same for
// the stretch that the page is built with.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const carried = JSON.parse($("top-data").textContent);
  const DAY = 86400000, NEAR = 10, RANKED = 100, UNITS = { month: 1, quarter: 3, year: 12 };
  const NAMES = { tracks: "track", artists: "artist", albums: "album", genres: "genre" };

  // Days are numbers: how many have passed since 1970.
  const dayOf = (text) => Math.round(Date.parse(`${text}T00:00:00Z`) / DAY);
  const textOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);
  const yearOf = (day) => Number(textOf(day).slice(0, 4));
  const firstOf = (month) => Math.round(Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY); // month: since the year 0
  const monthOf = (day) => { const [year, month] = textOf(day).split("-"); return 12 * Number(year) + Number(month) - 1; };
  const FIRST = dayOf(carried.first), LAST = dayOf(carried.last), TODAY = dayOf(carried.today);
  const lost = carried.lost.map((pair) => pair.map(dayOf));

  // Stretches: { key, unit, first, last }; null where an address means none.
  const calendar = (key, unit, month) => ({ key, unit, first: firstOf(month), last: firstOf(month + UNITS[unit]) - 1 });
  function rangeOf(key) {
    const month = monthOf(TODAY);
    if (key === "all") return { key, unit: "all", first: FIRST, last: LAST };
    if (key === "today") return { key, unit: "day", first: TODAY, last: TODAY };
    if (key === "week") { const first = TODAY - (TODAY + 3) % 7; return { key, unit: "week", first, last: first + 6 }; }
    if (Object.hasOwn(UNITS, key)) return calendar(key, key, month - month % UNITS[key]);
    let found = /^(\d{4})$/.exec(key);
    if (found) return calendar(key, "year", 12 * Number(found[1]));
    found = /^(\d{4})-Q([1-4])$/.exec(key);
    if (found) return calendar(key, "quarter", 12 * Number(found[1]) + 3 * (Number(found[2]) - 1));
    found = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(key);
    if (found) return calendar(key, "month", 12 * Number(found[1]) + Number(found[2]) - 1);
    found = /^(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d)?)?$/.exec(key);
    if (!found) return null;
    const ends = [found[1], found[2] || found[1]].sort(); // the last day may come first, or be left out
    const [first, last] = ends.map(dayOf);
    const areThere = textOfOrNothing(first) === ends[0] && textOfOrNothing(last) === ends[1];
    return areThere ? named({ key: "", unit: "day", first, last }) : null;
  }
  const textOfOrNothing = (day) => (Number.isFinite(day) ? textOf(day) : "");

  function stepped(range, by) {
    if (range.unit === "all") return null;
    if (Object.hasOwn(UNITS, range.unit)) return named(calendar("", range.unit, monthOf(range.first) + by * UNITS[range.unit]));
    const length = range.last - range.first + 1;
    return named({ key: "", unit: range.unit, first: range.first + by * length, last: range.last + by * length });
  }
  function named(range) {
    const year = yearOf(range.first), month = monthOf(range.first) % 12;
    const key = { year: `${year}`, quarter: `${year}-Q${month / 3 + 1}`, month: `${year}-${String(month + 1).padStart(2, "0")}` }[range.unit] ||
      (range.first === range.last ? textOf(range.first) : `${textOf(range.first)}..${textOf(range.last)}`);
    return { ...range, key };
  }
  const isOfRecord = (range) => range && range.first <= LAST && range.last >= FIRST;
  const same = (one, other) => one && other && one.first === other.first && one.last === other.last;

  function compared(range) {
    if (range.unit === "all") return null;
    const isCalendar = Object.hasOwn(UNITS, range.unit);
    const beforeFirst = isCalendar ? firstOf(monthOf(range.first) - UNITS[range.unit]) : range.first - (range.last - range.first + 1);
    let { last } = range, beforeLast = range.first - 1;
    if (last >= TODAY) {
      last = TODAY - 1;
      if (last < range.first) return null;
      beforeLast = Math.min(beforeLast, range.unit === "year" ? sameDayLastYear(last) : beforeFirst + last - range.first);
    }
    return [{ first: range.first, last }, { first: beforeFirst, last: beforeLast }];
  }
  function sameDayLastYear(day) {
    const [year, month, date] = textOf(day).split("-");
    return dayOf(`${Number(year) - 1}-${month}-${month === "02" && date === "29" ? "28" : date}`);
  }

  function sums(first, last) {
    const found = { plays: 0, heardMs: 0, without: 0 };
    for (let day = Math.max(first, FIRST); day <= Math.min(last, LAST); day += 1) {
      Object.keys(found).forEach((name, column) => { found[name] += carried.days[column][day - FIRST]; });
    }
    return found;
  }
  function knownDays(first, last) {
    let known = 0;
    for (let day = Math.max(first, FIRST); day <= last; day += 1) known += !lost.some(([begin, end]) => begin <= day && day <= end);
    return known;
  }
  const isComparable = ({ first, last }) => first >= FIRST && knownDays(first, last) >= 0.5 * (last - first + 1);

  // What a year's script brings: its numbers for tracks, artists, albums and genres are those of all years.
  const store = { tracks: new Map(), artists: new Map(), albums: new Map(), genres: new Map() };
  const FIELDS = { tracks: ["goal", "name", "link", "album", "artists"], artists: ["name", "link", "genres"], albums: ["name", "link", "artists"], genres: ["name"] };
  const loaded = new Map(), waiting = new Map();
  window.listening = (year, text) => waiting.get(year)?.(text);

  function load(year) {
    if (!loaded.has(year)) {
      const arrived = new Promise((resolve, reject) => {
        waiting.set(String(year), resolve);
        const script = document.createElement("script");
        script.src = carried.years[year];
        script.addEventListener("error", () => reject(new Error(`no plays of ${year}`)));
        document.head.append(script);
      });
      const kept = arrived.then(window.site.unpacked).then((found) => keep(year, found));
      kept.catch(() => loaded.delete(year)); // it may be there the next time
      loaded.set(year, kept);
    }
    return loaded.get(year);
  }
  function keep(year, found) {
    for (const [kind, fields] of Object.entries(FIELDS)) {
      const [places, ...columns] = found[kind];
      places.forEach((place, at) => store[kind].set(place, Object.fromEntries(fields.map((field, column) => [field, columns[column][at]]))));
    }
    const first = dayOf(`${year}-01-01`);
    return found.days.map(([day, distances, plays, heardMs]) => {
      let track = 0;
      return { day: first + day, tracks: distances.map((distance) => { track += distance; return track; }), plays, heardMs };
    });
  }

  // Rankings
  async function counted(range) {
    const years = Object.keys(carried.years).map(Number).filter((year) => year >= yearOf(range.first) && year <= yearOf(range.last));
    const heard = new Map();
    for (const days of await Promise.all(years.map(load))) {
      for (const { day, tracks, plays, heardMs } of days) {
        if (day >= range.first && day <= Math.min(range.last, LAST)) tracks.forEach((track, at) => add(heard, track, plays[at], heardMs[at]));
      }
    }
    const found = { tracks: new Map(), artists: new Map(), albums: new Map(), genres: new Map() };
    for (const [place, [plays, heardMs]] of heard) {
      const track = store.tracks.get(place);
      add(found.tracks, track.goal, plays, heardMs);
      if (track.album >= 0) add(found.albums, track.album, plays, heardMs);
      for (const artist of track.artists) add(found.artists, artist, plays, heardMs);
      for (const genre of new Set(track.artists.flatMap((artist) => store.artists.get(artist).genres))) add(found.genres, genre, plays, heardMs);
    }
    return found;
  }
  function add(to, item, plays, heardMs) {
    const sum = to.get(item);
    if (sum) { sum[0] += plays; sum[1] += heardMs; } else to.set(item, [plays, heardMs]);
  }
  // What is equal shares a rank, and stands in the order of the other measure, then of what was heard first.
  function ranked(kind, found, by) {
    const [one, other] = by === "plays" ? [0, 1] : [1, 0];
    const all = [...found].filter(([, sum]) => sum[one] > 0);
    all.sort(([a, left], [b, right]) => right[one] - left[one] || right[other] - left[other] || a - b);
    let rank = 0;
    const rows = all.slice(0, RANKED).map(([item, sum], at) => {
      if (!at || all[at - 1][1][one] !== sum[one]) rank = at + 1;
      return { item, rank, plays: sum[0], heardMs: sum[1], ...described(kind, item) };
    });
    return { rows, items: [...found.values()].filter(([plays]) => plays > 0).length, singles: [...found.values()].filter(([plays]) => plays === 1).length };
  }
  function described(kind, item) {
    const { name, link, album, artists } = store[kind].get(item);
    if (kind === "tracks") return { name, link, cover: album, artists: artists.map((artist) => store.artists.get(artist)).map((artist) => [artist.name, artist.link]) };
    return { name, link, cover: kind === "genres" ? null : item, artists: kind === "albums" ? artists : [] };
  }
  function ofAllTime(kind, by) {
    const { items, singles, rows } = carried.all[kind][by];
    const columns = ["item", "rank", "plays", "heardMs", "name", "artists", "link", "cover"];
    return { items, singles, rows: rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]]))) };
  }

  // Words, as reports/dashboard/words.py has them
  const { number, duration } = site;
  const plural = (value, one) => `${number(value)} ${value === 1 ? one : `${one}s`}`;
  function share(part, whole) {
    if (!whole) return "";
    const percent = 100 * part / whole;
    if (percent > 0 && percent < 1) return "<1 %";
    return percent > 99 && percent < 100 ? "99 %" : `${Math.round(percent)} %`;
  }
  const date = (day) => site.date(day * DAY);
  const dates = (first, last) => (first === last ? date(first) : `${date(first)} to ${date(last)}`);
  // The days that a stretch has of the record: of one by the calendar all until the end of the record.
  const shownDays = ({ unit, first, last }) => [Object.hasOwn(UNITS, unit) ? first : Math.max(first, FIRST), Math.min(last, LAST)];
  function title(range) {
    if (Object.hasOwn(carried.titles, range.key)) return carried.titles[range.key];
    if (range.unit === "month") return new Intl.DateTimeFormat(site.locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(range.first * DAY);
    return range.unit === "quarter" || range.unit === "year" ? range.key.replace(/(\d+)-(Q\d)/, "$2 $1") : dates(...(isOfRecord(range) ? shownDays(range) : [range.first, range.last]));
  }
  const valueOf = (row, by) => (by === "plays" ? plural(row.plays, "play") : duration(row.heardMs));
  function said(range, by, sum) {
    const [first, last] = shownDays(range), isRunning = range.unit !== "all" && range.last >= TODAY;
    const words = [`${dates(first, last)}${isRunning ? ", so far" : ""}: ${plural(sum.plays, "play")}, ${duration(sum.heardMs)}.`];
    const pair = compared(range);
    if (pair && !pair.every(isComparable)) words.push("No record of the time before to compare with.");
    else if (pair) {
      const [now, before] = pair.map((each) => sums(each.first, each.last)), unit = by === "plays" ? "plays" : "heardMs";
      const more = now[unit] > before[unit] ? "more" : by === "plays" ? "fewer" : "less", apart = Math.abs(now[unit] - before[unit]);
      const percent = before.plays < 20 || !before[unit] ? "" : ` (${share(apart, before[unit])})`;
      const amount = by === "plays" ? plural(apart, "play") : duration(apart);
      const change = apart ? `${amount} ${more}${percent} than` : `as ${by === "plays" ? "many" : "much"} as`;
      const said = isRunning ? `Until ${date(pair[0].last)}: ${change}` : change.charAt(0).toUpperCase() + change.slice(1);
      words.push(`${said} ${dates(pair[1].first, pair[1].last)}.`);
    }
    if (sum.without) words.push(`${plural(sum.without, "play")} of no known track ${sum.without === 1 ? "stands" : "stand"} in no ranking.`);
    const length = last - first + 1, known = knownDays(first, last);
    if (known < 0.98 * length) words.push(`Known for ${number(known)} of ${plural(length, "day")}.`);
    return words.join(" ");
  }

  // What is shown: names are only ever text, each a link to what it names on Spotify where the id is well-formed.
  function linked(name, kind, id) {
    const isKnown = Boolean(name && name.trim());
    const element = document.createElement(isKnown ? "bdi" : "span");
    if (!isKnown) element.className = "unknown";
    element.textContent = isKnown ? name : "name unknown";
    const isSearched = kind === "genre" && isKnown; // which has no id
    if (!isSearched && !/^[0-9A-Za-z]{22}$/.test(id || "")) return element;
    const own = carried.pages[kind];
    if (own?.includes(id) && document.querySelector("a.find")) { // a public edition may be without these pages
      const home = Object.assign(document.createElement("a"), { href: `${kind}-${id}.html` });
      home.append(element);
      return home;
    }
    const place = isSearched ? `search/${encodeURIComponent(`genre:"${name}"`)}` : `${kind}/${id}`;
    const link = Object.assign(document.createElement("a"), { href: `https://open.spotify.com/${place}`, rel: "noreferrer" });
    link.append(element);
    return link;
  }
  const credited = (artists) => artists.flatMap(([name, id], at) => [...(at ? [", "] : []), linked(name, "artist", id)]);
  function initial(name) {
    const found = [...(name || "")].find((letter) => /[\p{L}\p{N}]/u.test(letter));
    return found ? found.toUpperCase() : "♪";
  }
  const tint = (name) => new TextEncoder().encode(name || "").reduce((sum, byte) => sum + byte, 0) % 5 + 1;
  function coverElement(old, kind, row) {
    const found = carried.covers[kind === "artists" ? "artists" : "albums"][row.cover], side = Number(/\bs(\d+)\b/.exec(old.className)[1]);
    const element = document.createElement(found ? "img" : "span");
    element.className = `cover ${kind === "artists" ? "artists" : "albums"} s${side}`;
    if (found) {
      Object.assign(element, { src: side > 100 && found[1] ? found[1] : found[0], alt: "", width: side, height: side, loading: "lazy" });
    } else {
      element.classList.add(`t${tint(row.name)}`);
      element.setAttribute("aria-hidden", "true");
      element.textContent = initial(row.name);
    }
    return element;
  }
  function fill(within, kind, row, by, whole, most) {
    const put = (selector, ...content) => within.querySelector(selector)?.replaceChildren(...content);
    put(".rank", number(row.rank));
    put(".name", linked(row.name, NAMES[kind], row.link));
    put(".by", ...credited(row.artists));
    put(".value", valueOf(row, by));
    put(".plays", number(row.plays));
    put(".time", within.matches(".first") && by === "minutes" ? plural(row.plays, "play") : duration(row.heardMs));
    put(".share", by === "plays" ? share(row.plays, whole.plays) : share(row.heardMs, whole.heardMs));
    const part = by === "plays" ? row.plays / most.plays : row.heardMs / most.heardMs;
    within.querySelector(".bar > rect")?.setAttribute("width", `${(100 * part).toFixed(2)}%`);
    const cover = within.querySelector(".cover");
    if (cover) cover.replaceWith(coverElement(cover, kind, row));
    return within;
  }
  function showRanking(section, { rows, items, singles }, by, whole) {
    const { kind } = section.dataset, copy = (name) => section.querySelector(`template.${name}`).content.firstElementChild.cloneNode(true);
    const near = rows.slice(0, NEAR).filter((row) => by !== "plays" || row.plays > 1), rest = rows.slice(near.length);
    const shown = (row, name) => fill(copy(name), kind, row, by, whole, rows[0]);
    const podium = section.querySelector(".podium"), details = section.querySelector(".rest");
    if (podium) {
      podium.hidden = !near.length;
      if (near.length) fill(podium.querySelector(".first"), kind, near[0], by, whole, rows[0]);
    }
    section.querySelector("ol.near").replaceChildren(...(podium ? near.slice(1) : near).map((row) => shown(row, "near-row")));
    details.hidden = !rest.length;
    details.querySelector("tbody").replaceChildren(...rest.map((row) => shown(row, "rest-row")));
    if (rest.length) {
      details.querySelector("summary").textContent = by === "plays" && rest[0].plays === 1 && singles === rest.length ?
        `${plural(singles, NAMES[kind])} with one play` : `Ranks ${number(rest[0].rank)} to ${number(rest.at(-1).rank)}`;
    }
    section.querySelector(".lead").textContent = leadOf(kind, items, near, rest, whole);
  }
  function leadOf(kind, items, near, rest, whole) {
    const all = plural(items, NAMES[kind]);
    if (!whole.plays) return "Nothing was heard.";
    if (!items) return kind === "genres" ? "Spotify names no genre for these artists." : `Nothing is known of the ${kind}.`;
    if (!near.length && rest.length) return `${all}, each played once.`;
    return kind === "genres" ? `${all}. A play counts for each genre of its artists, so that shares add up to more than all.` : `${all}.`;
  }
  function findingOf(range, rankings, by, whole) {
    const leader = ({ rows }) => (rows.length && (by !== "plays" || rows[0].plays > 1) && !(rows[1]?.rank === 1) ? rows[0] : null);
    const artist = leader(rankings.artists), track = leader(rankings.tracks), words = [`${title(range)}: `];
    if (artist) words.push("most of all ", linked(artist.name, "artist", artist.link), ` (${valueOf(artist, by)})`);
    if (artist && track) words.push(", and ");
    if (track) words.push("the track ", linked(track.name, "track", track.link), ` (${valueOf(track, by)})`);
    if (!artist && !track) words.push(`${plural(whole.plays, "play")} of ${plural(rankings.tracks.items, "track")}`);
    return [...words, "."];
  }

  const line = $("range"), own = $("range-own"), choice = $("range-choice");
  let chosen = { range: rangeOf(carried.shown), by: "plays" }, turn = 0;
  async function show(range, by, { isKept = false, unread = [] } = {}) {
    chosen = { range, by };
    say(unread);
    const mine = turn += 1, whole = sums(range.first, range.last);
    mark(range, by);
    if (!isKept) history.replaceState(null, "", `#range=${range.key}&by=${by}`);
    let found;
    try {
      found = range.unit === "all" ? null : await counted(range);
    } catch {
      if (mine === turn) $("range-said").textContent = "The plays of this time could not be read: is the folder “data” beside this page?";
      return;
    }
    if (mine !== turn) return;
    const kinds = [...document.querySelectorAll("section[data-kind]")];
    const rankings = Object.fromEntries(kinds.map(({ dataset: { kind } }) => [kind, found ? ranked(kind, found[kind], by) : ofAllTime(kind, by)]));
    $("range-said").textContent = said(range, by, whole);
    $("top-finding").replaceChildren(...findingOf(range, rankings, by, whole));
    kinds.forEach((section) => showRanking(section, rankings[section.dataset.kind], by, whole));
    document.documentElement.dataset.shown = `${range.key} ${by}`;
  }
  function mark(range, by) {
    for (const each of line.querySelectorAll("[data-range]")) each.setAttribute("aria-pressed", String(same(rangeOf(each.dataset.range), range)));
    for (const each of line.querySelectorAll("[data-by]")) each.setAttribute("aria-pressed", String(each.dataset.by === by));
    const option = [...choice.options].find((each) => each.value === range.key) || [...choice.options].find((each) => each.value && same(rangeOf(each.value), range));
    const blank = choice.querySelector("option:last-child");
    blank.textContent = title(range);
    blank.hidden = Boolean(option);
    (option || blank).selected = true;
    $("range-before").disabled = !isOfRecord(stepped(range, -1));
    $("range-after").disabled = !isOfRecord(stepped(range, 1));
    own.elements.first.value = textOf(Math.max(range.first, FIRST));
    own.elements.last.value = textOf(Math.min(range.last, LAST));
  }
  // The address: `#range=KEY&by=plays` or `minutes`; the id of a part of the page; nothing. What else stands there is said to be unread.
  function fromAddress() {
    const text = location.hash.slice(1);
    if (!text) { show(rangeOf(carried.shown), "plays", { isKept: true }); return; }
    if (document.getElementById(text)) return;
    const wanted = new URLSearchParams(text), key = wanted.get("range"), read = key === null ? chosen.range : rangeOf(key);
    const unread = unreadOf(wanted, read), range = isOfRecord(read) ? read : chosen.range;
    const by = ["plays", "minutes"].includes(wanted.get("by")) ? wanted.get("by") : isOfRecord(read) && key !== null ? "plays" : chosen.by;
    if (unread.length && same(range, chosen.range) && by === chosen.by) say(unread);
    else show(range, by, { isKept: unread.length > 0 || key === null || key === range.key, unread });
  }
  function unreadOf(wanted, range) {
    const found = [];
    for (const [name, value] of wanted) {
      const said = `“${shortened(value ? `${name}=${value}` : name)}” in the address`;
      if (name === "range" && !range) found.push(`${said} is no time that this page reads: 2025, 2025-10 and 2025-10-26..2025-11-02 would be.`);
      else if (name === "range" && !isOfRecord(range)) found.push(`${title(range)} is outside of the record, which goes from ${dates(FIRST, LAST)}.`);
      else if (name === "by" && value !== "plays" && value !== "minutes") found.push(`${said} is neither plays nor minutes.`);
      else if (name !== "range" && name !== "by") found.push(`${said} says nothing to this page.`);
    }
    return found;
  }
  function say(unread) {
    $("range-unread").textContent = unread.length ? `${unread.join(" ")} Shown: ${title(chosen.range)}.` : "";
    $("range-unread").hidden = !unread.length;
  }
  const shortened = (text) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

  line.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.range) show(rangeOf(button.dataset.range), chosen.by);
    if (button?.dataset.by) show(chosen.range, button.dataset.by);
    if (button?.id === "range-before") show(stepped(chosen.range, -1), chosen.by);
    if (button?.id === "range-after") show(stepped(chosen.range, 1), chosen.by);
  });
  choice.addEventListener("change", () => {
    own.hidden = choice.value !== "own";
    if (choice.value === "own") own.elements.first.focus();
    else show(rangeOf(choice.value), chosen.by);
  });
  own.addEventListener("submit", (event) => {
    event.preventDefault();
    const [first, last] = [own.elements.first.value, own.elements.last.value].sort();
    const range = rangeOf(first === last ? first : `${first}..${last}`);
    if (isOfRecord(range)) show(range, chosen.by);
  });
  addEventListener("hashchange", () => {
    fromAddress();
    if (location.hash.startsWith("#range=")) scrollTo({ top: 0 }); // a link of a month leads up to its ranking
  });
  mark(chosen.range, chosen.by);
  if (location.hash) fromAddress();
})();
