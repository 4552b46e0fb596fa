// Draws the charts of a page when they come near: each has its specification and rows in a script of type application/json.
// The theme is the page's own tokens; numbers and times are as site.js writes them.
"use strict";
(() => {
  const NARROW = 560; // pixels of width, below which a chart's narrow form is taken

  // Diagonal stripes: what is not known. A gradient whose stops lie upon each other.
  function stripes(colour) {
    const stops = [];
    for (let at = 0; at < 8; at += 1) {
      const shown = at % 2 ? "transparent" : colour;
      stops.push({ offset: at / 8, color: shown }, { offset: (at + 1) / 8, color: shown });
    }
    return { gradient: "linear", x1: 0, y1: 0, x2: 1, y2: 1, stops };
  }

  // `15 Nov` or `Nov 15`, as the reader's language puts it: Vega itself would mix that with `Fri 13`.
  function dayAndMonth() {
    const parts = new Intl.DateTimeFormat(site.locale, { day: "numeric", month: "short" }).formatToParts();
    return parts.find(({ type }) => type === "day" || type === "month").type === "day" ? "%-d %b" : "%b %-d";
  }

  // SVG takes the tokens themselves, so that it follows the theme, also onto paper; a canvas takes what they are at the moment.
  function config(isCanvas) {
    const styles = getComputedStyle(document.documentElement);
    const token = (name) => (isCanvas ? styles.getPropertyValue(`--${name}`).trim() : `var(--${name})`);
    const heat = [1, 2, 3, 4, 5].map((each) => token(`heat-${each}`));
    const font = styles.fontFamily;
    return {
      background: "transparent", font,
      view: { stroke: null },
      axis: { labelColor: token("muted"), titleColor: token("muted"), gridColor: token("rule"), domainColor: token("before"), tickColor: token("before"),
        labelFontSize: 13, titleFontSize: 13, titleFontWeight: 400, labelLimit: 160, labelSeparation: 8 },
      // What is counted stands over the axis, to be read as all else is.
      axisY: { titleAngle: 0, titleAlign: "left", titleBaseline: "bottom", titleX: 0, titleY: -10 },
      axisTemporal: { labelExpr: `utcFormat(datum.value, { week: '${dayAndMonth()}', date: '${dayAndMonth()}' })` },
      legend: { labelColor: token("ink"), titleColor: token("muted"), labelFontSize: 13, titleFontSize: 13, titleFontWeight: 400 },
      header: { labelColor: token("muted"), titleColor: token("muted"), labelFontSize: 13, labelFontWeight: 600 },
      title: { color: token("ink"), fontSize: 16 },
      text: { color: token("ink"), fontSize: 13 },
      mark: { color: token("accent") }, line: { strokeWidth: 2, strokeJoin: "round" }, point: { filled: true, size: 40 }, tick: { thickness: 2 },
      range: { heatmap: heat, ordinal: heat, category: [token("accent"), token("before"), token("ink")] },
      // `color`, not `fill`: a fill of a style gives way to the colour of its mark.
      style: { gap: { color: stripes(token("before")), stroke: null }, before: { color: token("before") }, pale: { fillOpacity: 0.45 },
        running: { fillOpacity: 0.45, stroke: token("accent"), strokeWidth: 1 }, running_before: { color: token("before"), fillOpacity: 0.45, stroke: token("before"), strokeWidth: 1 },
        hollow: { color: "transparent", stroke: token("before"), strokeWidth: 1 }, paper: { color: token("paper") }, parted: { stroke: token("paper"), strokeWidth: 1 }, label: { color: token("muted"), fontSize: 13 },
        inverse: { color: token("paper"), fontWeight: 600 } },
    };
  }

  // What Vega itself writes, which is axes.
  function locales() {
    const parts = new Intl.NumberFormat(site.locale).formatToParts(-1234567.8);
    const part = (type) => parts.find((each) => each.type === type)?.value || "";
    const names = (count, at, form) =>
      [...Array(count).keys()].map((place) => new Intl.DateTimeFormat(site.locale, { ...form, timeZone: "UTC" }).format(at(place)));
    const month = (place) => Date.UTC(2024, place, 1), day = (place) => Date.UTC(2024, 8, 1 + place); // 1 Sep 2024 was a Sunday
    return {
      formatLocale: { decimal: part("decimal"), thousands: part("group"), grouping: [3], currency: ["", ""], minus: part("minusSign"),
        numerals: [...Array(10).keys()].map(site.number) },
      timeFormatLocale: { dateTime: "%x %X", date: "%Y-%m-%d", time: "%H:%M", periods: ["", ""],
        days: names(7, day, { weekday: "long" }), shortDays: names(7, day, { weekday: "short" }),
        months: names(12, month, { month: "long" }), shortMonths: names(12, month, { month: "short" }) },
    };
  }

  const hasTop = Boolean(document.querySelector('nav a[href="top.html"]')); // a public edition may be without it

  function rowsOf({ rows, columns, written }) {
    const write = (value, column) => (Object.hasOwn(written, column) ? site.written(value, written[column]) : value);
    return rows.map((row) => {
      const named = Object.fromEntries(columns.map((column, place) => [column, write(row[place], column)]));
      // What has a stretch of days leads to what was heard in it; the tables beneath have the same links (reports/dashboard/ranges.py).
      return named.range && hasTop ? { ...named, href: `top.html#range=${named.range}` } : named;
    });
  }
  const paramsOf = ({ params = [] }, { written }) =>
    params.map((each) => (Object.hasOwn(written, each.name) ? { ...each, value: each.value.map((value) => site.written(value, written[each.name])) } : each));

  // A tooltip: what is empty has no row.
  function tooltip(found, escaped) {
    const rows = Object.entries(found).filter(([, value]) => value !== "");
    const cell = (name, value) => `<td class="${name}">${escaped(typeof value === "number" ? site.number(value) : value)}</td>`;
    return `<table>${rows.map(([key, value]) => `<tr>${cell("key", key)}${cell("value", value)}</tr>`).join("")}</table>`;
  }

  // What is nearest to the pointer has its tooltip from the row of its mark; Vega-Lite asks the mark itself, and says "undefined".
  function nearest(vega) {
    for (const each of vega.marks.filter(({ name = "" }) => name.endsWith("_voronoi"))) {
      const { tooltip: told } = each.encode.update;
      if (told?.signal) told.signal = told.signal.replaceAll('datum["', 'datum.datum["');
    }
    return vega;
  }

  async function draw(figure) {
    const plot = figure.querySelector(".plot");
    const payload = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    const spec = plot.clientWidth < NARROW && payload.narrow ? payload.narrow : payload.wide;
    const fit = spec.width === "container" ? { autosize: { type: "fit-x", contains: "padding" } } : {};
    const whole = { ...spec, ...fit, params: paramsOf(spec, payload), datasets: { rows: rowsOf(payload) } };
    const isCanvas = payload.rows.length > 2000;
    await window.vegaEmbed(plot, whole, { ast: true, actions: false, patch: nearest, renderer: isCanvas ? "canvas" : "svg", config: config(isCanvas),
      defaultStyle: false, tooltip: { theme: "custom", disableDefaultStyle: true, formatTooltip: tooltip }, logLevel: 1, ...locales() });
    figure.dataset.drawn = "yes";
  }

  document.addEventListener("DOMContentLoaded", () => {
    const drawn = new Set();
    const near = new IntersectionObserver((entries) => {
      for (const each of entries) {
        if (each.isIntersecting && !drawn.has(each.target)) {
          drawn.add(each.target);
          near.unobserve(each.target);
          draw(each.target);
        }
      }
    }, { rootMargin: "600px" });
    const figures = document.querySelectorAll("figure.chart");
    figures.forEach((each) => near.observe(each));
    document.addEventListener("themechange", () => drawn.forEach((each) => { if (each.querySelector("canvas")) draw(each); }));
    window.addEventListener("beforeprint", () => figures.forEach((each) => { if (!drawn.has(each)) { drawn.add(each); draw(each); } }));
    let width = innerWidth;
    addEventListener("resize", () => { // a chart may need its other form
      if ((width < NARROW) !== (innerWidth < NARROW)) { width = innerWidth; drawn.forEach(draw); }
    });
  });
})();
