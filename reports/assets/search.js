// Finds by name: what begins a word with what is typed comes first, then what has it inside, each the most played first. The names of all are one
// script (data/search.js, by reports/dashboard/pages/search.py), loaded when the page is open, since a page that is opened as a file can fetch nothing.
"use strict";
(() => {
  const KINDS = ["artist", "album", "track"], MOST = 60; // hits that are shown
  let entries = [], pages = {};

  const number = (count, one) => `${site.number(count)} ${count === 1 ? one : `${one}s`}`;
  const spaced = (text) => ` ${site.folded(text).replace(/[^\p{L}\p{N}]+/gu, " ").trim()}`;

  function find(words) {
    const begun = [], inside = [];
    for (const entry of entries) {
      if (words.every((word) => entry.text.includes(` ${word}`))) begun.push(entry);
      else if (words.every((word) => entry.text.includes(word))) inside.push(entry);
    }
    return [...begun, ...inside];
  }

  function addressOf({ kind, id }) {
    if (Object.hasOwn(pages, id)) return `${KINDS[kind]}-${id}.html`;
    return /^[0-9A-Za-z]{22}$/.test(id) ? `https://open.spotify.com/${KINDS[kind]}/${id}` : "";
  }

  function element(entry) {
    const row = document.getElementById("search-hit").content.cloneNode(true).querySelector("li");
    const cover = row.querySelector(".cover"), kind = entry.kind === 0 ? "artists" : "albums";
    if (pages[entry.id]) {
      const image = Object.assign(document.createElement("img"), { src: `covers/96/${entry.id}.webp`, alt: "", width: 48, height: 48, loading: "lazy", className: `cover ${kind} s48` });
      cover.replaceWith(image);
    } else {
      cover.classList.add(kind, `t${new TextEncoder().encode(entry.name).reduce((sum, byte) => sum + byte, 0) % 5 + 1}`);
      cover.textContent = [...entry.name].find((letter) => /[\p{L}\p{N}]/u.test(letter))?.toUpperCase() || "♪";
    }
    const address = addressOf(entry), name = document.createElement("bdi");
    name.textContent = entry.name;
    const link = address ? Object.assign(document.createElement("a"), { href: address }) : null;
    if (link && address.startsWith("https:")) link.rel = "noreferrer";
    link?.append(name);
    row.querySelector(".name").append(link || name);
    row.querySelector(".by").append(...(entry.artists || []).flatMap((each, at) => {
      const artist = document.createElement("bdi");
      artist.textContent = each;
      return at ? [", ", artist] : [artist];
    }));
    row.querySelector(".value").textContent = number(entry.plays, "play");
    row.querySelector("small").textContent = KINDS[entry.kind];
    return row;
  }

  function show() {
    const words = spaced(document.getElementById("search-words").value).trim().split(" ").filter(Boolean);
    const hits = words.length ? find(words) : [];
    document.getElementById("search-hits").replaceChildren(...hits.slice(0, MOST).map(element));
    document.getElementById("search-said").textContent = !words.length ? "" : hits.length > MOST ? `${number(hits.length, "hit")}, of which ${MOST} are shown` : number(hits.length, "hit");
  }

  window.searched = async (packed) => {
    const told = await site.unpacked(packed);
    pages = told.pages;
    entries = told.kinds.flatMap(([names, artists, ids, plays], kind) =>
      names.map((name, at) => ({ kind, name, artists: artists[at], id: ids[at], plays: plays[at], text: spaced(name) })));
    entries.sort((one, other) => other.plays - one.plays || one.kind - other.kind);
    show();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-file]"), words = document.getElementById("search-words");
    words.value = new URLSearchParams(location.search).get("q") || "";
    if (location.hash === "#search-words") words.focus();
    words.addEventListener("input", show);
    form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
    document.head.append(Object.assign(document.createElement("script"), { src: form.dataset.file }));
  });
})();
