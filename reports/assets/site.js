// What every page does where scripts run: the reader's own way to write numbers and times, the theme, and filters of tables.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const stored = (key, value) => { // storage may be refused, as for files in some browsers
    try {
      if (value === undefined) return localStorage.getItem(key);
      localStorage.setItem(key, value);
    } catch { /* then the choice is this page's alone */ }
    return null;
  };
  const theme = stored("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  const locale = navigator.languages && navigator.languages.length ? [...navigator.languages] : undefined;
  const zone = document.querySelector('meta[name="time-zone"]')?.content || "UTC";
  const forms = {
    "month name": { month: "short", timeZone: "UTC" },
    "day of the month": { day: "numeric", month: "short", timeZone: "UTC" },
    month: { month: "short", year: "numeric", timeZone: "UTC" },
    day: { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" },
    weekday: { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" },
    moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZone: zone },
  };
  for (const [name, form] of Object.entries(forms)) forms[name] = new Intl.DateTimeFormat(locale, form);
  const numbers = new Intl.NumberFormat(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const WEEK = 7 * 86400;

  // Words, as reports/dashboard/words.py has them
  const number = (value) => numbers.format(value);
  const date = (day) => forms.day.format(new Date(day));
  function duration(ms) {
    const minutes = Math.floor((ms + 30000) / 60000);
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 2880) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
    return `${number(Math.floor((ms + 1800000) / 3600000))} h`;
  }
  // What a chart's row has, as text: a time heard, or words with months, days and moments as ISO 8601 has them.
  function written(value, form) {
    if (value === null) return "";
    if (form === "duration") return duration(value);
    return value.replace(/\d{4}-\d\d(-\d\d(T[\d:]+(Z|[+-][\d:]+))?)?/g, (text) => (text.length > 10 ? forms.moment : forms[form]).format(new Date(text)));
  }

  function localize(within) {
    for (const each of within.querySelectorAll("data[value]")) {
      if (/^-?\d+(\.\d+)?$/.test(each.value)) each.textContent = number(Number(each.value));
    }
    for (const each of within.querySelectorAll("time[data-form]")) {
      const at = new Date(each.dateTime);
      const exact = (forms[each.dataset.form] || forms.moment).format(at);
      const seconds = (Date.now() - at.getTime()) / 1000;
      if (each.dataset.form === "ago" && seconds < WEEK && seconds > -60) {
        const [unit, size] = seconds < 3600 ? ["minute", 60] : seconds < 86400 ? ["hour", 3600] : ["day", 86400];
        each.textContent = relative.format(-Math.round(Math.max(seconds, 0) / size), unit);
        each.title = exact;
      } else {
        each.textContent = exact;
      }
    }
  }

  function offerThemes() {
    const button = document.querySelector("button.theme");
    if (!button) return;
    const now = () => root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const name = () => { button.setAttribute("aria-label", now() === "dark" ? "Light colours" : "Dark colours"); };
    button.hidden = false;
    name();
    button.addEventListener("click", () => {
      root.dataset.theme = now() === "dark" ? "light" : "dark";
      stored("theme", root.dataset.theme);
      name();
      document.dispatchEvent(new Event("themechange"));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      name();
      document.dispatchEvent(new Event("themechange"));
    });
  }

  // Controls of a list (tr of a body, or li): <input data-filter="#id"> hides the rows whose text lacks what is typed,
  // <select data-filter="#id" data-key="level"> those whose data-level is another. All that name the same list count together.
  // data-in: of a row, only the text of what is chosen so.
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  function offerFilters() {
    const controls = [...document.querySelectorAll("[data-filter]")];
    for (const target of new Set(controls.map((each) => each.dataset.filter))) {
      const rows = document.querySelector(target).querySelectorAll("tbody > tr, :scope > li");
      const own = controls.filter((each) => each.dataset.filter === target);
      const said = document.querySelector(own.find((each) => each.dataset.said)?.dataset.said || "#none");
      const within = own.find((each) => each.dataset.in)?.dataset.in;
      const textIn = (row) => (within ? [...row.querySelectorAll(within)].map((each) => each.textContent).join(" ") : row.textContent);
      const filter = () => {
        const words = own.filter((each) => !each.dataset.key).flatMap((each) => folded(each.value.trim()).split(/\s+/)).filter(Boolean);
        const chosen = own.filter((each) => each.dataset.key && each.value);
        let shown = 0;
        for (const row of rows) {
          const text = words.length ? folded(textIn(row)) : "";
          row.hidden = !(words.every((word) => text.includes(word)) && chosen.every((each) => row.dataset[each.dataset.key] === each.value));
          shown += !row.hidden;
        }
        if (said) said.textContent = words.length || chosen.length ? `${shown} of ${rows.length}` : "";
      };
      for (const each of own) each.addEventListener("input", filter);
    }
  }

  // What a script of data brings: JSON, deflated, in base64.
  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  }

  function sayStale() {
    const built = document.querySelector("time[data-built]");
    if (!built) return;
    if (window.siteBuiltAt) built.dateTime = window.siteBuiltAt;
    const checked = document.querySelector('[data-carried="checked"] time');
    if (checked && window.siteCheckedAt) checked.dateTime = window.siteCheckedAt;
    const estimated = document.querySelector('[data-carried="estimated"]');
    if (estimated && window.siteEstimated) estimated.textContent = window.siteEstimated;
    const days = Math.floor((Date.now() - new Date(built.dateTime).getTime()) / 86400000);
    const note = document.querySelector("[data-stale]");
    if (note && days >= 2) {
      note.hidden = false;
      note.querySelector("data").value = days;
    }
  }

  // On a phone the row of pages is wider than the screen: the page that is open has to be in sight.
  function showCurrent() {
    const link = document.querySelector('nav [aria-current]');
    const row = link?.closest("nav");
    if (!row) return;
    const [at, within] = [link.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += (at.left + at.right - within.left - within.right) / 2; // in the middle: its ends fade
  }

  // The key / leads to the search, or into its field.
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea")) return;
    const field = document.getElementById("search-words"), link = document.querySelector("a.find");
    if (!field && !link) return;
    event.preventDefault();
    if (field) field.focus();
    else location.assign(link.href);
  });

  // On paper nothing is folded but a chart's table, since the chart is there. This script comes before the one that draws the charts.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((each) => !each.closest(".chart"));
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened.splice(0)) each.open = false; });

  document.addEventListener("DOMContentLoaded", () => {
    sayStale();
    localize(document);
    offerThemes();
    offerFilters();
    showCurrent(); // behind the button, which takes its room from the row
  });
  window.site = { localize, folded, locale, zone, number, date, duration, written, unpacked };
})();
